package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.codec.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies from the device to the client that are under way. Their bytes are sent before anything that proves them done.
 */
final class DownCopies {
    private static final Logger log = LoggerFactory.getLogger(DownCopies.class);

    /** Issues the copy into staging memory on the stream; answers a CUresult. */
    @FunctionalInterface
    interface Issue {
        int into(long staging);
    }

    /** One copy under way: its event, and the moment its bytes have left. */
    private record Down(long event, CompletableFuture<Void> sent) {}

    private final CudaDriver driver;
    private final EventPool events;
    private final Waits waits;
    private final Replies replies;
    private final Staging staging;
    // guarded by itself
    private final List<Down> underWay = new ArrayList<>();

    DownCopies(CudaDriver driver, EventPool events, Waits waits, Replies replies) {
        this.driver = driver;
        this.events = events;
        this.waits = waits;
        this.replies = replies;
        this.staging = new Staging(driver);
    }

    /**
     * Issues a copy on a stream of the current context and sends its bytes when they are there: with the reply of a
     * call that waits, in a DATA frame otherwise.
     *
     * @param payload the id under which the client expects the bytes
     * @return {@link CallDispatcher#DEFERRED}, or the CUresult with which it could not be issued
     */
    int copy(Pending call, long context, long stream, long payload, long bytes, Issue issue) {
        if (bytes < 0 || bytes > Limits.PAYLOAD_BYTES_MAX) {
            return CudaResult.INVALID_VALUE;
        }
        long event = events.take(context);
        if (event < 0) {
            return Refusal.reason(driver, stream, (int) -event);
        }
        long memory = staging.take(context, bytes);
        if (memory < 0) {
            events.give(context, event);
            return Refusal.reason(driver, stream, (int) -memory);
        }
        int result = issue.into(memory);
        if (result == CudaResult.SUCCESS) {
            result = driver.cuEventRecord(event, stream);
        }
        if (result != CudaResult.SUCCESS) {
            events.give(context, event);
            staging.give(memory, bytes);
            return result;
        }
        Down down = new Down(event, new CompletableFuture<>());
        synchronized (underWay) {
            underWay.add(down);
        }
        IntConsumer send = waited -> {
            try {
                deliver(call, waited, payload, memory, bytes);
            } finally {
                events.give(context, event);
                staging.give(memory, bytes);
                down.sent().complete(null); // from here on the context may end
                synchronized (underWay) {
                    underWay.remove(down);
                }
            }
        };
        if (bytes <= Limits.INLINE_PAYLOAD_BYTES_MAX) {
            waits.soon(stream, context, new long[] {event}, () -> true, send);
        } else {
            waits.after(stream, context, new long[] {event}, send);
        }
        return CallDispatcher.DEFERRED;
    }

    private void deliver(Pending call, int result, long payload, long memory, long bytes) {
        boolean inline = bytes <= Limits.INLINE_PAYLOAD_BYTES_MAX;
        if (result == CudaResult.SUCCESS && !inline) {
            try {
                replies.payload(payload, memory, bytes);
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        Consumer<Writer> body = out -> {
            out.putU64(bytes).putU64(inline ? 0 : payload);
            if (inline) {
                out.putBlock(NativeMemory.all().asSlice(memory, bytes));
            }
        };
        if (!call.posted()) {
            replies.finish(call, result, body);
            return;
        }
        replies.sendData(call.thread(), out -> {
            out.putU64(payload).putI32(result).putU32(0);
            if (result == CudaResult.SUCCESS) {
                body.accept(out);
            } else {
                out.putU64(0).putU64(0);
            }
        });
        if (result != CudaResult.SUCCESS) {
            replies.finish(call, result, Replies.NO_OUTS);
        }
    }

    /** The context has ended, and with it the memory in which its copies arrived. */
    void contextGone(long context) {
        staging.contextGone(context);
    }

    /** Whether any copy is under way: then whatever is told must wait for a {@link #proof}. */
    boolean any() {
        synchronized (underWay) {
            return !underWay.isEmpty();
        }
    }

    /**
     * What has to be sent before an answer to the call that is executed now: the copies under way at this moment. Taken when
     * the answer is put into a lane, not when its turn comes: a later copy in the same lane would be waited for before its
     * own turn, for ever.
     */
    Proof proof() {
        synchronized (underWay) {
            return new Proof(List.copyOf(underWay));
        }
    }

    /** Copies that were under way at one moment. */
    final class Proof {
        private final List<Down> copies;

        private Proof(List<Down> copies) {
            this.copies = copies;
        }

        /**
         * Waits until the bytes of every one of the copies that has completed on the GPU have been sent. A copy that has not
         * completed is not proven by whatever the caller is about to tell. Waiter threads.
         */
        void await() {
            for (Down down : copies) {
                if (!down.sent().isDone() && driver.cuEventQuery(down.event()) != CudaResult.NOT_READY) {
                    down.sent().join();
                    log.trace("waited for the bytes of a finished copy");
                }
            }
        }
    }
}
