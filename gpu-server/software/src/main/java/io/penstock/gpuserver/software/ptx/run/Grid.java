package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.PtxFault;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One launch: hands blocks to the processors until all have run or one has faulted. */
public final class Grid {
    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();
    private static final ExecutorService POOL = Executors.newFixedThreadPool(
            Math.max(1, PROCESSORS - 1),
            task -> Thread.ofPlatform().daemon().name("software-gpu").unstarted(task));
    private static final long COOPERATIVE_BLOCKS_MAX = 4096;

    private final Launch launch;
    private final long blocks;
    private final AtomicLong nextBlock = new AtomicLong();
    private final AtomicReference<@Nullable PtxFault> fault = new AtomicReference<>();

    private Grid(Launch launch) {
        this.launch = launch;
        this.blocks = launch.shape().blocks();
    }

    /** Runs the grid; returns when every block has ended, or throws the first fault after every thread has stopped. */
    public static void run(Launch launch) {
        Grid grid = new Grid(launch);
        if (launch.shape().cooperative()) {
            grid.runTogether();
        } else {
            grid.runApart();
        }
        PtxFault fault = grid.fault.get();
        if (fault != null) {
            throw fault;
        }
    }

    private void runApart() {
        int helpers = (int) Math.min(PROCESSORS - 1L, blocks - 1);
        CountDownLatch done = new CountDownLatch(helpers);
        for (int i = 0; i < helpers; i++) {
            POOL.execute(() -> {
                try {
                    takeBlocks();
                } finally {
                    done.countDown();
                }
            });
        }
        takeBlocks();
        awaitUninterruptibly(done);
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

    private void takeBlocks() {
        if (nextBlock.get() >= blocks) {
            return;
        }
        try (ThreadBlock block = new ThreadBlock(launch)) {
            for (long number = nextBlock.getAndIncrement(); number < blocks; number = nextBlock.getAndIncrement()) {
                block.start(number);
                do {
                    if (stopped()) {
                        return;
                    }
                } while (!block.advance());
            }
        } catch (PtxFault raised) {
            fault.compareAndSet(null, raised);
        } catch (StackOverflowError | OutOfMemoryError exhausted) {
            fault.compareAndSet(
                    null, new PtxFault(PtxFault.Kind.ILLEGAL_ADDRESS, "the host is out of memory: " + exhausted));
        }
    }

    /** All blocks exist at once and take turns on this thread, so that they can wait for each other. */
    private void runTogether() {
        if (blocks > COOPERATIVE_BLOCKS_MAX) {
            throw new PtxFault(
                    PtxFault.Kind.ILLEGAL_INSTRUCTION,
                    "a cooperative grid of " + blocks + " blocks, the limit is " + COOPERATIVE_BLOCKS_MAX);
        }
        List<ThreadBlock> all = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            Launch together = launch.cooperative(arena);
            for (long number = 0; number < blocks; number++) {
                ThreadBlock block = new ThreadBlock(together);
                all.add(block);
                block.start(number);
            }
            List<ThreadBlock> left = new ArrayList<>(all);
            while (!left.isEmpty() && !stopped()) {
                left.removeIf(ThreadBlock::advance);
            }
        } catch (PtxFault raised) {
            fault.compareAndSet(null, raised);
        } finally {
            all.forEach(ThreadBlock::close);
        }
    }

    private boolean stopped() {
        if (launch.context().cancelled()) {
            fault.compareAndSet(null, new PtxFault(PtxFault.Kind.LAUNCH_TIMEOUT, "the launch was cancelled"));
        }
        return fault.get() != null;
    }
}
