package io.penstock.gpuserver.session;

import io.penstock.gpuserver.call.Waits;
import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.link.IdleCores;
import io.penstock.protocol.link.Spin;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What waits for the GPU. What is over soon the executor looks at itself while it has nothing else to do; the rest goes to
 * the threads that block in the driver: one a lane, made when the lane gets its first task, gone after a while without
 * one. Within a lane tasks run in order, so a thread waits for one thing at a time and no lane waits for another.
 */
final class WaiterThreads implements Waits {
    private static final Logger log = LoggerFactory.getLogger(WaiterThreads.class);
    private static final long IDLE_SECONDS = 10;
    /** The executor looks so long, where there are cores to spare: a thread that is woken instead makes a wait longer. */
    private static final long SETTLE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    /** And so long where there are none: what is over by then costs less to look at than a thread to wake. */
    private static final long GLANCE_NANOS = TimeUnit.MICROSECONDS.toNanos(20);

    /** A lane asks so long why a context cannot be entered: the executor may wait for the lane meanwhile. */
    private static final long FAILURE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final class Task {
        private final long lane;
        private final long context;
        private final long[] events;
        private final BooleanSupplier may;
        private final IntConsumer action;
        // whoever looks at it
        private int result = CudaResult.NOT_READY;

        Task(long lane, long context, long[] events, BooleanSupplier may, IntConsumer action) {
            this.lane = lane;
            this.context = context;
            this.events = events;
            this.may = may;
            this.action = action;
        }
    }

    private final CudaDriver driver;
    private final long spinNanos;
    private final long glanceNanos;
    private final Runnable told;
    private final Executor executor;
    private final Consumer<Throwable> broken;
    // executor only: looked at by the executor itself, in order
    private final ArrayDeque<Task> fresh = new ArrayDeque<>();
    private final Set<Long> seen = new HashSet<>();
    private final ReentrantLock lock = new ReentrantLock();
    // guarded by lock
    private final Map<Long, Lane> lanes = new HashMap<>();
    private int made;
    private boolean closed;

    /**
     * @param spinNanos how long an idle lane looks for its next task before it sleeps
     * @param told run when a lane has told everything that there was to tell
     * @param executor the session's
     * @param broken told what a task of a lane threw: whoever waits for that task hears nothing else. Any thread
     */
    WaiterThreads(CudaDriver driver, long spinNanos, Runnable told, Executor executor, Consumer<Throwable> broken) {
        this.driver = driver;
        this.spinNanos = spinNanos;
        this.glanceNanos = Math.max(spinNanos, GLANCE_NANOS);
        this.told = told;
        this.executor = executor;
        this.broken = broken;
    }

    @Override
    public void after(long lane, long context, long[] events, IntConsumer task) {
        handOver();
        give(new Task(lane, context, events, WaiterThreads::never, task));
    }

    @Override
    public void soon(long lane, long context, long[] events, BooleanSupplier may, IntConsumer task) {
        Task soon = new Task(lane, context, events, may, task);
        if (isLaneIdle(lane)) {
            fresh.add(soon);
        } else {
            give(soon);
        }
    }

    private void give(Task task) {
        lock.lock();
        try {
            Lane to = lanes.get(task.lane);
            if (to == null) {
                to = new Lane(task.lane);
                lanes.put(task.lane, to);
                Thread.ofPlatform().daemon().name("waiter-" + made++).start(to);
            }
            to.tasks.add(task);
            to.waiting = true;
            to.some.signal();
        } finally {
            lock.unlock();
        }
    }

    /** The session is over: lanes end with what they have left to do. */
    void close() {
        handOver();
        lock.lock();
        try {
            closed = true;
            lanes.values().forEach(lane -> lane.some.signal());
        } finally {
            lock.unlock();
        }
    }

    /** Executor: what it looked at itself goes to the threads, since it has other things to do now. */
    void handOver() {
        for (Task task = fresh.poll(); task != null; task = fresh.poll()) {
            give(task);
        }
    }

    /**
     * Executor, with nothing else to do: looks for a while whether what was asked for soon has passed, and does it. What
     * a task throws, this throws.
     *
     * @param idle whether there is still nothing else to do
     */
    void settle(BooleanSupplier idle) {
        if (fresh.isEmpty()) {
            return;
        }
        long begun = System.nanoTime();
        for (long spun = 0;
                !fresh.isEmpty()
                        && idle.getAsBoolean()
                        && (spun < glanceNanos
                                || (Spin.isLasting(spinNanos) && spun < SETTLE_NANOS && IdleCores.any()));
                spun = System.nanoTime() - begun) {
            Task passed = passedAmongFresh();
            if (passed != null && !passed.may.getAsBoolean()) {
                break;
            }
            if (passed != null) {
                fresh.remove(passed);
                passed.action.accept(passed.result);
            }
        }
        told.run();
        if (!fresh.isEmpty() && idle.getAsBoolean()) {
            handOver();
        }
    }

    /** The first of its lane whose events have passed, or whose work has failed. */
    private @Nullable Task passedAmongFresh() {
        seen.clear();
        for (Task task : fresh) {
            if (seen.add(task.lane) && isOver(task)) {
                return task;
            }
        }
        return null;
    }

