package io.penstock.cli;

import io.penstock.protocol.link.LinkOptions;
import io.penstock.protocol.link.Spin;
import io.vertx.core.Vertx;

/** Vert.x as the guest client wants it: native epoll, one event loop for programs and others for their payload. */
final class EventLoop {
    private EventLoop() {}

    /** A new one; the process ends without closing it. */
    static Vertx start() {
        int others = Math.min(Runtime.getRuntime().availableProcessors() - 1, LinkOptions.bulkConnections());
        return Spin.vertx(1 + others, Spin.standard());
    }
}
