package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.LibC;
import io.penstock.gpuserver.software.ptx.DeviceMemory;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The reserved range of addresses that all device memory of one driver lies in, and which 2 MiB chunks of it hold memory.
 *
 * <p>A TiB for each device's heap, then {@link #VIRTUAL_BYTES} for ranges that programs reserve themselves. The whole is
 * reserved without access at {@link #ORIGIN}, far from where Linux puts mappings, so that a client can reserve the same
 * range. A chunk in use can be read and written; a kernel that touches any other has an illegal address. Mapping is under
 * the owner's lock; {@link #contains} and {@link #accessible} are for any thread.
 */
final class AddressSpace implements AutoCloseable {
    static final long ORIGIN = 0x2000_0000_0000L;
    static final int CHUNK_SHIFT = 21;
    static final long CHUNK_BYTES = 1L << CHUNK_SHIFT;
    static final long HEAP_BYTES = 1L << 40;
    static final long VIRTUAL_BYTES = 4L << 40;

    /** What is known of a chunk that may be read only. */
    static final byte READ = 1;

    /** What is known of a chunk that may be read and written. */
    static final byte WRITTEN = 2;

    private static final int PLACES = 64;
    private static final int RESERVED = LibC.MAP_PRIVATE | LibC.MAP_ANONYMOUS | LibC.MAP_NORESERVE;
    private static final int READ_WRITE = LibC.PROT_READ | LibC.PROT_WRITE;

    private final long base;
    private final long size;
    private final int heaps;
    private final byte[] inUse;

    AddressSpace(int devices) {
        heaps = devices;
        size = devices * HEAP_BYTES + VIRTUAL_BYTES;
        base = reserve(size);
        inUse = new byte[Math.toIntExact(size >>> CHUNK_SHIFT)];
    }

    /** Takes the first free place from the origin on: a second driver in one process (tests) comes after the first. */
    private static long reserve(long size) {
        for (int place = 0; place < PLACES; place++) {
            long wanted = ORIGIN + place * size;
            int flags = RESERVED | LibC.MAP_FIXED_NOREPLACE;
            long got = LibC.mmap(wanted, size, LibC.PROT_NONE, flags, -1, 0);
            if (got == wanted) {
                return got;
            }
            if (got != LibC.MAP_FAILED) {
                LibC.munmap(got, size); // a kernel too old for NOREPLACE takes the address as a hint
            }
        }
        throw new IllegalStateException("cannot reserve " + size + " bytes of address space at 0x"
                + Long.toHexString(ORIGIN) + ": errno " + LibC.errno());
    }

    long base() {
        return base;
    }

    long size() {
        return size;
    }

    long heapBase(int device) {
        return base + device * HEAP_BYTES;
    }

    long virtualBase() {
        return base + heaps * HEAP_BYTES;
    }

    /** The ordinal of the device whose heap has the address, or -1 for any other address. */
    int heapOf(long address) {
        long heap = (address - base) / HEAP_BYTES;
        return address >= base && heap < heaps ? (int) heap : -1;
    }

    /** Whether the address is one of device memory, mapped or not. */
    boolean contains(long address) {
        return Long.compareUnsigned(address - base, size) < 0;
    }

    /** Whether every byte of the range lies in chunks that hold memory. */
    boolean accessible(long address, long bytes) {
        long from = address - base;
        if (Long.compareUnsigned(from, size) >= 0 || bytes < 0 || bytes > size - from) {
            return false;
        }
        int last = (int) ((from + Math.max(bytes, 1) - 1) >>> CHUNK_SHIFT);
        for (int chunk = (int) (from >>> CHUNK_SHIFT); chunk <= last; chunk++) {
            if (inUse[chunk] == 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether the range is {@link #accessible} and every byte may be written. */
    boolean writable(long address, long bytes) {
        DeviceMemory.Range range = contains(address) ? rangeOf(address, WRITTEN) : null;
        return range != null && bytes <= range.end() - address;
    }

    /** The longest run of chunks with memory around an address of this space, or null where there is none. */
    DeviceMemory.@Nullable Range rangeOf(long address) {
        return rangeOf(address, READ);
    }

    /** As {@link #rangeOf(long)}, of chunks that may be written. */
    DeviceMemory.@Nullable Range writableRangeOf(long address) {
        return rangeOf(address, WRITTEN);
    }

    private DeviceMemory.@Nullable Range rangeOf(long address, byte least) {
        int chunk = (int) ((address - base) >>> CHUNK_SHIFT);
        if (inUse[chunk] < least) {
            return null;
        }
        int first = chunk;
        while (first > 0 && inUse[first - 1] >= least) {
            first--;
        }
        int last = chunk;
        while (last + 1 < inUse.length && inUse[last + 1] >= least) {
            last++;
        }
        return new DeviceMemory.Range(base + first * CHUNK_BYTES, base + (last + 1) * CHUNK_BYTES);
    }

    /** Gives whole chunks zeroed memory of their own. */
    boolean commit(long address, long bytes) {
        if (LibC.mprotect(address, bytes, READ_WRITE) != 0) {
            return false;
        }
        mark(address, bytes, WRITTEN);
        return true;
    }

    /** Puts a shared file's memory where whole chunks are. */
    boolean mapFile(long address, long bytes, int fd, long offset) {
        int flags = LibC.MAP_SHARED | LibC.MAP_FIXED;
        return LibC.mmap(address, bytes, LibC.PROT_NONE, flags, fd, offset) == address;
    }

    /**
     * Lets kernels and copies reach chunks that {@link #mapFile} filled, or not.
     *
     * @param access 0, {@link #READ} or {@link #WRITTEN}
     */
    boolean setAccess(long address, long bytes, byte access) {
        if (LibC.mprotect(address, bytes, access == 0 ? LibC.PROT_NONE : READ_WRITE) != 0) {
            return false;
        }
        mark(address, bytes, access);
        return true;
    }

    /** Takes the memory of whole chunks away and keeps the addresses reserved. */
    void release(long address, long bytes) {
        mark(address, bytes, (byte) 0);
        LibC.mmap(address, bytes, LibC.PROT_NONE, RESERVED | LibC.MAP_FIXED, -1, 0);
    }

    private void mark(long address, long bytes, byte value) {
        int from = (int) ((address - base) >>> CHUNK_SHIFT);
        int to = (int) ((address - base + bytes + CHUNK_BYTES - 1) >>> CHUNK_SHIFT);
        Arrays.fill(inUse, from, to, value);
    }

    @Override
    public void close() {
        LibC.munmap(base, size);
    }
}
