package io.penstock.cli;

import io.penstock.protocol.identity.TlsOptions;
import io.penstock.protocol.link.LinkOptions;
import io.penstock.protocol.link.Spin;
import io.vertx.core.Vertx;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Vert.x as the guest client wants it: native epoll, one event loop for programs and others for their payload. */
final class EventLoop {
    private static final FutureTask<Vertx> ONLY = new FutureTask<>(EventLoop::make);

    private EventLoop() {}

    /** Makes it ready beside whatever else is to be done before the first connection. */
    static void prepare() {
        Thread.ofPlatform().daemon().name("event loop's start").start(ONLY);
    }

    /** The only one of this process, which ends without closing it. */
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

    /** Whether what is done beside a program's start takes nothing from it: where loops may stay awake, too. */
    static boolean hasCoresToSpare() {
        return Spin.standard().isPositive();
    }

    private static Vertx make() {
        TlsOptions.prepare();
        int others = Math.min(Runtime.getRuntime().availableProcessors() - 1, LinkOptions.bulkConnections());
        return Spin.vertx(1 + others, Spin.standard());
    }
}
