package io.penstock.protocol.appliance;

import io.vertx.core.json.JsonObject;
import java.time.Instant;

/**
 * Who holds a part of a GPU, or all of it, as every member of the installation may know.
 *
 * @param client the client's name, for people
 * @param since when its lease was granted
 * @param memoryBytes of this GPU that its lease promises
 */
public record GpuHolder(String client, Instant since, long memoryBytes) {
    /** The JSON form. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("client", client)
                .put("since", since.toString())
                .put("memory", memoryBytes);
    }

    /** Reads the JSON form. */
    public static GpuHolder fromJson(JsonObject json) {
        return new GpuHolder(json.getString("client"), Instant.parse(json.getString("since")), json.getLong("memory"));
    }
}
