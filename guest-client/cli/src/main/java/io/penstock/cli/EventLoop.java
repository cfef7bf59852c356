package io.penstock.cli;

import io.penstock.protocol.identity.TlsOptions;
import io.penstock.protocol.link.LinkOptions;
import io.penstock.protocol.link.Spin;
import io.vertx.core.Vertx;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.LoggerFactory;

/** Vert.x as the guest client wants it: native epoll, one event loop for programs and others for their payload. */
final class EventLoop {
    private static final long STOP_MILLIS_MAX = 500;
    private static final FutureTask<Object> LOGGING = new FutureTask<>(LoggerFactory::getILoggerFactory);
    private static final FutureTask<Vertx> ONLY = new FutureTask<>(EventLoop::make);

    private EventLoop() {}

    /** Makes it ready beside whatever else is to be done before the first connection. */
    static void prepare() {
        Thread.ofPlatform().daemon().name("event loop's start").start(ONLY);
    }

    /**
     * Waits until the log is set up, by whichever thread began with it: what others say meanwhile would come late, with a
     * warning of the log's own. To be called before work beside the event loop's start.
     */
    static void awaitLogging() {
        LOGGING.run();
        try {
            LOGGING.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the log is not set up", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException(ExitStatus.FAILED, "interrupted");
        }
    }

    /**
     * Ends the event loops and their connections, if there are any: Java would wait a third of a second at the process's end for
     * threads that wait in the system, as event loops do.
     */
    static void stop() {
        if (!ONLY.isDone()) {
            return;
        }
        try {
            ONLY.get().close().toCompletionStage().toCompletableFuture().get(STOP_MILLIS_MAX, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            return; // then the process's end takes longer
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The only one of this process. */
    static Vertx start() {
        ONLY.run();
        try {
            return ONLY.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the event loop does not start", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException(ExitStatus.FAILED, "interrupted");
        }
    }

    /** For this class and its test. */
    static Vertx make() {
        awaitLogging();
        TlsOptions.prepare();
        int others = Math.min(Runtime.getRuntime().availableProcessors() - 1, LinkOptions.bulkConnections());
        Vertx made = Spin.vertx(1 + others, Spin.standard());
        return made.exceptionHandler(EventLoop::tell);
    }

    /** A mistake of ours that nobody else has heard of: Vert.x alone would say that there was one, and not which. */
    private static void tell(Throwable mistake) {
        LoggerFactory.getLogger(EventLoop.class)
                .error("an error in Penstock itself, which goes on: {}", mistake.toString());
    }
}
