package io.penstock.appliance.command;

import io.vertx.core.Future;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Futures for commands, which have nothing else to do meanwhile. */
final class Waiting {
    private static final long SECONDS_MAX = 60;

    private Waiting() {}

    /** The future's result, or its failure itself. */
    static <T> T on(Future<T> future) throws Exception {
        try {
            return future.toCompletionStage().toCompletableFuture().get(SECONDS_MAX, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        } catch (TimeoutException e) {
            throw new IllegalStateException("nothing came of it within " + SECONDS_MAX + " s", e);
        }
    }
}
