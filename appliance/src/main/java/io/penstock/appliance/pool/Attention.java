package io.penstock.appliance.pool;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * Something that a person should look at.
 *
 * @param code its word for programs; the contract lists them
 * @param severity {@code error}, {@code warning} or {@code info}
 * @param text a sentence with the names and numbers
 * @param subject {@code server}, {@code client} or {@code vcenter}, where it is about one
 * @param id the subject's id
 */
public record Attention(
        String code,
        String severity,
        String text,
        @Nullable String subject,
        @Nullable String id) {
    /** About the whole pool. */
    public static Attention ofPool(String code, String severity, String text) {
        return new Attention(code, severity, text, null, null);
    }

    /** The JSON form. */
    public JsonObject toJson() {
        JsonObject json =
                new JsonObject().put("code", code).put("severity", severity).put("text", text);
        if (subject != null) {
            json.put(subject, id);
        }
        return json;
    }
}
