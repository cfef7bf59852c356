package io.penstock.agent;

import static io.penstock.agent.ChannelLayout.U32;
import static io.penstock.agent.ChannelLayout.U64;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * The consumer's end of the ring that brings frames from a program. What the program published is copied to private
 * memory before a byte of it is looked at, so the program cannot change a header after it was checked. Event loop only.
 */
final class UpRing {
    /** Bytes looked at in one batch; more when one frame may be larger. */
    private static final int BATCH_BYTES = 256 << 10;

    private static final VarHandle LONG = U64.varHandle();
    private static final VarHandle INT = U32.varHandle();

    private final MemorySegment memory;
    private final MemorySegment ring;
    private final long mask;
    private final int frameBytesMax;
    private final MemorySegment batch;
    private long head;
    private boolean asleep;

    UpRing(MemorySegment memory, ChannelLayout.Area area, int frameBytesMax, Arena arena) {
        this.memory = memory;
        this.ring = memory.asSlice(area.offset(), area.size());
        this.mask = area.size() - 1;
        this.frameBytesMax = frameBytesMax;
        this.batch = arena.allocate(Math.max(BATCH_BYTES, Frames.padded(frameBytesMax)), 8);
        this.head = (long) LONG.getAcquire(memory, ChannelLayout.UP_HEAD);
    }

    /**
     * Delivers the whole frames at the front of the ring, at most one batch of them, and frees the room of those taken.
     *
     * @return whether anything was taken: call again until it was not
     */
    boolean drain(FrameTaker taker) throws ChannelException {
        long available = available();
        long index = head & mask;
        int copied = (int) Math.min(Math.min(available, ring.byteSize() - index), batch.byteSize());
        if (copied == 0) {
            return false;
        }
        MemorySegment.copy(ring, index, batch, 0, copied);
        int taken = deliver(copied, ring.byteSize() - index, taker);
        if (taken > 0) {
            head += taken;
            LONG.setRelease(memory, ChannelLayout.UP_HEAD, head);
            FutexWord.wakeAll(memory, ChannelLayout.UP_PRODUCER_ASLEEP);
        }
        return taken > 0;
    }

    /** Walks the frames of the private copy; answers the bytes of those that were taken. */
    private int deliver(int copied, long toRingEnd, FrameTaker taker) throws ChannelException {
        int at = 0;
        while (at < copied) {
            int length = checkedLength(at, toRingEnd - at);
            if (Frames.padded(length) > copied - at) {
                if (copied == batch.byteSize()) {
                    break;
                }
                throw new ChannelException(
                        "the up ring's tail cuts a frame of " + length + " bytes after " + (copied - at));
            }
            if (Frames.type(batch, at) != Frames.PAD && !taker.take(batch, at, length)) {
                break;
            }
            at += Frames.padded(length);
        }
        return at;
    }

    /** Waits a moment for more frames, as long as it takes at most. */
    void linger(long nanos) throws ChannelException {
        long until = System.nanoTime() + nanos;
        while (available() == 0 && System.nanoTime() < until) {
            Thread.onSpinWait();
        }
    }

    /** Declares the consumer asleep; false when frames came in meanwhile and there is no sleeping. */
    boolean sleep() throws ChannelException {
        asleep = true;
        INT.setVolatile(memory, ChannelLayout.UP_CONSUMER_ASLEEP, 1);
        VarHandle.fullFence();
        if (available() == 0) {
            return true;
        }
        wake();
        return false;
    }

    /** The consumer is awake: the program need not ring. */
    void wake() {
        if (asleep) {
            asleep = false;
            INT.setOpaque(memory, ChannelLayout.UP_CONSUMER_ASLEEP, 0);
        }
    }

    private long available() throws ChannelException {
        long tail = (long) LONG.getAcquire(memory, ChannelLayout.UP_TAIL);
        long available = tail - head;
        if (available < 0 || available > ring.byteSize() || (available & 7) != 0) {
            throw new ChannelException("the up ring's tail is " + tail + " while its head is " + head + " and its size "
                    + ring.byteSize());
        }
        return available;
    }

    /** The length of the frame at this place of the private copy; the frame must fit the rest of the ring. */
    private int checkedLength(int at, long toRingEnd) throws ChannelException {
        int length = Frames.length(batch, at);
        if (Frames.type(batch, at) == Frames.PAD) {
            if (length != toRingEnd) {
                throw new ChannelException("a PAD frame of " + Integer.toUnsignedLong(length) + " bytes where "
                        + toRingEnd + " are left of the up ring");
            }
            return length;
        }
        if (length < Frames.HEADER_BYTES || length > frameBytesMax || Frames.padded(length) > toRingEnd) {
            throw new ChannelException("a frame of " + Integer.toUnsignedLong(length) + " bytes in the up ring; "
                    + Frames.HEADER_BYTES + " to " + Math.min(frameBytesMax, toRingEnd) + " are allowed there");
        }
        return length;
    }
}
