package io.penstock.protocol.appliance;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * A GPU as the appliance knows it.
 *
 * @param gpu what it is
 * @param usage how it fares, by the last heartbeat
 * @param holders whose leases in force are on it, oldest first
 */
public record GpuStatus(GpuReport gpu, GpuUsage usage, List<GpuHolder> holders) {
    /** Copies the list. */
    public GpuStatus {
        holders = List.copyOf(holders);
    }

    /** Memory promised to leases in force; at most all of it. */
    public long leasedBytes() {
        return holders.stream().mapToLong(GpuHolder::memoryBytes).sum();
    }

    /** The JSON form. */
    public JsonObject toJson() {
        JsonArray held = new JsonArray();
        holders.forEach(holder -> held.add(holder.toJson()));
        return new JsonObject()
                .put("gpu", gpu.toJson())
                .put("usage", usage.toJson())
                .put("leased", leasedBytes())
                .put("leases", holders.size())
                .put("holders", held);
    }

    /** Reads the JSON form. */
    public static GpuStatus fromJson(JsonObject json) {
        return new GpuStatus(
                GpuReport.fromJson(json.getJsonObject("gpu")),
                GpuUsage.fromJson(json.getJsonObject("usage")),
                Json.list(json, "holders", GpuHolder::fromJson));
    }
}
