package io.penstock.agent;

import static io.penstock.agent.ChannelLayout.U32;
import static io.penstock.agent.ChannelLayout.U64;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/** The producer's end of the slab with payload to a program; chunks are freed in order. Event loop only. */
final class DownSlab {
    private static final VarHandle LONG = U64.varHandle();
    private static final VarHandle INT = U32.varHandle();

    private final MemorySegment memory;
    private final MemorySegment slab;
    private long head;
    private long tail;

    DownSlab(MemorySegment memory, ChannelLayout.Area area) {
        this.memory = memory;
        this.slab = memory.asSlice(area.offset(), area.size());
        this.head = (long) LONG.getAcquire(memory, ChannelLayout.DOWN_SLAB_HEAD);
        this.tail = head;
    }

    /** Where a chunk of this length would lie, or -1 when there is no room for it now. Nothing is taken yet. */
    long room(int length) throws ChannelException {
        if (length > slab.byteSize() / 2) {
            throw new ChannelException("a chunk of " + length + " bytes for a down slab of " + slab.byteSize()
                    + "; at most half of it is allowed");
        }
        long start = tail + UpSlab.ALIGNMENT - 1 & -UpSlab.ALIGNMENT;
        if ((start & slab.byteSize() - 1) + length > slab.byteSize()) {
            start = start + slab.byteSize() - 1 & -slab.byteSize();
        }
        if (start + length - head > slab.byteSize()) {
            readHead();
        }
        return start + length - head > slab.byteSize() ? -1 : start;
    }

    /** Copies a chunk to the position that {@link #room} answered. */
    void put(long position, MemorySegment source, long offset, int length) {
        MemorySegment.copy(source, offset, slab, position & slab.byteSize() - 1, length);
        tail = position + length;
    }

    /** Appends to the chunk put last, as far as it lies before the slab's end; false when there is no room for it. */
    boolean extend(MemorySegment source, long offset, int length) throws ChannelException {
        long index = tail & slab.byteSize() - 1;
        if (index == 0 || index + length > slab.byteSize()) {
            return false;
        }
        if (tail + length - head > slab.byteSize()) {
            readHead();
        }
        if (tail + length - head > slab.byteSize()) {
            return false;
        }
        MemorySegment.copy(source, offset, slab, index, length);
        tail += length;
        return true;
    }

    /** Declares the agent waiting for room; true when there is none even now, so that a bell will ring. */
    boolean sleep(int length) throws ChannelException {
        INT.setVolatile(memory, ChannelLayout.DOWN_SLAB_PRODUCER_ASLEEP, 1);
        VarHandle.fullFence();
        if (room(length) < 0) {
            return true;
        }
        wake();
        return false;
    }

    /** The agent waits no longer. */
    void wake() {
        INT.setOpaque(memory, ChannelLayout.DOWN_SLAB_PRODUCER_ASLEEP, 0);
    }

    private void readHead() throws ChannelException {
        long read = (long) LONG.getAcquire(memory, ChannelLayout.DOWN_SLAB_HEAD);
        if (read < head || read > tail) {
            throw new ChannelException(
                    "the down slab's head went from " + head + " to " + read + " while its tail is " + tail);
        }
        head = read;
    }
}
