package io.penstock.gpuserver.daemon;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Worker processes that are warm before they are needed: {@code spare} of them wait at any time, and each taken one is
 * replaced at once. Any thread.
 */
final class WorkerPool implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(WorkerPool.class);

    private final List<String> command;
    private final int spare;
    // guarded by this
    private final ArrayDeque<WorkerProcess> waiting = new ArrayDeque<>();
    private final Set<WorkerProcess> all = new HashSet<>();
    private boolean closed;

    /**
     * @param command a worker's command line
     * @param spare how many wait
     */
    WorkerPool(List<String> command, int spare) {
        this.command = List.copyOf(command);
        this.spare = spare;
    }

    /** Fills the pool. */
    synchronized void start() {
        while (!closed && waiting.size() < spare) {
            waiting.add(startOne());
        }
    }

    /**
     * A worker of the caller's own; completes when it is warm, at once if one was waiting. Fails with an {@link IOException} where it
     * ends before.
     */
    CompletableFuture<WorkerProcess> take() {
        WorkerProcess worker;
        synchronized (this) {
            if (closed) {
                return CompletableFuture.failedFuture(new IllegalStateException("the server is stopping"));
            }
            worker = waiting.poll();
            while (worker != null && !worker.isAlive()) {
                worker = waiting.poll();
            }
            if (worker == null) {
                worker = startOne();
            }
        }
        // the successor starts once this one is warm, so as not to slow it down on few cores
        var unused = worker.ready().whenComplete((warm, failed) -> start());
        return worker.ready();
    }

    /** Number of worker processes alive, waiting or assigned. */
    synchronized int size() {
        return all.size();
    }

    /** Ends every worker. */
    @Override
    public synchronized void close() {
        closed = true;
        waiting.clear();
        List.copyOf(all).forEach(worker -> worker.end("the server is stopping"));
    }

    private WorkerProcess startOne() {
        try {
            WorkerProcess worker = WorkerProcess.start(command);
            all.add(worker);
            var unused = worker.ended().thenAccept(why -> forget(worker, why));
            return worker;
        } catch (IOException e) {
            throw new IllegalStateException("no worker process can be started: " + e.getMessage(), e);
        }
    }

    private synchronized void forget(WorkerProcess worker, String why) {
        log.debug("worker {} is gone: {}", worker.pid(), why);
        all.remove(worker);
        if (waiting.remove(worker)) {
            log.warn("worker {} ended while it waited: {}", worker.pid(), why);
        }
    }
}
