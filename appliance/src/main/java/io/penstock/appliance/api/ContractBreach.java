package io.penstock.appliance.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Which value of a refused request breaks the contract, and what it may be: the sentence that its sender reads. It follows
 * the contract's schemas, so each operation says it alike.
 */
final class ContractBreach {
    private static final String REFERENCE = "#/";

    private final JsonObject contract;

    /**
     * Reads an OpenAPI document.
     *
     * @param contract with references only to places in it
     */
    ContractBreach(JsonObject contract) {
        this.contract = contract;
    }

    /**
     * The first thing that is wrong with a request: with its parameters, then with its body.
     *
     * @param path as the contract writes it, with the names of parameters in braces
     * @param method in lower case
     * @param said what a parameter is; null where it is not there
     * @param body as it was sent; null where none was
     * @return empty where nothing is
     */
    Optional<String> of(String path, String method, UnaryOperator<@Nullable String> said, @Nullable Object body) {
        JsonObject item = contract.getJsonObject("paths").getJsonObject(path);
        JsonObject operation = item.getJsonObject(method);
        return parameters(item, said)
                .or(() -> parameters(operation, said))
                .or(() -> Optional.ofNullable(operation.getJsonObject("requestBody"))
                        .map(this::bodySchema)
                        .flatMap(schema -> body == null
                                ? Optional.of("the request has no body; it must be a JSON object")
                                : value("", "the request", schema, body)));
    }

    private JsonObject bodySchema(JsonObject requestBody) {
        return requestBody
                .getJsonObject("content")
                .getJsonObject("application/json")
                .getJsonObject("schema");
    }

    private Optional<String> parameters(JsonObject among, UnaryOperator<@Nullable String> said) {
        return among.getJsonArray("parameters", new JsonArray()).stream()
                .map(parameter -> resolved((JsonObject) parameter))
                .flatMap(parameter -> {
                    String name = parameter.getString("name");
                    ValueRule rule = new ValueRule(resolved(parameter.getJsonObject("schema")));
                    String text = said.apply(name);
                    if (text == null) {
                        return parameter.getBoolean("required", false)
                                ? Optional.of(missing(name, rule)).stream()
                                : Optional.<String>empty().stream();
                    }
                    Object value = rule.read(text);
                    return rule.holds(value)
                            ? Optional.<String>empty().stream()
                            : Optional.of(rule.complaint(name, value)).stream();
                })
                .findFirst();
    }

    private Optional<String> value(String place, String name, JsonObject unresolved, @Nullable Object value) {
        JsonObject schema = resolved(unresolved);
        ValueRule rule = new ValueRule(schema);
        if (!rule.holds(value)) {
            return Optional.of(rule.complaint(name, value));
        }
        return switch (value) {
            case JsonObject object -> object(place, schema, object);
            case JsonArray list when schema.containsKey("items") -> entries(place, schema.getJsonObject("items"), list);
            case null, default -> Optional.empty();
        };
    }

    private Optional<String> object(String place, JsonObject schema, JsonObject object) {
        JsonObject properties = schema.getJsonObject("properties", new JsonObject());
        String before = place.isEmpty() ? "" : place + ".";
        for (Object required : schema.getJsonArray("required", new JsonArray())) {
            String name = (String) required;
            if (!object.containsKey(name)) {
                return Optional.of(missing(before + name, new ValueRule(resolved(properties.getJsonObject(name)))));
            }
        }
        if (Boolean.FALSE.equals(schema.getValue("additionalProperties"))) {
            Set<String> unknown = new TreeSet<>(object.fieldNames());
            unknown.removeAll(properties.fieldNames());
            if (!unknown.isEmpty()) {
                return Optional.of("the request has "
                        + ValueRule.quoted(before + unknown.iterator().next())
                        + ", which is not known here; there are: " + String.join(", ", properties.fieldNames()));
            }
        }
        return object.fieldNames().stream()
                .filter(properties::containsKey)
                .flatMap(name ->
                        value(before + name, before + name, properties.getJsonObject(name), object.getValue(name))
                                .stream())
                .findFirst();
    }

    private Optional<String> entries(String place, JsonObject schema, JsonArray list) {
        for (int number = 0; number < list.size(); number++) {
            String name = place + "[" + number + "]";
            Optional<String> wrong = value(name, name, schema, list.getValue(number));
            if (wrong.isPresent()) {
                return wrong;
            }
        }
        return Optional.empty();
    }

    private static String missing(String name, ValueRule rule) {
        return name + " is missing; it must be " + rule.demand();
    }

    /** What a reference refers to. */
    private JsonObject resolved(JsonObject schema) {
        JsonObject found = schema;
        while (found.getString("$ref", "").startsWith(REFERENCE)) {
            JsonObject at = contract;
            for (String step :
                    found.getString("$ref").substring(REFERENCE.length()).split("/", -1)) {
                at = at.getJsonObject(step);
            }
            found = at;
        }
        return found;
    }
}
