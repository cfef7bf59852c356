package io.penstock.protocol.appliance;

import io.vertx.core.json.JsonObject;

/**
 * A GPU as the appliance knows it.
 *
 * @param gpu what it is
 * @param usage how it fares, by the last heartbeat
 * @param leasedBytes memory promised to leases in force; at most all of it
 * @param leases how many leases those are
 */
public record GpuStatus(GpuReport gpu, GpuUsage usage, long leasedBytes, int leases) {
    /** The JSON form. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("gpu", gpu.toJson())
                .put("usage", usage.toJson())
                .put("leased", leasedBytes)
                .put("leases", leases);
    }

    /** Reads the JSON form. */
    public static GpuStatus fromJson(JsonObject json) {
        return new GpuStatus(
                GpuReport.fromJson(json.getJsonObject("gpu")),
                GpuUsage.fromJson(json.getJsonObject("usage")),
                json.getLong("leased"),
                json.getInteger("leases"));
    }
}
