package io.penstock.gpuserver.session;

import io.penstock.gpuserver.call.Waits;
import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.protocol.codec.CudaResult;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that block in the driver: one a lane, made when the lane gets its first task, gone after a while without
 * one. Within a lane tasks run in order, so a thread waits for one thing at a time and no lane waits for another.
 */
final class WaiterThreads implements Waits {
    private static final Logger log = LoggerFactory.getLogger(WaiterThreads.class);
    private static final long IDLE_SECONDS = 10;

    private static final class Task {
        private final long context;
        private final long[] events;
        private final IntConsumer action;

        Task(long context, long[] events, IntConsumer action) {
            this.context = context;
            this.events = events;
            this.action = action;
        }
    }

    private final CudaDriver driver;
    private final long spinNanos;
    private final Runnable told;
    private final ReentrantLock lock = new ReentrantLock();
    // guarded by lock
    private final Map<Long, Lane> lanes = new HashMap<>();
    private int made;

    /**
     * @param spinNanos how long an idle lane looks for its next task before it sleeps
     * @param told run when a lane has told everything that there was to tell
     */
    WaiterThreads(CudaDriver driver, long spinNanos, Runnable told) {
        this.driver = driver;
        this.spinNanos = spinNanos;
        this.told = told;
    }

    @Override
    public void after(long lane, long context, long[] events, IntConsumer task) {
        lock.lock();
        try {
            Lane to = lanes.get(lane);
            if (to == null) {
                to = new Lane(lane);
                lanes.put(lane, to);
                Thread.ofPlatform().daemon().name("waiter-" + made++).start(to);
            }
            to.tasks.add(new Task(context, events, task));
            to.waiting = true;
            to.some.signal();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void drain(long lane) throws InterruptedException {
        CountDownLatch reached = new CountDownLatch(1);
        lock.lock();
        try {
            if (!lanes.containsKey(lane)) {
                return;
            }
        } finally {
            lock.unlock();
        }
        after(lane, 0, new long[0], none -> reached.countDown());
        reached.await();
    }

    @Override
    public boolean isIdle(long lane) {
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
                run(task, await(task));
                for (Task over = passed(); over != null; over = passed()) {
                    run(over, CudaResult.SUCCESS);
                }
                told.run();
            }
        }

        private void run(Task task, int result) {
            try {
                task.action.accept(result);
            } catch (RuntimeException bug) {
                log.error("a waiter's task failed", bug);
            }
        }

        /** The next task, if what it waits for is over already: what it tells leaves with what was told before. */
        private @Nullable Task passed() {
            Task next = peek();
            if (next == null || (next.context != 0 && next.context != current)) {
                return null;
            }
            for (long event : next.events) {
                if (driver.cuEventQuery(event) != CudaResult.SUCCESS) {
                    return null;
                }
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
                    return result;
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

        private @Nullable Task next() {
            idle();
            spin();
            lock.lock();
            try {
                long left = TimeUnit.SECONDS.toNanos(IDLE_SECONDS);
                while (tasks.isEmpty()) {
                    if (left <= 0) {
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
