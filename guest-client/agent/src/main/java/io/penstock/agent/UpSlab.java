package io.penstock.agent;

import static io.penstock.agent.ChannelLayout.U64;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * The consumer's end of the slab with payload from a program. PAYLOAD frames come in the order in which their chunks were
 * allocated, so a chunk frees everything before it: what was skipped to align it, or at the slab's end. Event loop only.
 */
final class UpSlab {
    /** Chunks start at multiples of this. */
    static final int ALIGNMENT = 64;

    private static final VarHandle LONG = U64.varHandle();

    private final MemorySegment memory;
    private final MemorySegment slab;
    private long head;

    UpSlab(MemorySegment memory, ChannelLayout.Area area) {
        this.memory = memory;
        this.slab = memory.asSlice(area.offset(), area.size());
        this.head = (long) LONG.getAcquire(memory, ChannelLayout.UP_SLAB_HEAD);
    }

    /** The bytes of a chunk, still the program's: they may change while they are read, and nothing depends on them. */
    MemorySegment chunk(long position, long length) throws ChannelException {
        long index = position & slab.byteSize() - 1;
        long start = head + ALIGNMENT - 1 & -ALIGNMENT;
        long turned = start + slab.byteSize() - 1 & -slab.byteSize();
        boolean inOrder = position == start || position == turned;
        if (!inOrder || length <= 0 || length > slab.byteSize() - index) {
            throw new ChannelException("a chunk of " + length + " bytes at " + position + " of the up slab, whose head is "
                    + head + " and size " + slab.byteSize());
        }
        return slab.asSlice(index, length);
    }

    /** The chunk's bytes are elsewhere: its room is free. */
    void release(long position, long length) {
        head = position + length;
        LONG.setRelease(memory, ChannelLayout.UP_SLAB_HEAD, head);
        FutexWord.wakeAll(memory, ChannelLayout.UP_SLAB_PRODUCER_ASLEEP);
    }
}
