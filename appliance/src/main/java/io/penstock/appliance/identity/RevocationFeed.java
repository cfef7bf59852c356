package io.penstock.appliance.identity;

import io.penstock.appliance.store.LeaseTable;
import io.penstock.appliance.store.PeerTable;
import io.penstock.protocol.appliance.Revocations;
import io.penstock.protocol.identity.PeerKind;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;

/**
 * Tells servers, at once, that there is something new they must not honour.
 *
 * <p>Versions begin at the time of the start in milliseconds, so they grow over restarts; a server that asks with any
 * other version than the present one is answered without delay.
 */
public final class RevocationFeed {
    /** A question that waits; {@code timer} ends it. */
    private record Waiting(Promise<Long> promise, long timer) {}

    private final Vertx vertx;
    private final Context context;

    // event loop only
    private final Map<String, Long> versions = new HashMap<>();
    private final Map<String, List<Waiting>> waiting = new HashMap<>();
    private long version;
    private long base; // of servers without a version of their own

    /** A feed whose versions begin here; its fields belong to the context that makes it. */
    public RevocationFeed(Vertx vertx, Context context, Instant start) {
        this.vertx = vertx;
        this.context = context;
        this.version = start.toEpochMilli();
        this.base = version;
    }

    /** Something changed for one server. */
    public void changed(String server) {
        context.runOnContext(go -> {
            version++;
            versions.put(server, version);
            wake(server);
        });
    }

    /** Something changed for all servers. */
    public void changedForAll() {
        context.runOnContext(go -> {
            version++;
            versions.clear();
            base = version;
            List.copyOf(waiting.keySet()).forEach(this::wake);
        });
    }

    /**
     * The server's version, once it differs from {@code after} or the wait is over.
     *
     * @param after the version that the server has
     */
    public Future<Long> await(String server, long after, Duration wait) {
        Promise<Long> promise = Promise.promise();
        context.runOnContext(go -> {
            if (current(server) != after || wait.isZero()) {
                promise.complete(current(server));
                return;
            }
            long timer = vertx.setTimer(wait.toMillis(), end -> wake(server));
            waiting.computeIfAbsent(server, key -> new ArrayList<>()).add(new Waiting(promise, timer));
        });
        return promise.future();
    }

    /** What this server must not honour now. */
    public static Revocations read(Handle handle, String server, long version, Instant now) {
        return new Revocations(
                version,
                new HashSet<>(new PeerTable(handle).refused(PeerKind.CLIENT.word(), now)),
                new HashSet<>(new LeaseTable(handle).endedEarly(server, now)));
    }

    private long current(String server) {
        return versions.getOrDefault(server, base);
    }

    private void wake(String server) {
        List<Waiting> all = waiting.remove(server);
        if (all != null) {
            for (Waiting one : all) {
                vertx.cancelTimer(one.timer());
                one.promise().complete(current(server));
            }
        }
    }
}
