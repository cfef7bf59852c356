package io.penstock.appliance.vsphere;

import io.penstock.appliance.vcenter.VcenterException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Virtual threads for the calls of vCenters, which block; what comes of them arrives on the caller's context. */
final class Threads implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Threads.class);

    private final Vertx vertx;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    Threads(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Does a piece of work; a vCenter's failure becomes a refusal. */
    <T> Future<T> run(Callable<T> work) {
        Promise<T> promise = Promise.promise();
        var context = vertx.getOrCreateContext();
        try {
            executor.execute(() -> {
                try {
                    T result = work.call();
                    context.runOnContext(go -> promise.complete(result));
                } catch (VcenterException e) {
                    context.runOnContext(go -> promise.fail(Failures.of(e)));
                } catch (Throwable e) { // somebody waits, and would for ever
                    context.runOnContext(go -> promise.fail(e));
                }
            });
        } catch (RejectedExecutionException e) {
            promise.fail(e);
        }
        return promise.future();
    }

    /** Begins work that nobody waits for. */
    void begin(Runnable work) {
        executor.execute(() -> {
            try {
                work.run();
            } catch (Throwable e) { // nobody waits; it must not go unheard
                LOG.error("a call of a vCenter failed", e);
            }
        });
    }

    /** Waits for a future on a virtual thread. */
    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** Interrupts what goes on and does not wait for it. */
    @Override
    public void close() {
        executor.shutdownNow();
    }
}
