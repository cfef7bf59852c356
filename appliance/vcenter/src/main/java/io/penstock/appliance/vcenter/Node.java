package io.penstock.appliance.vcenter;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A value that a vCenter sent, whatever its version: a data object by its type and fields. Fields are a String, Boolean, Number,
 * {@link ObjectRef}, another node, or a list of these; those that were not sent are not there. Types and fields that this
 * program has never heard of are kept like all others.
 *
 * @param type the data object's type, such as {@code HostPciDevice}
 */
public record Node(String type, Map<String, Object> fields) {
    /** A field as text; empty where it is not there or is an object. */
    public Optional<String> text(String field) {
        Object value = fields.get(field);
        return value == null || value instanceof Node || value instanceof List
                ? Optional.empty()
                : Optional.of(value.toString());
    }

    /** A field as a number, zero where it is not there. */
    public long number(String field) {
        return switch (fields.get(field)) {
            case Number number -> number.longValue();
            case String text when text.matches("-?[0-9]{1,18}") -> Long.parseLong(text);
            case null, default -> 0;
        };
    }

    /** Whether a field is there and true. */
    public boolean flag(String field) {
        return text(field).filter("true"::equals).isPresent();
    }

    /** A field that is a data object. */
    public Optional<Node> node(String field) {
        return fields.get(field) instanceof Node node ? Optional.of(node) : Optional.empty();
    }

    /** The data objects of a field, none where it is not there. */
    public List<Node> nodes(String field) {
        return nodes(fields.get(field));
    }

    /** The data objects that a value is or holds. */
    public static List<Node> nodes(@Nullable Object value) {
        return switch (value) {
            case List<?> list ->
                list.stream()
                        .filter(Node.class::isInstance)
                        .map(Node.class::cast)
                        .toList();
            case Node node -> List.of(node);
            case null, default -> List.of();
        };
    }

    /** The texts of a field that holds one or several. */
    public List<String> texts(String field) {
        return texts(fields.get(field));
    }

    /** The texts that a value is or holds. */
    public static List<String> texts(@Nullable Object value) {
        return switch (value) {
            case List<?> list ->
                list.stream()
                        .filter(one -> !(one instanceof Node))
                        .map(String::valueOf)
                        .toList();
            case Node node -> List.of();
            case null -> List.of();
            default -> List.of(value.toString());
        };
    }
}
