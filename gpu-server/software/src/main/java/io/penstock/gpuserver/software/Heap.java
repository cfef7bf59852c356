package io.penstock.gpuserver.software;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * One device's memory: an exact account of bytes, and addresses for blocks in the device's part of the address space.
 *
 * <p>Blocks start at multiples of 512 bytes and are charged in 512-byte steps; from 1 MiB on they start at multiples of
 * 2 MiB, as on NVIDIA's driver. Far more addresses than memory, so fragments never make an allocation fail. Chunks of
 * 2 MiB are given memory when their first block comes; they lose it after their last, once no work runs. Any thread; guarded by itself.
 */
final class Heap {
    static final long ALIGNMENT_BYTES = 512;

    private static final long LARGE_BYTES = 1L << 20;

    private final AddressSpace space;
    private final long totalBytes;

    // guarded by this
    private final TreeMap<Long, Long> free = new TreeMap<>();
    private final Map<Long, Integer> blocksOfChunk = new HashMap<>();
    /** Chunks without blocks that still have their memory. */
    private final Set<Long> emptyChunks = new HashSet<>();

    private long usedBytes;

    Heap(AddressSpace space, int device, long totalBytes) {
        this.space = space;
        this.totalBytes = totalBytes;
        free.put(space.heapBase(device), AddressSpace.HEAP_BYTES);
    }

    long totalBytes() {
        return totalBytes;
    }

    synchronized long freeBytes() {
        return totalBytes - usedBytes;
    }

    /** Charges memory that lies elsewhere (a physical allocation of the virtual memory calls). */
    synchronized boolean charge(long bytes) {
        if (bytes > totalBytes - usedBytes) {
            return false;
        }
        usedBytes += bytes;
        return true;
    }

    synchronized void refund(long bytes) {
        usedBytes -= bytes;
    }

    /** Answers the address of a new block of {@code bytes} &gt; 0, or 0 when the device has not that much left. */
    synchronized long allocate(long bytes) {
        if (bytes > totalBytes - usedBytes) {
            return 0;
        }
        long room = charged(bytes);
        if (room > totalBytes - usedBytes) {
            return 0;
        }
        long alignment = bytes >= LARGE_BYTES ? AddressSpace.CHUNK_BYTES : ALIGNMENT_BYTES;
        for (Map.Entry<Long, Long> hole : free.entrySet()) {
            long start = hole.getKey();
            long at = (start + alignment - 1) & -alignment;
            if (at + room <= start + hole.getValue()) {
                return take(start, hole.getValue(), at, room);
            }
        }
        return 0;
    }

    private long take(long start, long length, long at, long room) {
        free.remove(start);
        if (at > start) {
            free.put(start, at - start);
        }
        long end = at + room;
        if (start + length > end) {
            free.put(end, start + length - end);
        }
        if (!enter(at, end)) {
            giveBack(at, room);
            return 0;
        }
        usedBytes += room;
        return at;
    }

    /** Gives memory to the chunks that had no block yet. */
    private boolean enter(long from, long to) {
        for (long chunk = chunkOf(from); chunk < to; chunk += AddressSpace.CHUNK_BYTES) {
            boolean first = blocksOfChunk.merge(chunk, 1, Integer::sum) == 1;
            if (first && !emptyChunks.remove(chunk) && !space.commit(chunk, AddressSpace.CHUNK_BYTES)) {
                leave(from, chunk + 1);
                return false;
            }
        }
        return true;
    }

    private void leave(long from, long to) {
        for (long chunk = chunkOf(from); chunk < to; chunk += AddressSpace.CHUNK_BYTES) {
            Integer left = blocksOfChunk.computeIfPresent(chunk, (c, n) -> n == 1 ? null : n - 1);
            if (left == null) {
                emptyChunks.add(chunk);
            }
        }
    }

    synchronized boolean hasEmptyChunks() {
        return !emptyChunks.isEmpty();
    }

    /** Takes the memory of chunks without blocks away; only while nothing runs that could touch them. */
    synchronized void releaseEmptyChunks() {
        for (long chunk : emptyChunks) {
            space.release(chunk, AddressSpace.CHUNK_BYTES);
        }
        emptyChunks.clear();
    }

    /** Frees the block that {@link #allocate} answered for {@code bytes}. */
    synchronized void free(long address, long bytes) {
        long room = charged(bytes);
        leave(address, address + room);
        giveBack(address, room);
        usedBytes -= room;
    }

    private void giveBack(long address, long room) {
        long start = address;
        long length = room;
        Map.Entry<Long, Long> before = free.floorEntry(address);
        if (before != null && before.getKey() + before.getValue() == address) {
            start = before.getKey();
            length += before.getValue();
        }
        Long after = free.remove(address + room);
        if (after != null) {
            length += after;
        }
        free.put(start, length);
    }

    private static long charged(long bytes) {
        return (bytes + ALIGNMENT_BYTES - 1) & -ALIGNMENT_BYTES;
    }

    private static long chunkOf(long address) {
        return address & -AddressSpace.CHUNK_BYTES;
    }
}
