package io.penstock.protocol.appliance;

import io.penstock.protocol.identity.Lease;
import io.vertx.core.json.JsonObject;
import java.time.Instant;

/**
 * A lease in force.
 *
 * @param lease what it grants
 * @param clientName the client's name, for people
 * @param serverName the server's name, for people
 * @param since when it was granted
 * @param renewBy when it ends unless it is renewed
 */
public record LeaseStatus(Lease lease, String clientName, String serverName, Instant since, Instant renewBy) {
    /** The JSON form. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("claims", lease.toJson())
                .put("client", clientName)
                .put("server", serverName)
                .put("since", since.toString())
                .put("renewBy", renewBy.toString());
    }

    /** Reads the JSON form. */
    public static LeaseStatus fromJson(JsonObject json) {
        return new LeaseStatus(
                Lease.fromJson(json.getJsonObject("claims")),
                json.getString("client"),
                json.getString("server"),
                Instant.parse(json.getString("since")),
                Instant.parse(json.getString("renewBy")));
    }
}
