package io.penstock.gpuserver.software;

import java.util.HashSet;
import java.util.Set;

/** One capture that is going on: where it began, what it has recorded, which streams have joined. Guarded by {@link Captures}. */
final class Capture {
    static final int MODE_GLOBAL = 0;
    static final int MODE_THREAD_LOCAL = 1;
    static final int MODE_RELAXED = 2;

    final Graph graph;
    final Stream origin;
    final ThreadState thread;
    final int mode;
    final long id;
    final Set<Stream> streams = new HashSet<>();
    boolean invalid;
    /** Whether the graph is of its making: a program's own stays the program's. */
    boolean ownsGraph = true;

    Capture(Graph graph, Stream origin, ThreadState thread, int mode, long id) {
        this.graph = graph;
        this.origin = origin;
        this.thread = thread;
        this.mode = mode;
        this.id = id;
        streams.add(origin);
    }

    /** It has failed: a graph of its making ends with it. */
    void giveUp() {
        if (ownsGraph) {
            graph.forget();
        }
    }

    /** Whether a call that is unsafe in a capture breaks this one when that thread makes it. */
    boolean forbids(ThreadState caller) {
        return switch (mode) {
            case MODE_GLOBAL ->
                caller.captureMode == MODE_GLOBAL || (caller == thread && caller.captureMode == MODE_THREAD_LOCAL);
            case MODE_THREAD_LOCAL -> caller == thread && caller.captureMode != MODE_RELAXED;
            default -> false;
        };
    }
}
