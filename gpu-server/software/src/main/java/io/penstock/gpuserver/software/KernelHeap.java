package io.penstock.gpuserver.software;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What kernels of one context have allocated: together no more than CU_LIMIT_MALLOC_HEAP_SIZE, which holds from the first
 * allocation on. Any thread; guarded by itself.
 */
final class KernelHeap {
    /** What malloc's answers are aligned to ("Dynamic Global Memory Allocation" in the CUDA C++ Programming Guide). */
    private static final long STEP_BYTES = 16;

    // guarded by this
    private final Map<Long, Long> bytes = new HashMap<>();
    private long usedBytes;
    private boolean begun;

    /** Charges so many bytes; false when the limit does not allow them. */
    synchronized boolean reserve(long wanted, long limit) {
        begun = true;
        if (wanted < 0 || wanted > limit - usedBytes) {
            return false;
        }
        usedBytes += rounded(wanted);
        return true;
    }

    /** What was charged has an address now, or 0: then it is not charged any more. */
    synchronized void took(long address, long wanted) {
        if (address == 0) {
            usedBytes -= rounded(wanted);
        } else {
            bytes.put(address, rounded(wanted));
        }
    }

    /** False for an address that no kernel has, or has still, from here. */
    synchronized boolean free(long address) {
        @Nullable Long freed = bytes.remove(address);
        usedBytes -= freed == null ? 0 : freed;
        return freed != null;
    }

    /** Whether a kernel has allocated: its limit cannot be changed any more. */
    synchronized boolean begun() {
        return begun;
    }

    /** The context begins anew. */
    synchronized void clear() {
        bytes.clear();
        usedBytes = 0;
        begun = false;
    }

    private static long rounded(long wanted) {
        return Math.max(STEP_BYTES, (wanted + STEP_BYTES - 1) / STEP_BYTES * STEP_BYTES);
    }
}
