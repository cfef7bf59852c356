package io.penstock.agent;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;

/**
 * Frames on their way to one program. What does not fit its ring is kept, in order, and the source is asked to pause, so
 * what is kept is bounded by what a connection has already read. Event loop only.
 */
final class Downstream {
    private final DownRing ring;
    private final Runnable bell;
    private final Pause pause;
    private final ArrayDeque<MemorySegment> kept = new ArrayDeque<>();

    Downstream(DownRing ring, Runnable bell, Pause pause) {
        this.ring = ring;
        this.bell = bell;
        this.pause = pause;
    }

    /** Stops and resumes the connection that brings what goes down. */
    @FunctionalInterface
    interface Pause {
        void paused(boolean paused);
    }

    /** A frame for the program; kept when the ring is full. */
    void frame(MemorySegment source, long offset, int length) throws ChannelException {
        if (kept.isEmpty() && ring.put(source, offset, length)) {
            return;
        }
        if (kept.isEmpty()) {
            pause.paused(true);
        }
        MemorySegment copy = MemorySegment.ofArray(new byte[length]);
        MemorySegment.copy(source, offset, copy, 0, length);
        kept.add(copy);
    }

    /** A frame made here. */
    void frame(MemorySegment made) throws ChannelException {
        frame(made, 0, (int) made.byteSize());
    }

    /** Shows the program everything that came in this turn. */
    void turnEnded() throws ChannelException {
        show();
        if (!awaitRoom()) {
            roomMade();
        }
    }

    /** The program rang: perhaps it made room. */
    void roomMade() throws ChannelException {
        if (kept.isEmpty()) {
            return;
        }
        do {
            placeKept();
            show();
        } while (!awaitRoom());
    }

    /** Whether the program has read everything. */
    boolean isDrained() throws ChannelException {
        return kept.isEmpty() && ring.isDrained();
    }

    private void placeKept() throws ChannelException {
        while (!kept.isEmpty()) {
            MemorySegment next = kept.getFirst();
            if (!ring.put(next, 0, (int) next.byteSize())) {
                return;
            }
            kept.removeFirst();
        }
        pause.paused(false);
    }

    /** True when nothing is kept, or when the program will ring once there is room; false: there is room already. */
    private boolean awaitRoom() throws ChannelException {
        return kept.isEmpty() || ring.sleep((int) kept.getFirst().byteSize());
    }

    private void show() {
        if (ring.publish()) {
            bell.run();
        }
    }
}
