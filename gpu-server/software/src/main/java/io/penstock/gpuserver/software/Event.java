package io.penstock.gpuserver.software;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A mark in a stream: the latest operation recorded with it, or the nodes it stands for inside a capture. Any thread. */
final class Event {
    /** CU_EVENT_DISABLE_TIMING. */
    static final int DISABLE_TIMING = 2;
    /** Every flag that cuEventCreate knows: blocking sync, disable timing, interprocess. */
    static final int FLAGS_KNOWN = 7;

    private final Context context;
    private final int flags;

    private volatile @Nullable Operation recorded;
    // guarded by the machine's capture lock
    @Nullable
    Capture capture;

    List<GraphNode> captured = List.of();

    Event(Context context, int flags) {
        this.context = context;
        this.flags = flags;
    }

    Context context() {
        return context;
    }

    boolean timed() {
        return (flags & DISABLE_TIMING) == 0;
    }

    @Nullable
    Operation recorded() {
        return recorded;
    }

    void record(Operation operation) {
        recorded = operation;
    }
}
