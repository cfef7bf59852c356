package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.driver.Scratch;
import io.penstock.protocol.codec.CudaResult;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * Pinned host memory on the way between GPU and network, in blocks of powers of two; a copy into pinned memory does not
 * block. Some blocks are kept for the next copy. Pinned memory ends with the context that it was made in, so each context
 * has its own. Any thread; {@link #take} needs the context to be current.
 */
final class Staging {
    private static final int SMALLEST = 16;
    /** Pinning memory takes longer than sending it: programs that copy much keep what their largest copies need. */
    private static final long KEPT_BYTES_MAX = 1L << 30;

    private static final int PORTABLE = 1;

    private final CudaDriver driver;
    // guarded by this
    private final Map<Long, Pool> pools = new HashMap<>(); // by context
    private final Map<Long, Pool> lent = new HashMap<>(); // by address
    private long kept;

    /** The free blocks of one life of a context. */
    private static final class Pool {
        private final Map<Integer, ArrayDeque<Long>> free = new HashMap<>();
        private boolean over;
        private long kept;
    }

    Staging(CudaDriver driver) {
        this.driver = driver;
    }

    /** Address of memory of the current context for so many bytes; minus the CUresult with which the driver refuses it. */
    long take(long context, long bytes) {
        int size = sizeClass(bytes);
        synchronized (this) {
            Pool pool = pools.computeIfAbsent(context, fresh -> new Pool());
            ArrayDeque<Long> blocks = pool.free.get(size);
            Long block = blocks == null ? null : blocks.poll();
            if (block != null) {
                pool.kept -= 1L << size;
                kept -= 1L << size;
                lent.put(block, pool);
                return block;
            }
        }
        try (Scratch scratch = new Scratch()) {
            long out = scratch.room(Long.BYTES);
            int result = driver.cuMemHostAlloc(out, 1L << size, PORTABLE);
            if (result != CudaResult.SUCCESS) {
                return -result;
            }
            long block = NativeMemory.getLong(out);
            synchronized (this) {
                lent.put(block, pools.computeIfAbsent(context, fresh -> new Pool()));
            }
            return block;
        }
    }

    /** Returns what {@link #take} gave for this many bytes. */
    void give(long block, long bytes) {
        int size = sizeClass(bytes);
        synchronized (this) {
            Pool pool = lent.remove(block);
            if (pool == null || pool.over) {
                return; // it ended with its context
            }
            if (kept + (1L << size) <= KEPT_BYTES_MAX) {
                kept += 1L << size;
                pool.kept += 1L << size;
                pool.free.computeIfAbsent(size, fresh -> new ArrayDeque<>()).add(block);
                return;
            }
        }
        driver.cuMemFreeHost(block);
    }

    /** The context has ended, and its pinned memory with it. */
    synchronized void contextGone(long context) {
        Pool pool = pools.remove(context);
        if (pool != null) {
            pool.over = true;
            kept -= pool.kept;
        }
    }

    private static int sizeClass(long bytes) {
        return Math.max(SMALLEST, Long.SIZE - Long.numberOfLeadingZeros(Math.max(1, bytes - 1)));
    }
}
