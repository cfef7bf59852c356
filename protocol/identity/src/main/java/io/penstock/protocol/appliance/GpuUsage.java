package io.penstock.protocol.appliance;

import io.vertx.core.json.JsonObject;

/**
 * How one GPU fares now.
 *
 * @param uuid which GPU
 * @param usedBytes memory in use, by everybody
 * @param utilizationPercent share of the last interval in which kernels ran, 0 to 100
 * @param temperatureCelsius 0 where there is no sensor
 * @param powerWatts 0 where there is no sensor
 * @param healthy whether it may be leased
 */
public record GpuUsage(
        String uuid, long usedBytes, int utilizationPercent, int temperatureCelsius, int powerWatts, boolean healthy) {
    /** The JSON form. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("uuid", uuid)
                .put("used", usedBytes)
                .put("utilization", utilizationPercent)
                .put("temperature", temperatureCelsius)
                .put("power", powerWatts)
                .put("healthy", healthy);
    }

    /** Reads the JSON form; the appliance has checked it against the schema. */
    public static GpuUsage fromJson(JsonObject json) {
        return new GpuUsage(
                json.getString("uuid"),
                json.getLong("used"),
                json.getInteger("utilization"),
                json.getInteger("temperature"),
                json.getInteger("power"),
                json.getBoolean("healthy"));
    }
}
