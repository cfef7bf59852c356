package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.driver.Scratch;
import io.penstock.protocol.codec.CudaResult;
import java.util.ArrayDeque;

/**
 * Pinned host memory on the way between GPU and network, in blocks of powers of two; a copy into pinned memory does not
 * block. Some blocks are kept for the next copy. Any thread; {@link #take} needs a current context.
 */
final class Staging {
    private static final int SMALLEST = 16;
    private static final int CLASSES = 48;
    /** Pinning memory takes longer than sending it: programs that copy much keep what their largest copies need. */
    private static final long KEPT_BYTES_MAX = 1L << 30;

    private static final int PORTABLE = 1;

    private final CudaDriver driver;
    // guarded by this
    private final ArrayDeque<Long>[] free;
    private long kept;

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic class
    Staging(CudaDriver driver) {
        this.driver = driver;
        this.free = new ArrayDeque[CLASSES];
        for (int i = 0; i < CLASSES; i++) {
            free[i] = new ArrayDeque<>();
        }
    }

    /** Address of memory for so many bytes; minus the CUresult with which the driver refuses it. */
    long take(long bytes) {
        int size = sizeClass(bytes);
        synchronized (this) {
            Long block = free[size].poll();
            if (block != null) {
                kept -= 1L << size;
                return block;
            }
        }
        try (Scratch scratch = new Scratch()) {
            long out = scratch.room(Long.BYTES);
            int result = driver.cuMemHostAlloc(out, 1L << size, PORTABLE);
            return result == CudaResult.SUCCESS ? NativeMemory.getLong(out) : -result;
        }
    }

    /** Returns what {@link #take} gave for this many bytes. */
    void give(long block, long bytes) {
        int size = sizeClass(bytes);
        synchronized (this) {
            if (kept + (1L << size) <= KEPT_BYTES_MAX) {
                kept += 1L << size;
                free[size].add(block);
                return;
            }
        }
        driver.cuMemFreeHost(block);
    }

    private static int sizeClass(long bytes) {
        return Math.max(SMALLEST, Long.SIZE - Long.numberOfLeadingZeros(Math.max(1, bytes - 1)));
    }
}
