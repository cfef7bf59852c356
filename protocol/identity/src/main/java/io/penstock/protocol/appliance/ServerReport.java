package io.penstock.protocol.appliance;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * A server's introduction, at its start and whenever its GPUs change.
 *
 * @param host where clients reach its daemon: a name or an address
 * @param port and the port
 * @param driverVersion the CUDA driver's version, as {@code cuDriverGetVersion} counts (13000)
 * @param softwareVersion Penstock's version
 * @param gpus its GPUs, by index; may be empty
 */
public record ServerReport(String host, int port, int driverVersion, String softwareVersion, List<GpuReport> gpus) {
    /** Copies the list. */
    public ServerReport {
        gpus = List.copyOf(gpus);
    }

    /** The JSON form. */
    public JsonObject toJson() {
        JsonArray list = new JsonArray();
        gpus.forEach(gpu -> list.add(gpu.toJson()));
        return new JsonObject()
                .put("host", host)
                .put("port", port)
                .put("driverVersion", driverVersion)
                .put("softwareVersion", softwareVersion)
                .put("gpus", list);
    }

    /** Reads the JSON form; the appliance has checked it against the schema. */
    public static ServerReport fromJson(JsonObject json) {
        return new ServerReport(
                json.getString("host"),
                json.getInteger("port"),
                json.getInteger("driverVersion"),
                json.getString("softwareVersion"),
                Json.list(json, "gpus", GpuReport::fromJson));
    }
}
