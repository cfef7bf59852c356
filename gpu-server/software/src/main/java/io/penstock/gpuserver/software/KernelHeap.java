package io.penstock.gpuserver.software;

import java.util.HashMap;
import java.util.Map;

/**
 * What kernels of one context have taken by {@code malloc} and not freed; all of it together stays below the context's limit
 * CU_LIMIT_MALLOC_HEAP_SIZE (CUDA C++ Programming Guide, Heap Memory Allocation). Any thread.
 */
final class KernelHeap {
    private final Map<Long, Long> blocks = new HashMap<>();
    private long used;

    /** Where memory comes from and goes to. */
    interface Source {
        /** An address, or 0 where there is no memory left. */
        long allocate(long bytes);
    }

    /** An address, or 0 where the limit does not allow it or there is no memory. */
    synchronized long allocate(long bytes, long limit, Source source) {
        long size = Math.max(bytes, 1);
        if (bytes < 0 || size > limit - used) {
            return 0;
        }
        long address = source.allocate(size);
        if (address != 0) {
            blocks.put(address, size);
            used += size;
        }
        return address;
    }

    /** Whether the address is one of its own, which it forgets. */
    synchronized boolean free(long address) {
        Long size = blocks.remove(address);
        used -= size == null ? 0 : size;
        return size != null;
    }
}
