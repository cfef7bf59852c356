package io.penstock.cli;

import io.penstock.protocol.link.Spin;
import io.vertx.core.Vertx;

/** Vert.x as the guest client wants it: one event loop on native epoll, which the agent's design rests on. */
final class EventLoop {
    private EventLoop() {}

    /** A new one; the process ends without closing it. */
    static Vertx start() {
        return Spin.vertx(1, Spin.standard());
    }
}
