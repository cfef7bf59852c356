package io.penstock.gpuserver.software;

import io.penstock.protocol.codec.CudaResult;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides when work runs: an operation starts when every operation it was ordered after has ended.
 *
 * <p>No thread belongs to a stream. A thread that ends an operation goes on with the first that it made ready and hands
 * the others to the pool, so a full stream runs on one thread without a hand-over. Brief work that waits for nothing is
 * done by the thread that submits it, and a thread that waits for an operation nobody has begun begins it itself. One
 * lock orders everything; it is never held while work runs. Any thread.
 */
final class Timeline implements AutoCloseable {
    /** Operations in one stream's queue before its next submitter has to wait. */
    static final int QUEUE_MAX = 1024;

    private static final Logger LOG = LoggerFactory.getLogger(Timeline.class);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ExecutorService pool = Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("software-gpu-", 0).factory());

    // guarded by lock
    private final ArrayDeque<Operation> ready = new ArrayDeque<>();

    /** Puts work at the end of a stream's queue, after {@code also} too. */
    Operation submit(Stream stream, Work work, Collection<Operation> also) {
        Operation operation = new Operation(stream, work);
        boolean runHere;
        lock.lock();
        try {
            while (stream.queued >= QUEUE_MAX) {
                changed.awaitUninterruptibly();
            }
            for (Operation before : stream.predecessors()) {
                follow(operation, before);
            }
            for (Operation before : also) {
                follow(operation, before);
            }
            stream.tail = operation;
            stream.queued++;
            runHere = operation.unfinishedBefore == 0 && work.brief();
            if (operation.unfinishedBefore == 0 && !runHere) {
                ready.add(operation);
                pool.execute(this::drain);
            }
        } finally {
            lock.unlock();
        }
        if (runHere) {
            run(operation);
        }
        return operation;
    }

    private static void follow(Operation operation, Operation before) {
        if (!before.done() && before != operation) {
            before.followers.add(operation);
            operation.unfinishedBefore++;
        }
    }

    /** Runs what is ready until nothing is: a pool thread's life. */
    private void drain() {
        while (true) {
            Operation next = takeReady();
            if (next == null) {
                return;
            }
            run(next);
        }
    }

    private @Nullable Operation takeReady() {
        lock.lock();
        try {
            return ready.poll();
        } finally {
            lock.unlock();
        }
    }

    /** Runs the operation and, one after the other, the first of those that each made ready. */
    private void run(Operation first) {
        Operation operation = first;
        while (operation != null) {
            perform(operation);
            operation = finish(operation);
        }
    }

    private static void perform(Operation operation) {
        Context context = operation.stream.context();
        Work work = operation.work;
        if (work == null || context.fault() != 0 || !context.active()) {
            return;
        }
        try {
            work.run();
        } catch (DeviceFault fault) {
            if (!context.active()) {
                LOG.info("context {} ends under running work: {}", context.id(), fault.getMessage());
                return;
            }
            LOG.warn("context {} is lost: {}", context.id(), fault.getMessage());
            context.fail(fault.result());
        } catch (RuntimeException | Error bug) {
            LOG.error("context {} is lost: the software GPU failed", context.id(), bug);
            context.fail(CudaResult.UNKNOWN);
        }
    }

    private @Nullable Operation finish(Operation operation) {
        lock.lock();
        try {
            operation.finish();
            operation.work = null;
            operation.stream.queued--;
            Operation next = null;
            for (Operation follower : operation.followers) {
                if (--follower.unfinishedBefore == 0) {
                    if (next == null) {
                        next = follower;
                    } else {
                        ready.add(follower);
                        pool.execute(this::drain);
                    }
                }
            }
            operation.followers = List.of();
            changed.signalAll();
            return next;
        } finally {
            lock.unlock();
        }
    }

    /** Returns when the operation is done; null is. */
    void await(@Nullable Operation operation) {
        if (operation == null || operation.done()) {
            return;
        }
        if (claim(operation)) {
            run(operation);
            return;
        }
        lock.lock();
        try {
            while (!operation.done()) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Takes an operation that is ready and that no thread has begun. */
    private boolean claim(Operation operation) {
        lock.lock();
        try {
            return ready.remove(operation);
        } finally {
            lock.unlock();
        }
    }

    /** Returns when what was in the streams is done, or after so long. Begins nothing itself. */
    void await(Collection<Stream> streams, long nanos) {
        List<Operation> left = tails(streams);
        boolean interrupted = false;
        long until = System.nanoTime() + nanos;
        lock.lock();
        try {
            while (!left.stream().allMatch(Operation::done) && until - System.nanoTime() > 0) {
                try {
                    long unused = changed.awaitNanos(until - System.nanoTime());
                } catch (InterruptedException later) {
                    interrupted = true;
                }
            }
        } finally {
            lock.unlock();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    void await(Collection<Stream> streams) {
        for (Operation tail : tails(streams)) {
            await(tail);
        }
    }

    /** The last operations of the streams that are not done yet. */
    List<Operation> tails(Collection<Stream> streams) {
        lock.lock();
        try {
            List<Operation> tails = new ArrayList<>();
            for (Stream stream : streams) {
                Operation tail = stream.tail;
                if (tail != null && !tail.done()) {
                    tails.add(tail);
                }
            }
            return tails;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        pool.shutdown();
    }
}
