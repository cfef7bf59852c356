package io.penstock.protocol.appliance;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * A server's sign of life: the state of its GPUs, who uses them, and which leases lost their holder.
 *
 * @param gpus one entry a GPU
 * @param sessions the programs running now
 * @param abandoned ids of leases whose agent's connection ended and did not come back
 */
public record Heartbeat(List<GpuUsage> gpus, List<SessionUsage> sessions, List<String> abandoned) {
    /** Copies the lists. */
    public Heartbeat {
        gpus = List.copyOf(gpus);
        sessions = List.copyOf(sessions);
        abandoned = List.copyOf(abandoned);
    }

    /** The JSON form. */
    public JsonObject toJson() {
        JsonArray gpuList = new JsonArray();
        gpus.forEach(gpu -> gpuList.add(gpu.toJson()));
        JsonArray sessionList = new JsonArray();
        sessions.forEach(session -> sessionList.add(session.toJson()));
        return new JsonObject()
                .put("gpus", gpuList)
                .put("sessions", sessionList)
                .put("abandoned", new JsonArray(abandoned));
    }

    /** Reads the JSON form; the appliance has checked it against the schema. */
    public static Heartbeat fromJson(JsonObject json) {
        return new Heartbeat(
                Json.list(json, "gpus", GpuUsage::fromJson),
                Json.list(json, "sessions", SessionUsage::fromJson),
                json.getJsonArray("abandoned", new JsonArray()).stream()
                        .map(String.class::cast)
                        .toList());
    }
}
