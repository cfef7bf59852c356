package io.penstock.appliance.signin;

import io.penstock.appliance.refusal.Refusal;
import io.penstock.appliance.refusal.Refusal.Reason;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where passwords are looked at: one at a time on one thread, whatever comes in, since each costs a tenth of a second and 19 MiB.
 * Each source has one place in it. While many are wrong, one stranger a second has a turn, first come first served; who comes to a
 * full lane takes the place of a stranger drawn by lot, so that nobody can keep the right person out by being earlier or more often,
 * and nobody waits longer than there are places. Sources that are known do not wait for strangers. Safe for all threads.
 */
final class PasswordLane {
    /** How many sources wait at most; the next one takes a stranger's place, drawn by lot. */
    static final int WAITING_MAX = 20;

    private static final String THREAD = "penstock-sign-in";

    /** One that waits for its turn. */
    private record Waiting(Promise<Void> turn, boolean known) {}

    private final Vertx vertx;
    private final WorkerExecutor executor;
    private final BooleanSupplier slow;
    private final long paceMilliseconds;

    private final Map<String, Waiting> waiting = new LinkedHashMap<>(); // guarded by this, as the next two are
    private boolean busy;
    private boolean pausing;

    /**
     * A lane.
     *
     * @param slow whether strangers must take turns now
     * @param paceMilliseconds the time between two strangers' turns then
     */
    PasswordLane(Vertx vertx, BooleanSupplier slow, long paceMilliseconds) {
        this.vertx = vertx;
        this.executor = vertx.createSharedWorkerExecutor(THREAD, 1);
        this.slow = slow;
        this.paceMilliseconds = paceMilliseconds;
    }

    /**
     * Does the work when it is this source's turn.
     *
     * @param known whether somebody signed in from there before
     * @return what came of it; fails with a {@link Refusal} {@code too_many_tries} when there is no place, or none any more
     */
    <T> Future<T> pass(String source, boolean known, Callable<T> work) {
        Promise<Void> turn = Promise.promise();
        Waiting driven = null;
        synchronized (this) {
            if (waiting.containsKey(source)) {
                return Future.failedFuture(crowded("another try of this address is waiting for its turn"));
            }
            if (waiting.size() >= WAITING_MAX) {
                driven = drawn();
                if (driven == null) {
                    return Future.failedFuture(crowded("too many sign in at once; try again in a moment"));
                }
            }
            waiting.put(source, new Waiting(turn, known));
        }
        if (driven != null) {
            driven.turn().fail(crowded("too many sign in at once, and this try lost its place; try again in a moment"));
        }
        Future<T> passed =
                turn.future().compose(go -> executor.executeBlocking(work, true).onComplete(any -> left()));
        next();
        return passed;
    }

    private void next() {
        Waiting chosen;
        synchronized (this) {
            if (busy) {
                return;
            }
            chosen = waiting.values().stream()
                    .filter(one -> one.known() || !pausing)
                    .min(Comparator.comparing(one -> !one.known())) // the known before the others, each in their order
                    .orElse(null);
            if (chosen == null) {
                return;
            }
            waiting.values().remove(chosen);
            busy = true;
        }
        chosen.turn().complete();
    }

    /** Takes a stranger out by lot; null when there is none. Called with the lock. */
    private @Nullable Waiting drawn() {
        List<String> strangers = waiting.entrySet().stream()
                .filter(one -> !one.getValue().known())
                .map(Map.Entry::getKey)
                .toList();
        return strangers.isEmpty()
                ? null
                : waiting.remove(strangers.get(ThreadLocalRandom.current().nextInt(strangers.size())));
    }

    private void left() {
        boolean pause = slow.getAsBoolean();
        synchronized (this) {
            busy = false;
            if (pause && !pausing) {
                pausing = true;
                vertx.setTimer(paceMilliseconds, id -> {
                    synchronized (this) {
                        pausing = false;
                    }
                    next();
                });
            }
        }
        next();
    }

    private static Refusal crowded(String text) {
        return new Refusal(Reason.LIMITED, "too_many_tries", text);
    }
}
