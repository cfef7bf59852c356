package io.penstock.appliance.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the contract demands of one value, in words for people: the schema's limits, and of a pattern what its {@code x-form} says.
 * A value whose schema says {@code x-secret} is never repeated.
 *
 * @param schema the value's, without references
 */
record ValueRule(JsonObject schema) {
    /** More of a value is not repeated. */
    private static final int SHOWN_MAX = 40;

    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");

    /** Whether the value itself is as demanded; what an object or a list holds is not looked at. */
    boolean holds(@Nullable Object value) {
        JsonArray words = schema.getJsonArray("enum");
        if (words != null) {
            return words.contains(value);
        }
        return switch (String.valueOf(schema.getString("type"))) {
            case "string" ->
                value instanceof String text
                        && within(text.codePointCount(0, text.length()), "Length")
                        && isFormed(text);
            case "integer" -> value instanceof Number number && isWhole(number) && within(number);
            case "number" -> value instanceof Number number && within(number);
            case "boolean" -> value instanceof Boolean;
            case "array" -> value instanceof JsonArray list && within(list.size(), "Items");
            case "object" -> value instanceof JsonObject;
            default -> true;
        };
    }

    /** A parameter's text as the value that it stands for; itself where it stands for none. */
    Object read(String text) {
        try {
            return "integer".equals(schema.getString("type")) ? (Object) Long.valueOf(text) : text;
        } catch (NumberFormatException e) {
            return text;
        }
    }

    /** What is wrong with a value for which the rule does not hold. */
    String complaint(String name, @Nullable Object value) {
        return name + " is " + shown(value) + "; it must be " + demand();
    }

    /** What such a value must be. */
    String demand() {
        JsonArray words = schema.getJsonArray("enum");
        if (words != null) {
            return words.stream().map(String::valueOf).collect(Collectors.joining(" or "));
        }
        return switch (String.valueOf(schema.getString("type"))) {
            case "string" -> {
                String form = schema.getString("x-form");
                yield "a text" + range("Length", " characters") + (form == null ? "" : ": " + form);
            }
            case "integer" -> "a whole number" + range("imum", "");
            case "number" -> "a number" + range("imum", "");
            case "boolean" -> "true or false";
            case "array" -> "a list" + range("Items", " entries");
            default -> "a JSON object";
        };
    }

    /** The value for a sentence: short, on one line, and no secret. */
    private String shown(@Nullable Object value) {
        if (schema.getBoolean("x-secret", false)) {
            return value instanceof String text ? text.length() + " characters long" : "no text";
        }
        return switch (value) {
            case null -> "null";
            case String text -> quoted(text);
            case JsonArray list -> "a list of " + list.size();
            case JsonObject object -> "a JSON object";
            default -> value.toString();
        };
    }

    /** Somebody's text within a sentence of ours: one line, and of a long one the beginning. */
    static String quoted(String text) {
        String all = UNPRINTABLE.matcher(text).replaceAll("\uFFFD");
        return all.length() > SHOWN_MAX
                ? "'" + all.substring(0, SHOWN_MAX) + "…' with " + all.length() + " characters"
                : "'" + all + "'";
    }

    private boolean isFormed(String text) {
        String pattern = schema.getString("pattern");
        return pattern == null || Pattern.compile(pattern).matcher(text).find();
    }

    private static boolean isWhole(Number number) {
        return new BigDecimal(number.toString()).stripTrailingZeros().scale() <= 0;
    }

    private boolean within(Number number) {
        Number above = schema.getNumber("exclusiveMinimum");
        return within(number, "imum") && (above == null || decimal(number).compareTo(decimal(above)) > 0);
    }

    private boolean within(Number amount, String limited) {
        Number least = schema.getNumber("min" + limited);
        Number most = schema.getNumber("max" + limited);
        return (least == null || decimal(amount).compareTo(decimal(least)) >= 0)
                && (most == null || decimal(amount).compareTo(decimal(most)) <= 0);
    }

    private static BigDecimal decimal(Number number) {
        return new BigDecimal(number.toString());
    }

    /** The limits, as far as there are some. */
    private String range(String limited, String unit) {
        Number least = schema.getNumber("min" + limited);
        Number most = schema.getNumber("max" + limited);
        Number above = schema.getNumber("exclusiveMinimum");
        if (above != null && most != null) {
            return " above " + above + " and at most " + most;
        }
        if (least != null && least.equals(most)) {
            return " of " + most + unit;
        }
        if (least != null && most != null) {
            return (unit.isEmpty() ? " from " : " of ") + least + " to " + most + unit;
        }
        if (most != null) {
            return " of at most " + most + unit;
        }
        return least == null ? "" : " of at least " + least + unit;
    }
}
