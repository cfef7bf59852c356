package io.penstock.protocol.appliance;

import io.penstock.protocol.identity.Lease;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/**
 * A lease in its holder's hands.
 *
 * @param text the signed lease (JWS), to show to the server
 * @param lease what it says
 * @param serverName the server's name, for people
 * @param host where the server's daemon answers
 * @param port and the port
 * @param renewEvery how often the holder must renew; the appliance ends the lease after four of these without
 */
public record Grant(String text, Lease lease, String serverName, String host, int port, Duration renewEvery) {
    /** The JSON form. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("lease", text)
                .put("claims", lease.toJson())
                .put(
                        "server",
                        new JsonObject()
                                .put("name", serverName)
                                .put("host", host)
                                .put("port", port))
                .put("renewEverySeconds", renewEvery.toSeconds());
    }

    /** Reads the JSON form. */
    public static Grant fromJson(JsonObject json) {
        JsonObject server = json.getJsonObject("server");
        return new Grant(
                json.getString("lease"),
                Lease.fromJson(json.getJsonObject("claims")),
                server.getString("name"),
                server.getString("host"),
                server.getInteger("port"),
                Duration.ofSeconds(json.getLong("renewEverySeconds")));
    }
}
