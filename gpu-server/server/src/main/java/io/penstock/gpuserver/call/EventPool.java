package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.driver.Scratch;
import io.penstock.protocol.codec.CudaResult;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Our own events, by which waits are made; without timing, by context. Taken by the executor, returned by anyone. */
final class EventPool {
    private static final int DISABLE_TIMING = 2;

    private final CudaDriver driver;
    private final Map<Long, ArrayDeque<Long>> free = new ConcurrentHashMap<>();

    EventPool(CudaDriver driver) {
        this.driver = driver;
    }

    /** An event of a context, which must be current; minus the CUresult with which the driver refuses one. */
    long take(long context) {
        ArrayDeque<Long> pool = free.computeIfAbsent(context, key -> new ArrayDeque<>());
        synchronized (pool) {
            Long event = pool.poll();
            if (event != null) {
                return event;
            }
        }
        try (Scratch scratch = new Scratch()) {
            long out = scratch.room(Long.BYTES);
            int result = driver.cuEventCreate(out, DISABLE_TIMING);
            return result == CudaResult.SUCCESS ? NativeMemory.getLong(out) : -result;
        }
    }

    void give(long context, long... events) {
        ArrayDeque<Long> pool = free.get(context);
        if (pool != null) {
            synchronized (pool) {
                for (long event : events) {
                    pool.add(event);
                }
            }
        }
    }

    void contextGone(long context) {
        free.remove(context);
    }
}