    private static boolean never() {
        return false;
    }

    private boolean isOver(Task task) {
        task.result = state(task.events);
        return task.result != CudaResult.NOT_READY;
    }

    /** 0 when all have passed, NOT_READY while work is under way, or the CUresult with which that work failed. */
    private int state(long[] events) {
        for (long event : events) {
            int result = driver.cuEventQuery(event);
            if (result == CudaResult.SUCCESS) {
                // what kernels said the driver prints only in a call that waits, though there is nothing to wait for
                result = driver.cuEventSynchronize(event);
            }
            if (result != CudaResult.SUCCESS) {
                return result;
            }
        }
        return CudaResult.SUCCESS;
    }

    @Override
    public void drain(long lane) throws InterruptedException {
        CountDownLatch reached = new CountDownLatch(1);
        handOver();
        lock.lock();
        try {
            if (!lanes.containsKey(lane)) {
                return;
            }
        } finally {
            lock.unlock();
        }
        give(new Task(lane, 0, new long[0], WaiterThreads::never, none -> reached.countDown()));
        reached.await();
    }

    @Override
    public boolean isIdle(long lane) {
        for (Task task : fresh) {
            if (task.lane == lane) {
                return false;
            }
        }
        return isLaneIdle(lane);
    }

    private boolean isLaneIdle(long lane) {
        lock.lock();
        try {
            Lane of = lanes.get(lane);
            return of == null || (!of.busy && of.tasks.isEmpty());
        } finally {
            lock.unlock();
        }
    }

    private final class Lane implements Runnable {
        private final long name;
        private final Condition some = lock.newCondition();
        // guarded by lock
        private final ArrayDeque<Task> tasks = new ArrayDeque<>();
        private boolean busy;
        // written under lock
        private volatile boolean waiting;
        // this lane's thread only
        private long current;

        Lane(long name) {
            this.name = name;
        }

        @Override
        public void run() {
            for (Task task = next(); task != null; task = next()) {
                try {
                    task.action.accept(await(task));
                    for (Task over = passed(); over != null; over = passed()) {
                        over.action.accept(over.result);
                    }
                    told.run();
                } catch (RuntimeException | Error bug) {
                    broken.accept(bug);
                }
            }
        }

        /** The next task, if what it waits for is over already: what it tells leaves with what was told before. */
        private @Nullable Task passed() {
            Task next = peek();
            if (next == null || (next.context != 0 && next.context != current)) {
                return null;
            }
            if (!isOver(next)) {
                return null;
            }
            lock.lock();
            try {
                return poll();
            } finally {
                lock.unlock();
            }
        }

        private @Nullable Task peek() {
            lock.lock();
            try {
                return tasks.peek();
            } finally {
                lock.unlock();
            }
        }

        /** Under the lock. */
        private @Nullable Task poll() {
            Task next = tasks.poll();
            waiting = !tasks.isEmpty();
            return next;
        }

        private void idle() {
            lock.lock();
            try {
                busy = false;
            } finally {
                lock.unlock();
            }
        }

        private void spin() {
            long until = System.nanoTime() + spinNanos;
            while (spinNanos > 0 && !waiting && System.nanoTime() < until) {
                Thread.onSpinWait();
            }
        }

        private int await(Task task) {
            if (task.context != 0 && task.context != current) {
                int result = driver.cuCtxSetCurrent(task.context);
                if (result != CudaResult.SUCCESS) {
                    return failureOf(task, result);
                }
                current = task.context;
            }
            for (long event : task.events) {
                int result = driver.cuEventSynchronize(event);
                if (result != CudaResult.SUCCESS) {
                    return result;
                }
            }
            return CudaResult.SUCCESS;
        }

        /**
         * Why a context cannot be entered. Of one in which a kernel has failed the driver says 201 to a thread that comes too
         * late, and tells it nothing of its events; the executor, which has been in it, is told why.
         */
        private int failureOf(Task task, int refused) {
            long until = System.nanoTime() + FAILURE_NANOS;
            int failure = CudaResult.NOT_READY;
            try {
                while (failure == CudaResult.NOT_READY && System.nanoTime() < until) {
                    CompletableFuture<Integer> answer = new CompletableFuture<>();
                    executor.execute(() -> answer.complete(state(task.events)));
                    failure = answer.get(until - System.nanoTime(), TimeUnit.NANOSECONDS);
                }
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException | TimeoutException nobody) {
                log.warn("no word of the executor about a context that cannot be entered", nobody);
            }
            return failure == CudaResult.SUCCESS || failure == CudaResult.NOT_READY ? refused : failure;
        }

        private @Nullable Task next() {
            idle();
            spin();
            lock.lock();
            try {
                long left = TimeUnit.SECONDS.toNanos(IDLE_SECONDS);
                while (tasks.isEmpty()) {
                    if (left <= 0 || closed) {
                        lanes.remove(name);
                        return null;
                    }
                    left = some.awaitNanos(left);
                }
                busy = true;
                return poll();
            } catch (InterruptedException stopping) {
                lanes.remove(name);
                return null;
            } finally {
                lock.unlock();
            }
        }
    }
}
