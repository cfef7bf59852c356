package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.driver.Scratch;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.FrameType;
import java.util.HashMap;
import java.util.Map;

/**
 * Host functions of the program: the stream stops at a pinned word until the client has run the function. Executor
 * thread only. A client that dies takes the worker with it, so no stream waits for ever.
 */
final class HostCallbacks {
    private static final int WAIT_EQUAL = 1;
    private static final long DONE = 1;

    private final CudaDriver driver;
    private final Fence fence;
    private final DownCopies downs;
    private final Replies replies;
    private final Staging staging;
    private final Map<Long, Long> words = new HashMap<>();

    HostCallbacks(CudaDriver driver, Fence fence, DownCopies downs, Replies replies) {
        this.driver = driver;
        this.fence = fence;
        this.downs = downs;
        this.replies = replies;
        this.staging = new Staging(driver);
    }

    /** Puts the function of this id into the stream. */
    int add(long context, long stream, long id) {
        long word = staging.take(context, Long.BYTES);
        if (word < 0) {
            return (int) -word;
        }
        NativeMemory.putLong(word, 0);
        long onDevice;
        try (Scratch scratch = new Scratch()) {
            long out = scratch.room(Long.BYTES);
            int result = driver.cuMemHostGetDevicePointer_v2(out, word, 0);
            onDevice = result == CudaResult.SUCCESS ? NativeMemory.getLong(out) : word;
        }
        words.put(id, word);
        DownCopies.Proof proof = downs.proof();
        int result = fence.after(stream, context, new long[] {stream}, passed -> {
            proof.await();
            replies.send(FrameType.CALLBACK, 0, body -> body.putU64(id));
        });
        return result == CudaResult.SUCCESS
                ? driver.cuStreamWaitValue64_v2(stream, onDevice, DONE, WAIT_EQUAL)
                : result;
    }

    /** The context has ended, and with it the words that its streams waited for. */
    void contextGone(long context) {
        staging.contextGone(context);
    }

    /** The client has run it: the stream goes on. The word is kept until the session ends, for the GPU reads it. */
    void done(long id) {
        Long word = words.remove(id);
        if (word != null) {
            NativeMemory.putLong(word, DONE);
        }
    }
}
