package io.penstock.protocol.appliance;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;

/**
 * A server as the appliance knows it.
 *
 * @param id its identity's id
 * @param name what people call it
 * @param alive whether it was heard of lately
 * @param lastHeard when
 * @param report its introduction
 * @param gpus its GPUs with what is leased, in the order of the report
 * @param sessions the programs that ran there at the last heartbeat
 */
public record ServerStatus(
        String id,
        String name,
        boolean alive,
        Instant lastHeard,
        ServerReport report,
        List<GpuStatus> gpus,
        List<SessionUsage> sessions) {
    /** Copies the lists. */
    public ServerStatus {
        gpus = List.copyOf(gpus);
        sessions = List.copyOf(sessions);
    }

    /** The JSON form. */
    public JsonObject toJson() {
        JsonArray gpuList = new JsonArray();
        gpus.forEach(gpu -> gpuList.add(gpu.toJson()));
        JsonArray sessionList = new JsonArray();
        sessions.forEach(session -> sessionList.add(session.toJson()));
        return new JsonObject()
                .put("id", id)
                .put("name", name)
                .put("alive", alive)
                .put("lastHeard", lastHeard.toString())
                .put("report", report.toJson())
                .put("gpus", gpuList)
                .put("sessions", sessionList);
    }

    /** Reads the JSON form. */
    public static ServerStatus fromJson(JsonObject json) {
        return new ServerStatus(
                json.getString("id"),
                json.getString("name"),
                json.getBoolean("alive"),
                Instant.parse(json.getString("lastHeard")),
                ServerReport.fromJson(json.getJsonObject("report")),
                Json.list(json, "gpus", GpuStatus::fromJson),
                Json.list(json, "sessions", SessionUsage::fromJson));
    }
}
