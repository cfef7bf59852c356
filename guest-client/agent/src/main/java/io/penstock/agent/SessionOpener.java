package io.penstock.agent;

import io.penstock.protocol.link.BulkLink;
import io.penstock.protocol.link.ChunkSink;
import io.penstock.protocol.link.LinkReceiver;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Function;

/** Finds a worker for a program and connects to it. Event loop only. */
interface SessionOpener {
    /**
     * A worker of its own for one program. Fails with {@link SessionRefusedException} or another exception whose message
     * says who refused and why.
     *
     * @param pid the program's process, for people
     * @param environment the program's CUDA_* and PENSTOCK_* variables, {@code NAME=value}
     * @param control told what comes on the control connection
     * @param bulk makes what takes the chunks of one bulk connection, on that connection's event loop
     */
    Future<WorkerLinks> open(
            int pid, List<String> environment, LinkReceiver control, Function<BulkLink, ChunkSink> bulk);
}
