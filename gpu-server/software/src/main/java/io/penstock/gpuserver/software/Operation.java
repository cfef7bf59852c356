package io.penstock.gpuserver.software;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One piece of work given to the timeline: waiting for others, running, or done. */
final class Operation {
    /** The stream whose queue it is in. */
    final Stream stream;

    // guarded by the timeline
    @Nullable
    Work work;

    int unfinishedBefore;
    List<Operation> followers = new ArrayList<>(1);

    private volatile boolean done;
    // written before done
    private long finishedNanos;

    Operation(Stream stream, Work work) {
        this.stream = stream;
        this.work = work;
    }

    boolean done() {
        return done;
    }

    /** When it ended by {@link System#nanoTime()}; only after {@link #done}. */
    long finishedNanos() {
        return finishedNanos;
    }

    void finish() {
        finishedNanos = System.nanoTime();
        done = true;
    }
}
