package io.penstock.protocol.appliance;

import io.vertx.core.json.JsonObject;
import java.time.Instant;

/**
 * A client as the appliance knows it.
 *
 * @param id its identity's id
 * @param name what people call it
 * @param enabled whether it may connect
 * @param enrolled since when it belongs to the installation
 * @param certificateExpires when its newest certificate ends
 */
public record ClientStatus(String id, String name, boolean enabled, Instant enrolled, Instant certificateExpires) {
    /** The JSON form. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("id", id)
                .put("name", name)
                .put("enabled", enabled)
                .put("enrolled", enrolled.toString())
                .put("certificateExpires", certificateExpires.toString());
    }

    /** Reads the JSON form. */
    public static ClientStatus fromJson(JsonObject json) {
        return new ClientStatus(
                json.getString("id"),
                json.getString("name"),
                json.getBoolean("enabled"),
                Instant.parse(json.getString("enrolled")),
                Instant.parse(json.getString("certificateExpires")));
    }
}
