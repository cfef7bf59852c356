package io.penstock.agent;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The way down to one program: frames to its ring, payload to its slab. What does not fit is kept, in order, and its
 * source is asked to pause, so what is kept is bounded by what a connection has already read. Event loop only.
 */
final class Downstream {
    private final DownRing ring;
    private final DownSlab slab;
    private final Runnable bell;
    private final Pause pause;
    private final ArrayDeque<MemorySegment> keptFrames = new ArrayDeque<>();
    private final ArrayDeque<Piece> keptPieces = new ArrayDeque<>();
    private @Nullable Announcement open;
    private long bytes;

    Downstream(Channel channel, Runnable bell, Pause pause) {
        this.ring = channel.down();
        this.slab = channel.downSlab();
        this.bell = bell;
        this.pause = pause;
    }

    /** Stops and resumes the connections that bring what goes down. */
    interface Pause {
        /** The control connection. */
        void control(boolean paused);

        /** All bulk connections. */
        void bulk(boolean paused);
    }

    /** Bytes of a payload, copied from a connection. */
    private record Piece(long payload, long offset, MemorySegment bytes) {
        int size() {
            return (int) bytes.byteSize();
        }
    }

    /** A stretch of the slab that the program does not know of yet. */
    private record Announcement(long payload, long offset, long position, long length) {
        boolean endsAt(long otherPayload, long at) {
            return payload == otherPayload && offset + length == at;
        }

        Announcement longerBy(int count) {
            return new Announcement(payload, offset, position, length + count);
        }
    }

    /** A frame for the program; kept when the ring is full. */
    void frame(MemorySegment source, long offset, int length) throws ChannelException {
        if (keptFrames.isEmpty() && ring.put(source, offset, length)) {
            return;
        }
        if (keptFrames.isEmpty()) {
            pause.control(true);
            pause.bulk(true);
        }
        keptFrames.add(copy(source, offset, length));
    }

    /** A frame made here. */
    void frame(MemorySegment made) throws ChannelException {
        frame(made, 0, (int) made.byteSize());
    }

    /** Payload bytes for the program; kept when the slab is full. */
    void payload(long payload, long at, MemorySegment source, long offset, int count) throws ChannelException {
        bytes += count;
        if (keptPieces.isEmpty() && keptFrames.isEmpty() && place(payload, at, source, offset, count)) {
            return;
        }
        if (keptPieces.isEmpty()) {
            pause.bulk(true);
        }
        keptPieces.add(new Piece(payload, at, copy(source, offset, count)));
    }

    /** Shows the program everything that came in this turn. */
    void turnEnded() throws ChannelException {
        announce();
        show();
        if (!awaitRoom()) {
            roomMade();
        }
    }

    /** The program rang: perhaps it made room. */
    void roomMade() throws ChannelException {
        if (keptFrames.isEmpty() && keptPieces.isEmpty()) {
            return;
        }
        do {
            placeKept();
            show();
        } while (!awaitRoom());
    }

    /** Whether the program has read everything. */
    boolean isDrained() throws ChannelException {
        return keptFrames.isEmpty() && ring.isDrained();
    }

    /** Payload bytes that came for the program. */
    long bytes() {
        return bytes;
    }

    private void placeKept() throws ChannelException {
        boolean hadFrames = !keptFrames.isEmpty();
        while (!keptFrames.isEmpty()) {
            MemorySegment next = keptFrames.getFirst();
            if (!ring.put(next, 0, (int) next.byteSize())) {
                return;
            }
            keptFrames.removeFirst();
        }
        while (!keptPieces.isEmpty() && keptFrames.isEmpty()) {
            Piece next = keptPieces.getFirst();
            if (!place(next.payload, next.offset, next.bytes, 0, next.size())) {
                break;
            }
            keptPieces.removeFirst();
        }
        announce();
        if (keptFrames.isEmpty() && hadFrames) {
            pause.control(false);
        }
        if (keptFrames.isEmpty() && keptPieces.isEmpty()) {
            pause.bulk(false);
        }
    }

    /** True when nothing is kept, or when the program will ring once there is room; false: there is room already. */
    private boolean awaitRoom() throws ChannelException {
        if (!keptFrames.isEmpty()) {
            return ring.sleep((int) keptFrames.getFirst().byteSize());
        }
        return keptPieces.isEmpty() || slab.sleep(keptPieces.getFirst().size());
    }

    private boolean place(long payload, long at, MemorySegment source, long offset, int count) throws ChannelException {
        Announcement before = open;
        if (before != null && before.endsAt(payload, at) && slab.extend(source, offset, count)) {
            open = before.longerBy(count);
            return true;
        }
        announce();
        long position = slab.room(count);
        if (position < 0) {
            return false;
        }
        slab.put(position, source, offset, count);
        open = new Announcement(payload, at, position, count);
        return true;
    }

    /** One PAYLOAD frame for the bytes that were laid side by side. */
    private void announce() throws ChannelException {
        Announcement done = open;
        if (done != null) {
            open = null;
            frame(Frames.payload(done.payload, done.offset, done.position, done.length));
        }
    }

    private void show() {
        if (ring.publish()) {
            bell.run();
        }
    }

    private static MemorySegment copy(MemorySegment source, long offset, int length) {
        MemorySegment copy = MemorySegment.ofArray(new byte[length]);
        MemorySegment.copy(source, offset, copy, 0, length);
        return copy;
    }
}
