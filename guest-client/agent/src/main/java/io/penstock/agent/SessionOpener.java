package io.penstock.agent;

import io.penstock.protocol.link.ChunkSink;
import io.penstock.protocol.link.LinkReceiver;
import io.vertx.core.Future;

/** Finds a worker for a program and connects to it. Event loop only. */
interface SessionOpener {
    /**
     * A worker of its own for one program. Fails with {@link SessionRefusedException} or another exception whose message
     * says who refused and why.
     *
     * @param control told what comes on the control connection
     * @param bulk told what comes on any bulk connection
     */
    Future<WorkerLinks> open(LinkReceiver control, ChunkSink bulk);
}
