package io.penstock.gpuserver.worker;

import io.penstock.gpuserver.image.ImagePlace;
import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.LeasedGpu;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the daemon tells a warm worker when it gives it to a client process.
 *
 * @param session names the session in every log and message
 * @param server the server's name, as clients see it
 * @param client the only certificate the worker accepts
 * @param ticket what the client's HELLO must present, once
 * @param bulkTickets what each bulk connection must present, once each
 * @param host address to listen on
 * @param portMin lowest port to try; 0 = any free port
 * @param portMax highest port to try
 * @param gpus the lease's GPUs in the order in which the program numbers them
 * @param ledger the lease's memory ledger
 * @param slot this worker's slot in it
 * @param images where this client's module images are kept
 * @param environment what the program's HELLO will say of its variables, so that the driver may begin before it comes;
 *     null when nobody knows yet
 */
public record Assignment(
        String session,
        String server,
        Fingerprint client,
        String ticket,
        List<String> bulkTickets,
        String host,
        int portMin,
        int portMax,
        List<LeasedGpu> gpus,
        Path ledger,
        int slot,
        ImagePlace images,
        @Nullable List<String> environment) {
    public Assignment {
        bulkTickets = List.copyOf(bulkTickets);
        gpus = List.copyOf(gpus);
        environment = environment == null ? null : List.copyOf(environment);
    }

    /** One line of the daemon's pipe to the worker. */
    public JsonObject toJson() {
        JsonArray list = new JsonArray();
        gpus.forEach(gpu -> list.add(new JsonObject().put("uuid", gpu.uuid()).put("memory", gpu.memoryBytes())));
        return new JsonObject()
                .put("session", session)
                .put("server", server)
                .put("client", client.hex())
                .put("ticket", ticket)
                .put("bulkTickets", new JsonArray(bulkTickets))
                .put("host", host)
                .put("portMin", portMin)
                .put("portMax", portMax)
                .put("gpus", list)
                .put("ledger", ledger.toString())
                .put("slot", slot)
                .put(
                        "images",
                        new JsonObject()
                                .put("folder", images.folder().toString())
                                .put("bytes", images.bytes())
                                .put("count", images.count()))
                .put("environment", environment == null ? null : new JsonArray(environment));
    }

    /** Reads what {@link #toJson()} wrote. */
    public static Assignment fromJson(JsonObject json) {
        JsonObject images = json.getJsonObject("images");
        JsonArray environment = json.getJsonArray("environment");
        return new Assignment(
                json.getString("session"),
                json.getString("server"),
                new Fingerprint(json.getString("client")),
                json.getString("ticket"),
                json.getJsonArray("bulkTickets").stream()
                        .map(String.class::cast)
                        .toList(),
                json.getString("host"),
                json.getInteger("portMin"),
                json.getInteger("portMax"),
                json.getJsonArray("gpus").stream()
                        .map(JsonObject.class::cast)
                        .map(gpu -> new LeasedGpu(gpu.getString("uuid"), gpu.getLong("memory")))
                        .toList(),
                Path.of(json.getString("ledger")),
                json.getInteger("slot"),
                new ImagePlace(
                        Path.of(images.getString("folder")), images.getLong("bytes"), images.getInteger("count")),
                environment == null
                        ? null
                        : environment.stream().map(String.class::cast).toList());
    }

    /** Everything but the tickets. */
    @Override
    public String toString() {
        return "Assignment[" + session + ", " + gpus + ", slot " + slot + "]";
    }
}
