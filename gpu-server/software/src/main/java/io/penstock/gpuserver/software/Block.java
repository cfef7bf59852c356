package io.penstock.gpuserver.software;

import org.jspecify.annotations.Nullable;

/**
 * One range of memory that programs were given.
 *
 * @param base first address
 * @param bytes the size that was asked for
 * @param kind where it came from
 * @param device the device it belongs to
 * @param context handle of the context that made it; 0 where CUDA reports none
 * @param id unique in the process (CU_POINTER_ATTRIBUTE_BUFFER_ID)
 * @param flags the flags of cuMemHostAlloc and cuMemHostRegister
 * @param pool the pool it came from, else null
 */
record Block(
        long base,
        long bytes,
        Kind kind,
        Device device,
        long context,
        long id,
        int flags,
        @Nullable MemoryPool pool) {

    enum Kind {
        DEVICE,
        POOL,
        /** What a node of a graph allocates; {@link GraphAllocation} says when it is allocated. */
        GRAPH,
        /** A reservation of addresses; what of it holds memory is for {@link VirtualMemory} to say. */
        RESERVED,
        HOST,
        REGISTERED,
        /** An array's; no program has its address. */
        ARRAY,
        /** A module's variables; owned by the module. */
        GLOBAL
    }

    boolean contains(long address) {
        return address >= base && address - base < Math.max(bytes, 1);
    }

    boolean contains(long address, long length) {
        return contains(address) && length <= bytes - (address - base);
    }

    /** A stretch of it, for whoever asks for one variable. */
    Block part(long address, long length) {
        return new Block(address, length, kind, device, context, id, flags, pool);
    }

    boolean isHost() {
        return kind == Kind.HOST || kind == Kind.REGISTERED;
    }
}
