package io.penstock.protocol.appliance;

import io.vertx.core.json.JsonObject;

/**
 * One GPU as its server describes it: what does not change while the server runs.
 *
 * @param uuid NVML's name for it ({@code GPU-…})
 * @param index its number on its server
 * @param name the model, as NVML gives it
 * @param memoryBytes all its memory
 * @param computeCapability such as {@code 9.0}
 * @param kind {@code nvidia} or {@code software}
 */
public record GpuReport(String uuid, int index, String name, long memoryBytes, String computeCapability, String kind) {
    /** The JSON form. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("uuid", uuid)
                .put("index", index)
                .put("name", name)
                .put("memory", memoryBytes)
                .put("computeCapability", computeCapability)
                .put("kind", kind);
    }

    /** Reads the JSON form; the appliance has checked it against the schema. */
    public static GpuReport fromJson(JsonObject json) {
        return new GpuReport(
                json.getString("uuid"),
                json.getInteger("index"),
                json.getString("name"),
                json.getLong("memory"),
                json.getString("computeCapability"),
                json.getString("kind"));
    }
}
