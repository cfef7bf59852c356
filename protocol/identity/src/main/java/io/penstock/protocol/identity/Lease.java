package io.penstock.protocol.identity;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;

/**
 * What the appliance grants: this client may use these GPUs of this server until then. On the wire it is a JWS that
 * {@link LeaseSigner} makes and {@link LeaseVerifier} checks without asking anybody.
 *
 * @param id names the lease; never reused
 * @param client who may use it: the id of a {@link PeerKind#CLIENT}
 * @param user for whom, as the client told it; for people and accounting, not verified
 * @param server where: the id of a {@link PeerKind#SERVER}
 * @param gpus at least one, in the order in which the holder's programs number them
 * @param priority higher goes first when GPUs are contended; 0 is ordinary
 * @param issued when this signature was made, whole seconds
 * @param expires when it stops being a licence to open sessions, whole seconds
 */
public record Lease(
        String id,
        String client,
        String user,
        String server,
        List<LeasedGpu> gpus,
        int priority,
        Instant issued,
        Instant expires) {
    /** Copies the list. */
    public Lease {
        gpus = List.copyOf(gpus);
        if (gpus.isEmpty()) {
            throw new IllegalArgumentException("lease " + id + " holds no GPU");
        }
    }

    /** The claims, as they are signed and as REST shows them. */
    public JsonObject toJson() {
        JsonArray list = new JsonArray();
        gpus.forEach(gpu -> list.add(new JsonObject().put("uuid", gpu.uuid()).put("memory", gpu.memoryBytes())));
        return new JsonObject()
                .put("jti", id)
                .put("sub", new PeerIdentity(PeerKind.CLIENT, client).uri())
                .put("aud", new PeerIdentity(PeerKind.SERVER, server).uri())
                .put("user", user)
                .put("gpus", list)
                .put("priority", priority)
                .put("iat", issued.getEpochSecond())
                .put("exp", expires.getEpochSecond());
    }

    /**
     * Reads claims.
     *
     * @throws RuntimeException of some kind when one is missing or of another type; callers wrap it
     */
    public static Lease fromJson(JsonObject json) {
        List<LeasedGpu> gpus = json.getJsonArray("gpus").stream()
                .map(JsonObject.class::cast)
                .map(gpu -> new LeasedGpu(gpu.getString("uuid"), gpu.getLong("memory")))
                .toList();
        return new Lease(
                json.getString("jti"),
                idOf(json.getString("sub"), PeerKind.CLIENT),
                json.getString("user"),
                idOf(json.getString("aud"), PeerKind.SERVER),
                gpus,
                json.getInteger("priority"),
                Instant.ofEpochSecond(json.getLong("iat")),
                Instant.ofEpochSecond(json.getLong("exp")));
    }

    private static String idOf(String uri, PeerKind kind) {
        PeerIdentity peer = PeerIdentity.parse(uri);
        if (peer.kind() != kind) {
            throw new IdentityException(peer + " is not a " + kind.word());
        }
        return peer.id();
    }
}
