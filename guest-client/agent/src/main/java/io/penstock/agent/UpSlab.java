package io.penstock.agent;

import static io.penstock.agent.ChannelLayout.U64;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;

/**
 * The consumer's end of the slab with payload from a program. PAYLOAD frames come in the order in which their chunks were
 * allocated and room is freed in that order, so a chunk frees what was skipped before it. Event loop only.
 */
final class UpSlab {
    /** Chunks start at multiples of this. */
    static final int ALIGNMENT = 64;

    private static final VarHandle LONG = U64.varHandle();

    private final MemorySegment memory;
    private final MemorySegment slab;
    private final ArrayDeque<Chunk> taken = new ArrayDeque<>();
    private long end;

    UpSlab(MemorySegment memory, ChannelLayout.Area area) {
        this.memory = memory;
        this.slab = memory.asSlice(area.offset(), area.size());
        this.end = (long) LONG.getAcquire(memory, ChannelLayout.UP_SLAB_HEAD);
    }

    /** Bytes of the program that are on their way: they may change while they are read, and nothing depends on them. */
    static final class Chunk {
        private final long position;
        private final MemorySegment bytes;
        private boolean done;

        private Chunk(long position, MemorySegment bytes) {
            this.position = position;
            this.bytes = bytes;
        }

        MemorySegment bytes() {
            return bytes;
        }
    }

    /** The chunk that a PAYLOAD frame names; its room stays taken until it is released. */
    Chunk take(long position, long length) throws ChannelException {
        long start = end + ALIGNMENT - 1 & -ALIGNMENT;
        long turned = start + slab.byteSize() - 1 & -slab.byteSize();
        long index = position & slab.byteSize() - 1;
        boolean inOrder = position == start || position == turned;
        if (!inOrder
                || length <= 0
                || length > slab.byteSize() - index
                || position + length - freed() > slab.byteSize()) {
            throw new ChannelException("a chunk of " + length + " bytes at " + position + " of the up slab, where "
                    + freed() + " to " + end + " of " + slab.byteSize() + " are taken");
        }
        end = position + length;
        Chunk chunk = new Chunk(position, slab.asSlice(index, length));
        taken.add(chunk);
        return chunk;
    }

    /** The chunk's bytes are elsewhere: its room is free once that of the chunks before it is. */
    void release(Chunk chunk) {
        chunk.done = true;
        long before = freed();
        while (!taken.isEmpty() && taken.peekFirst().done) {
            taken.removeFirst();
        }
        if (freed() != before) {
            LONG.setRelease(memory, ChannelLayout.UP_SLAB_HEAD, freed());
            FutexWord.wakeAll(memory, ChannelLayout.UP_SLAB_PRODUCER_ASLEEP);
        }
    }

    private long freed() {
        return taken.isEmpty() ? end : taken.peekFirst().position;
    }
}
