package io.penstock.gpuserver.software.ptx.run;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * One thread's part of a grid: the blocks that it has begun take turns, for on a GPU the blocks that fit are there at the
 * same time and may wait for each other.
 *
 * <p>A block has the thread for itself as long as it gets on. One that watches memory for what others write, or that runs
 * for long, shares it: with those begun before and, until as many are begun as fit, with one more. That thread only.
 */
final class Processor implements AutoCloseable {
    /** A block that watches nothing goes on for so long before another one has its turn. */
    private static final long TURN_NANOS = 1_000_000;

    /** After so long a block that watches nothing may be waiting all the same. */
    private static final long PATIENCE_NANOS = 10_000_000;

    /** After so long a block that watches is waiting; in a grid that is launched to wait for itself, at once. */
    private static final long PATIENCE_WATCHING_NANOS = 100_000;

    private final Grid grid;
    private final Launch launch;
    private final int residentMax;
    private final Deque<ThreadBlock> resident = new ArrayDeque<>();
    private final Deque<ThreadBlock> spare = new ArrayDeque<>();
    private int begun;

    Processor(Grid grid, Launch launch) {
        this.grid = grid;
        this.launch = launch;
        this.residentMax = launch.shape().cooperative() ? Integer.MAX_VALUE : launch.residentBlocks();
    }

    /** Runs blocks until none is left to begin and those begun here have ended, or the grid stops. */
    void run() {
        ThreadBlock block = begin();
        while (block != null) {
            boolean ended = takeTurn(block);
            if (grid.stopped()) {
                return;
            }
            if (ended) {
                begun--;
                spare.push(block);
                block = resident.isEmpty() ? begin() : resident.poll();
            } else {
                resident.add(block);
                ThreadBlock fresh = hasWaitedLong(block) ? begin() : null;
                block = fresh != null ? fresh : resident.poll();
            }
        }
    }

    /** The next block of the grid; null when there is none, or no room for it. */
    private @Nullable ThreadBlock begin() {
        if (begun >= residentMax) {
            return null;
        }
        long number = grid.nextBlock();
        if (number < 0) {
            return null;
        }
        ThreadBlock block = spare.poll();
        if (block == null) {
            block = new ThreadBlock(launch);
        }
        block.start(number);
        begun++;
        return block;
    }

    /** True when the block has ended. */
    private boolean takeTurn(ThreadBlock block) {
        long until = 0;
        while (!grid.stopped()) {
            if (block.advance()) {
                return true;
            }
            long now = System.nanoTime();
            until = until == 0 ? now + TURN_NANOS : until;
            if (block.watches() || now - until >= 0) {
                return false;
            }
        }
        return false;
    }

    private boolean hasWaitedLong(ThreadBlock block) {
        if (block.watches() && launch.shape().cooperative()) {
            return true;
        }
        return System.nanoTime() - block.startedNanos() >= (block.watches() ? PATIENCE_WATCHING_NANOS : PATIENCE_NANOS);
    }

    @Override
    public void close() {
        resident.forEach(ThreadBlock::close);
        spare.forEach(ThreadBlock::close);
    }
}
