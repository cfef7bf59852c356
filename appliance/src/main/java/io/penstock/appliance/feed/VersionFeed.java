package io.penstock.appliance.feed;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tells listeners, at once, that there is something new for them: servers of what they must not honour, pages of what they
 * show. Safe for all threads.
 *
 * <p>Versions begin at the time of the start in milliseconds, so they grow over restarts; a listener that asks with any
 * other version than the present one is answered without delay.
 */
public final class VersionFeed {
    /** A question that waits; {@code timer} ends it. */
    private record Waiting(Promise<Long> promise, long timer) {}

    private final Vertx vertx;
    private final Context context;

    // event loop only
    private final Map<String, Long> versions = new HashMap<>();
    private final Map<String, List<Waiting>> waiting = new HashMap<>();
    private long version;
    private long base; // of listeners without a version of their own

    /** A feed whose versions begin here; its fields belong to the context that makes it. */
    public VersionFeed(Vertx vertx, Context context, Instant start) {
        this.vertx = vertx;
        this.context = context;
        this.version = start.toEpochMilli();
        this.base = version;
    }

    /** Something changed for one listener. */
    public void changed(String listener) {
        context.runOnContext(go -> {
            version++;
            versions.put(listener, version);
            wake(listener);
        });
    }

    /** Something changed for all listeners. */
    public void changedForAll() {
        context.runOnContext(go -> {
            version++;
            versions.clear();
            base = version;
            List.copyOf(waiting.keySet()).forEach(this::wake);
        });
    }

    /**
     * The listener's version, once it differs from {@code after} or the wait is over.
     *
     * @param after the version that the listener has
     */
    public Future<Long> await(String listener, long after, Duration wait) {
        Promise<Long> promise = Promise.promise();
        context.runOnContext(go -> {
            if (current(listener) != after || wait.isZero()) {
                promise.complete(current(listener));
                return;
            }
            long timer = vertx.setTimer(wait.toMillis(), end -> wake(listener));
            waiting.computeIfAbsent(listener, key -> new ArrayList<>()).add(new Waiting(promise, timer));
        });
        return promise.future();
    }

    private long current(String listener) {
        return versions.getOrDefault(listener, base);
    }

    private void wake(String listener) {
        List<Waiting> all = waiting.remove(listener);
        if (all != null) {
            for (Waiting one : all) {
                vertx.cancelTimer(one.timer());
                one.promise().complete(current(listener));
            }
        }
    }
}
