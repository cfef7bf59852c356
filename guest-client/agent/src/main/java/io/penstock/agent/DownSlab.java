package io.penstock.agent;

import static io.penstock.agent.ChannelLayout.U32;
import static io.penstock.agent.ChannelLayout.U64;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * The producer's end of the slab with payload to a program. Room is taken in order and the program frees it in that
 * order. Not safe for several threads, but for {@link #put} into room that was taken.
 */
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

    /** Takes room for a chunk of this length; its position, or -1 when there is none now and the program will ring. */
    long take(int length) throws ChannelException {
        long position = room(length);
        if (position < 0) {
            INT.setVolatile(memory, ChannelLayout.DOWN_SLAB_PRODUCER_ASLEEP, 1);
            VarHandle.fullFence();
            position = room(length);
        }
        if (position >= 0) {
            tail = position + length;
        }
        return position;
    }

    /** Copies bytes to a position within room that was taken. Any thread. */
    void put(long position, MemorySegment source, long offset, int length) {
        MemorySegment.copy(source, offset, slab, position & slab.byteSize() - 1, length);
    }

    private long room(int length) throws ChannelException {
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

    private void readHead() throws ChannelException {
        long read = (long) LONG.getAcquire(memory, ChannelLayout.DOWN_SLAB_HEAD);
        if (read < head || read > tail) {
            throw new ChannelException(
                    "the down slab's head went from " + head + " to " + read + " while its tail is " + tail);
        }
        head = read;
    }
}
