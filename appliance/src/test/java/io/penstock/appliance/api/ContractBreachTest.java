package io.penstock.appliance.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("NullAway.Init") // set up before all tests
class ContractBreachTest {
    /** What the sentences are made of; a keyword beyond these would be broken in words of the library. */
    private static final Set<String> KNOWN = Set.of(
            "type",
            "enum",
            "required",
            "properties",
            "additionalProperties",
            "items",
            "minLength",
            "maxLength",
            "pattern",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "maxItems",
            "default",
            "description",
            "x-form",
            "x-secret");

    private static Vertx vertx;
    private static JsonObject contract;

    @BeforeAll
    static void read() throws Exception {
        vertx = Vertx.vertx();
        contract = OpenAPIContract.from(vertx, Api.CONTRACT)
                .toCompletionStage()
                .toCompletableFuture()
                .get(1, TimeUnit.MINUTES)
                .getRawContract();
    }

    @AfterAll
    static void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private static String token(String body) {
        return new ContractBreach(contract)
                .of("/v1/tokens", "post", name -> null, Json.decodeValue(body))
                .orElse("");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'kind':'client','ttlSeconds':9,'name':'a b/c'} | name is 'a b/c'; it must be a text of 1 to 64 characters:"
                        + " letters, digits, blanks, '.', '_' and '-', the first a letter or digit",
                "{'kind':'king','ttlSeconds':9} | kind is 'king'; it must be client or server",
                "{'kind':7,'ttlSeconds':9} | kind is 7; it must be client or server",
                "{'kind':'client'} | ttlSeconds is missing; it must be a whole number from 1 to 604800",
                "{'kind':'client','ttlSeconds':0} | ttlSeconds is 0; it must be a whole number from 1 to 604800",
                "{'kind':'client','ttlSeconds':1.5} | ttlSeconds is 1.5; it must be a whole number from 1 to 604800",
                "{'kind':'client','ttlSeconds':'9'} | ttlSeconds is '9'; it must be a whole number from 1 to 604800",
                "{'kind':'client','ttlSeconds':null} | ttlSeconds is null; it must be a whole number from 1 to 604800",
                "{'kind':'client','ttlSeconds':9,'colour':1} | the request has 'colour', which is not known here; there are:"
                        + " kind, ttlSeconds, name",
                "[] | the request is a list of 0; it must be a JSON object",
                "{'kind':'client','ttlSeconds':9} | ''"
            })
    void sentenceNamesTheValueAndWhatItMayBe(String body, String sentence) {
        assertThat(token(body.replace('\'', '"'))).isEqualTo(sentence.equals("''") ? "" : sentence);
    }

    @Test
    void longValueIsCutAndItsLengthIsSaid() {
        String body = new JsonObject()
                .put("kind", "client")
                .put("ttlSeconds", 9)
                .put("name", "n".repeat(65))
                .encode();
        assertThat(token(body))
                .startsWith("name is '" + "n".repeat(40) + "…' with 65 characters; it must be a text of 1 to 64");
    }

    @Test
    void controlCharactersOfAValueAreNotRepeated() {
        assertThat(token("{\"kind\":\"a\\u001b[2Jb\",\"ttlSeconds\":9}"))
                .isEqualTo("kind is 'a\uFFFD[2Jb'; it must be client or server");
    }

    @Test
    void secretsAreNotRepeated() {
        String secret = "s3cret".repeat(60);
        assertThat(new ContractBreach(contract)
                        .of("/v1/session", "post", name -> null, new JsonObject().put("password", secret)))
                .hasValue("password is 360 characters long; it must be a text of 1 to 256 characters");
        assertThat(new ContractBreach(contract)
                        .of(
                                "/v1/enrolments",
                                "post",
                                name -> null,
                                new JsonObject()
                                        .put("token", secret)
                                        .put("name", "vm1")
                                        .put("csr", "")))
                .hasValue("token is 360 characters long; it must be a text of at most 256 characters");
    }

    @Test
    void placeInAListIsNamed() {
        JsonObject gpu = new JsonObject()
                .put("uuid", "GPU-1")
                .put("index", 64)
                .put("name", "a GPU")
                .put("memory", 1)
                .put("computeCapability", "9.0")
                .put("kind", "nvidia");
        JsonObject report = new JsonObject()
                .put("host", "gpu1")
                .put("port", 1)
                .put("driverVersion", 1)
                .put("softwareVersion", "1")
                .put("gpus", new JsonArray().add(gpu.copy().put("index", 0)).add(gpu));
        assertThat(new ContractBreach(contract).of("/v1/servers/self", "put", name -> null, report))
                .hasValue("gpus[1].index is 64; it must be a whole number from 0 to 63");
    }

    @Test
    void parametersAreNamedToo() {
        ContractBreach breach = new ContractBreach(contract);
        assertThat(breach.of("/v1/clients/{id}", "delete", Map.of("id", "a b")::get, null))
                .hasValue("id is 'a b'; it must be a text of 1 to 64 characters: letters, digits, '.', '_' and '-', the"
                        + " first a letter or digit");
        assertThat(breach.of("/v1/changes", "get", Map.of("after", "x", "wait", "1")::get, null))
                .hasValue("after is 'x'; it must be a whole number of at least -1");
        assertThat(breach.of("/v1/changes", "get", Map.of("after", "-1", "wait", "26")::get, null))
                .hasValue("wait is 26; it must be a whole number from 0 to 25");
        assertThat(breach.of("/v1/changes", "get", Map.of("after", "-1")::get, null))
                .hasValue("wait is missing; it must be a whole number from 0 to 25");
    }

    /** Whatever an operation is sent can be explained: no schema of a request uses a word that has no sentence. */
    @Test
    void everyRequestOfTheContractCanBeExplained() {
        Set<String> operations = new LinkedHashSet<>();
        JsonObject paths = contract.getJsonObject("paths");
        paths.fieldNames().stream().filter(path -> path.startsWith("/")).forEach(path -> {
            JsonObject item = paths.getJsonObject(path);
            explainParameters(item);
            item.fieldNames().stream()
                    .filter(method -> Set.of("get", "put", "post", "delete").contains(method))
                    .map(item::getJsonObject)
                    .forEach(operation -> {
                        operations.add(operation.getString("operationId"));
                        explainParameters(operation);
                        JsonObject body = operation.getJsonObject("requestBody");
                        if (body != null) {
                            explain(body.getJsonObject("content")
                                    .getJsonObject("application/json")
                                    .getJsonObject("schema"));
                        }
                    });
        });
        assertThat(operations).contains("createToken", "acquireLease", "enableVm", "changes");
    }

    private static void explainParameters(JsonObject among) {
        among.getJsonArray("parameters", new JsonArray())
                .forEach(parameter -> explain(resolved((JsonObject) parameter).getJsonObject("schema")));
    }

    private static void explain(JsonObject unresolved) {
        JsonObject schema = resolved(unresolved);
        Set<String> words = new LinkedHashSet<>(schema.fieldNames());
        words.removeIf(word -> word.startsWith("__")); // the library's own notes
        assertThat(KNOWN).as(schema.encode()).containsAll(words);
        assertThat(schema.containsKey("pattern")).as(schema.encode()).isEqualTo(schema.containsKey("x-form"));
        schema.getJsonObject("properties", new JsonObject()).forEach(one -> explain((JsonObject) one.getValue()));
        if (schema.containsKey("items")) {
            explain(schema.getJsonObject("items"));
        }
    }

    private static JsonObject resolved(JsonObject schema) {
        String reference = schema.getString("$ref");
        if (reference == null) {
            return schema;
        }
        String[] steps = reference.substring(2).split("/", -1);
        JsonObject at = contract;
        for (String step : steps) {
            at = at.getJsonObject(step);
        }
        return at;
    }
}
