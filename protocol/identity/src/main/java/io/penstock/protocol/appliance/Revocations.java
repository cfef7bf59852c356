package io.penstock.protocol.appliance;

import io.penstock.protocol.identity.Lease;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a server must no longer honour, whole each time: whoever holds the newest needs none of those before.
 *
 * <p>A server ends the open connections of these clients and leases and refuses new ones. While no appliance answers it
 * keeps to the last it has: it opens sessions for leases that have not expired, and lets open ones live on.
 *
 * @param version grows with each change; ask again with it and be answered when it has grown
 * @param clients ids of clients that are disabled or deleted
 * @param leases ids of leases of this server that ended before they expired
 */
public record Revocations(long version, Set<String> clients, Set<String> leases) {
    /** Nothing is revoked: where a server begins that has never reached an appliance. */
    public static final Revocations NONE = new Revocations(-1, Set.of(), Set.of());

    /** Copies the sets. */
    public Revocations {
        clients = Set.copyOf(clients);
        leases = Set.copyOf(leases);
    }

    /** Whether this lease was ended early, itself or with its client. */
    public boolean ends(Lease lease) {
        return clients.contains(lease.client()) || leases.contains(lease.id());
    }

    /** The JSON form. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("version", version)
                .put("clients", new JsonArray(List.copyOf(clients)))
                .put("leases", new JsonArray(List.copyOf(leases)));
    }

    /** Reads the JSON form. */
    public static Revocations fromJson(JsonObject json) {
        return new Revocations(
                json.getLong("version"), strings(json.getJsonArray("clients")), strings(json.getJsonArray("leases")));
    }

    private static Set<String> strings(JsonArray array) {
        Set<String> strings = new HashSet<>();
        array.forEach(one -> strings.add((String) one));
        return strings;
    }
}
