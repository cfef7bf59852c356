package io.penstock.gpuserver.software;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One ordered queue of a context, and what a capture has it record instead.
 *
 * <p>The legacy stream waits for every blocking stream of its context and they wait for it; a non-blocking stream is
 * ordered with no other. Any thread.
 */
final class Stream {
    /** CU_STREAM_NON_BLOCKING. */
    static final int NON_BLOCKING = 1;

    private final Context context;
    private final int flags;
    private final int priority;
    private final long id;

    // guarded by the timeline
    @Nullable
    Operation tail;

    int queued;

    // guarded by the machine's capture lock
    @Nullable
    Capture capture;

    List<GraphNode> frontier = List.of();

    @Nullable
    MemorySegment frontierHandles;

    Stream(Context context, int flags, int priority, long id) {
        this.context = context;
        this.flags = flags;
        this.priority = priority;
        this.id = id;
    }

    Context context() {
        return context;
    }

    int flags() {
        return flags;
    }

    int priority() {
        return priority;
    }

    long id() {
        return id;
    }

    boolean isLegacy() {
        return context.legacy() == this;
    }

    boolean blocking() {
        return (flags & NON_BLOCKING) == 0;
    }

    /** What the next operation must wait for; timeline lock held. */
    Collection<Operation> predecessors() {
        List<Operation> before = new ArrayList<>(2);
        if (tail != null) {
            before.add(tail);
        }
        if (isLegacy()) {
            for (Stream other : context.streams()) {
                if (other != this && other.blocking() && other.tail != null) {
                    before.add(other.tail);
                }
            }
        } else if (blocking()) {
            Operation barrier = context.legacy().tail;
            if (barrier != null) {
                before.add(barrier);
            }
        }
        return before;
    }

    /** Streams that have to be idle for this one to count as synchronised. */
    Collection<Stream> synchronisedWith() {
        if (!isLegacy()) {
            return List.of(this);
        }
        List<Stream> all = new ArrayList<>();
        for (Stream other : context.streams()) {
            if (other.blocking()) {
                all.add(other);
            }
        }
        return all;
    }

    /** Whether all the nodes are the last ones of this stream or come before them; capture lock held. */
    boolean frontierReaches(Collection<GraphNode> wanted) {
        Set<GraphNode> reached = new HashSet<>();
        Deque<GraphNode> open = new ArrayDeque<>(frontier);
        while (!open.isEmpty()) {
            GraphNode node = open.pop();
            if (reached.add(node)) {
                open.addAll(node.dependencies);
            }
        }
        return reached.containsAll(wanted);
    }

    /** Puts work at the end, or records it in the capture that runs on this stream. */
    @Nullable
    Operation enqueue(Work work) {
        Machine machine = context.device().machine();
        if (machine.captures().record(this, work)) {
            return null;
        }
        return machine.timeline().submit(this, work, List.of());
    }

    boolean idle() {
        return context.device().machine().timeline().tails(synchronisedWith()).isEmpty();
    }
}
