package io.penstock.agent;

import static io.penstock.agent.ChannelLayout.U32;
import static io.penstock.agent.ChannelLayout.U64;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * The producer's end of the ring that brings frames to a program. Frames become visible with {@link #publish}, once for
 * all that were put since. Event loop only.
 */
final class DownRing {
    private static final VarHandle LONG = U64.varHandle();
    private static final VarHandle INT = U32.varHandle();

    private final MemorySegment memory;
    private final MemorySegment ring;
    private final long mask;
    private long head;
    private long tail;
    private long published;

    DownRing(MemorySegment memory, ChannelLayout.Area area) {
        this.memory = memory;
        this.ring = memory.asSlice(area.offset(), area.size());
        this.mask = area.size() - 1;
        this.head = (long) LONG.getAcquire(memory, ChannelLayout.DOWN_HEAD);
        this.tail = (long) LONG.getAcquire(memory, ChannelLayout.DOWN_TAIL);
        this.published = tail;
    }

    /** The longest frame that is sure to fit, however the ring is turned. */
    int frameBytesMax() {
        return (int) (ring.byteSize() / 2);
    }

    /** Copies a frame in; false when there is no room for it now. */
    boolean put(MemorySegment source, long offset, int length) throws ChannelException {
        int padded = Frames.padded(length);
        if (padded > frameBytesMax()) {
            throw new ChannelException("a frame of " + length + " bytes for a down ring of " + ring.byteSize()
                    + "; at most " + frameBytesMax() + " fit");
        }
        long index = tail & mask;
        long left = ring.byteSize() - index;
        long needed = left < padded ? left + padded : padded;
        if (!hasRoom(needed)) {
            return false;
        }
        if (left < padded) {
            ring.set(U32, index, (int) left);
            ring.set(U32, index + 4, Frames.PAD);
            index = 0;
        }
        MemorySegment.copy(source, offset, ring, index, length);
        for (long pad = index + length; pad < index + padded; pad++) {
            ring.set(ValueLayout.JAVA_BYTE, pad, (byte) 0);
        }
        tail += needed;
        return true;
    }

    /**
     * Shows the program what was put and wakes a thread of it that sleeps on its word.
     *
     * @return whether its receiver sleeps in {@code poll} and wants a byte on the socket
     */
    boolean publish() {
        if (tail == published) {
            return false;
        }
        published = tail;
        LONG.setRelease(memory, ChannelLayout.DOWN_TAIL, tail);
        FutexWord.wakeOne(memory, ChannelLayout.DOWN_WAITER_ASLEEP);
        return FutexWord.lower(memory, ChannelLayout.DOWN_RECEIVER_ASLEEP);
    }

    /** Declares the agent waiting for room; true when {@code length} bytes do not fit even now, so a bell will ring. */
    boolean sleep(int length) throws ChannelException {
        INT.setVolatile(memory, ChannelLayout.DOWN_PRODUCER_ASLEEP, 1);
        VarHandle.fullFence();
        int padded = Frames.padded(length);
        long left = ring.byteSize() - (tail & mask);
        if (!hasRoom(left < padded ? left + padded : padded)) {
            return true;
        }
        wake();
        return false;
    }

    /** The agent waits no longer. */
    void wake() {
        INT.setOpaque(memory, ChannelLayout.DOWN_PRODUCER_ASLEEP, 0);
    }

    /** Whether the program has taken everything that was published. */
    boolean isDrained() throws ChannelException {
        readHead();
        return head == published;
    }

    private boolean hasRoom(long bytes) throws ChannelException {
        if (ring.byteSize() - (tail - head) >= bytes) {
            return true;
        }
        readHead();
        return ring.byteSize() - (tail - head) >= bytes;
    }

    private void readHead() throws ChannelException {
        long read = (long) LONG.getAcquire(memory, ChannelLayout.DOWN_HEAD);
        if (read < head || read > published || (read & 7) != 0) {
            throw new ChannelException(
                    "the down ring's head went from " + head + " to " + read + " while its tail is " + published);
        }
        head = read;
    }
}
