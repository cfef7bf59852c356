package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.PtxFault;
import java.lang.foreign.Arena;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One launch: hands blocks to the processors until all have run or one has faulted. */
public final class Grid {
    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();
    private static final ExecutorService POOL = Executors.newFixedThreadPool(
            Math.max(1, PROCESSORS - 1),
            task -> Thread.ofPlatform().daemon().name("software-gpu").unstarted(task));

    private final Launch launch;
    private final long blocks;
    private final AtomicLong nextBlock = new AtomicLong();
    private final AtomicReference<@Nullable Throwable> fault = new AtomicReference<>();
    /** Threads at work; once it is 0 nobody may come any more. The caller's own is there from the beginning. */
    private final AtomicInteger crew = new AtomicInteger(1);

    private final CountDownLatch over = new CountDownLatch(1);

    private Grid(Launch launch) {
        this.launch = launch;
        this.blocks = launch.shape().blocks();
    }

    /** Runs the grid; returns when every block has ended, or throws the first fault after every thread has stopped. */
    public static void run(Launch launch) {
        if (!launch.shape().cooperative()) {
            new Grid(launch).run();
            return;
        }
        try (Arena arena = Arena.ofShared()) {
            new Grid(launch.cooperative(arena)).run();
        }
    }

    private void run() {
        for (long helpers = Math.min(PROCESSORS - 1L, blocks - 1); helpers > 0; helpers--) {
            POOL.execute(this::help);
        }
        work();
        awaitUninterruptibly(over);
        Throwable raised = fault.get();
        if (raised instanceof Error error) {
            throw error;
        }
        if (raised != null) {
            throw (RuntimeException) raised;
        }
    }

    /** A thread of the pool has time: unless the others are through, it takes its share. None is waited for before. */
    private void help() {
        int there = crew.get();
        while (there > 0 && !crew.compareAndSet(there, there + 1)) {
            there = crew.get();
        }
        if (there > 0) {
            work();
        }
    }

    private void work() {
        try (Processor processor = new Processor(this, launch)) {
            processor.run();
        } catch (StackOverflowError | OutOfMemoryError exhausted) {
            fault.compareAndSet(
                    null, new PtxFault(PtxFault.Kind.ILLEGAL_ADDRESS, "the host is out of memory: " + exhausted));
        } catch (RuntimeException | Error raised) {
            // a fault of the kernel or of ours: either way the grid is not whole, and whoever launched it hears so
            fault.compareAndSet(null, raised);
        } finally {
            if (crew.decrementAndGet() == 0) {
                over.countDown();
            }
        }
    }

    private static void awaitUninterruptibly(CountDownLatch done) {
        boolean interrupted = false;
        while (true) {
            try {
                done.await();
                break;
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The number of a block that nobody has begun, or -1. Any thread. */
    long nextBlock() {
        long number = nextBlock.get() < blocks ? nextBlock.getAndIncrement() : blocks;
        return number < blocks ? number : -1;
    }

    /** Whether no thread may go on: a fault was raised or the launch was cancelled. Any thread. */
    boolean stopped() {
        if (launch.context().cancelled()) {
            fault.compareAndSet(null, new PtxFault(PtxFault.Kind.LAUNCH_TIMEOUT, "the launch was cancelled"));
        }
        return fault.get() != null;
    }
}
