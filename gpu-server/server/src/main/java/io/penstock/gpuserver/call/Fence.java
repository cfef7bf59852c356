package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.driver.Scratch;
import io.penstock.protocol.codec.CudaResult;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Marks a point in program order, on one stream or on all of a context, and runs a task when the GPU has passed it.
 * Executor thread; the context must be current.
 */
final class Fence {
    /** The lane of things that wait for a whole context. */
    static final long RECLAIM_LANE = -2;

    private static final long[] NONE = {};

    private final CudaDriver driver;
    private final StreamTable streams;
    private final EventPool events;
    private final Waits waits;

    Fence(CudaDriver driver, StreamTable streams, EventPool events, Waits waits) {
        this.driver = driver;
        this.streams = streams;
        this.events = events;
        this.waits = waits;
    }

    /**
     * Runs the task in the lane once the work before this moment on these streams is done.
     *
     * @return 0, or why nothing could be marked; then the task does not run
     */
    int after(long lane, long context, long[] marked, IntConsumer task) {
        return mark(lane, context, marked, null, task);
    }

    /** As {@link #after}, for a task that takes a moment and blocks on nothing once {@code may} holds. */
    int soon(long lane, long context, long[] marked, BooleanSupplier may, IntConsumer task) {
        return mark(lane, context, marked, may, task);
    }

    private int mark(long lane, long context, long[] marked, @Nullable BooleanSupplier may, IntConsumer task) {
        long[] recordable = streams.anyCapturing() ? notCapturing(marked) : marked;
        long[] recorded = recordable.length == 0 ? NONE : new long[recordable.length];
        for (int i = 0; i < recordable.length; i++) {
            long event = events.take(context);
            if (event < 0) {
                events.give(context, Arrays.copyOf(recorded, i));
                return Refusal.reason(driver, recordable[i], (int) -event);
            }
            recorded[i] = event;
            int result = driver.cuEventRecord(event, recordable[i]);
            if (result != CudaResult.SUCCESS) {
                events.give(context, Arrays.copyOf(recorded, i + 1));
                return Refusal.reason(driver, recordable[i], result);
            }
        }
        IntConsumer then = result -> {
            try {
                task.accept(result);
            } finally {
                events.give(context, recorded);
            }
        };
        if (may == null) {
            waits.after(lane, context, recorded, then);
        } else {
            waits.soon(lane, context, recorded, may, then);
        }
        return CudaResult.SUCCESS;
    }

    /** A mark on a capturing stream would become part of the graph, one on the legacy stream would break the capture. */
    private long[] notCapturing(long[] marked) {
        try (Scratch scratch = new Scratch()) {
            long status = scratch.room(Integer.BYTES);
            return LongStream.of(marked)
                    .filter(stream -> stream > HandleTable.STREAM_LEGACY
                            && driver.cuStreamIsCapturing(stream, status) == CudaResult.SUCCESS
                            && NativeMemory.getInt(status) == 0)
                    .toArray();
        }
    }

    /** As {@link #after} for everything the context has under way. */
    int afterAll(long lane, long context, IntConsumer task) {
        StreamTable.Mark now = streams.mark(context);
        return after(lane, context, now.streams(), noting(now, task));
    }

    /** As {@link #soon} for everything the context has under way. */
    int soonAfterAll(long lane, long context, BooleanSupplier may, IntConsumer task) {
        StreamTable.Mark now = streams.mark(context);
        return soon(lane, context, now.streams(), may, noting(now, task));
    }

    private IntConsumer noting(StreamTable.Mark mark, IntConsumer task) {
        return result -> {
            if (result == CudaResult.SUCCESS) {
                streams.passed(mark);
            }
            task.accept(result);
        };
    }
}
