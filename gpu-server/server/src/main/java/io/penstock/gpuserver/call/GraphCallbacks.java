package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.HostFunction;
import io.penstock.protocol.codec.FrameType;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Host functions of the program inside graphs. The driver calls a function of ours at each launch and waits in it until the
 * client has run the program's; of one function one run is under way at a time. A client that dies takes the worker with it,
 * so no graph waits for ever. Any thread.
 */
final class GraphCallbacks {
    private static final Logger log = LoggerFactory.getLogger(GraphCallbacks.class);

    private final Replies replies;
    private final ConcurrentMap<Long, CountDownLatch> running = new ConcurrentHashMap<>();
    private long function; // executor only; 0 before any graph calls

    GraphCallbacks(Replies replies) {
        this.replies = replies;
    }

    /** Whether the client means a function that graphs call, and not one that a stream calls once. */
    static boolean isOfGraph(long id) {
        return id < 0;
    }

    /** Executor: what the driver is to call, with the id as its argument. */
    long function() {
        if (function == 0) {
            function = HostFunction.of(this::call);
        }
        return function;
    }

    private void call(long id) {
        try {
            run(id);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException bug) {
            log.error("host function 0x{} of a graph was not run", Long.toHexString(id), bug);
        }
    }

    private void run(long id) throws InterruptedException {
        CountDownLatch mine = new CountDownLatch(1);
        for (CountDownLatch other = running.putIfAbsent(id, mine);
                other != null;
                other = running.putIfAbsent(id, mine)) {
            other.await();
        }
        replies.send(FrameType.CALLBACK, 0, body -> body.putU64(id));
        mine.await();
    }

    /** The client has run it: the graph goes on. */
    void done(long id) {
        CountDownLatch run = running.remove(id);
        if (run != null) {
            run.countDown();
        }
    }
}
