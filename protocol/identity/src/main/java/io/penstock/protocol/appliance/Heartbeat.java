package io.penstock.protocol.appliance;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * A server's sign of life: the state of its GPUs and who uses them.
 *
 * @param gpus one entry a GPU
 * @param sessions the programs running now
 */
public record Heartbeat(List<GpuUsage> gpus, List<SessionUsage> sessions) {
    /** Copies the lists. */
    public Heartbeat {
        gpus = List.copyOf(gpus);
        sessions = List.copyOf(sessions);
    }

    /** The JSON form. */
    public JsonObject toJson() {
        JsonArray gpuList = new JsonArray();
        gpus.forEach(gpu -> gpuList.add(gpu.toJson()));
        JsonArray sessionList = new JsonArray();
        sessions.forEach(session -> sessionList.add(session.toJson()));
        return new JsonObject().put("gpus", gpuList).put("sessions", sessionList);
    }

    /** Reads the JSON form; the appliance has checked it against the schema. */
    public static Heartbeat fromJson(JsonObject json) {
        return new Heartbeat(
                Json.list(json, "gpus", GpuUsage::fromJson), Json.list(json, "sessions", SessionUsage::fromJson));
    }
}
