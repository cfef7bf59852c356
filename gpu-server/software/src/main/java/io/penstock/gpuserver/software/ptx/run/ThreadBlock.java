package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.LaunchShape;
import io.penstock.gpuserver.software.ptx.PtxFault;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The warps of one block and the memory they share; takes one block of the grid after another.
 *
 * <p>Warps take turns: each runs until it ends, waits at a barrier or has had its share. Owned by one thread at a time.
 */
final class ThreadBlock implements AutoCloseable {
    /** Barriers a block has. */
    static final int BARRIERS = 16;

    /** The bytes of the largest access to memory. */
    static final int ACCESS_BYTES_MAX = 16;

    private static final int SHARED_ALIGNMENT = 1024;

    private final Launch launch;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment shared;
    private final MemorySegment params;
    private final RangeCache ranges;
    private final TextureUnit textures;
    private final MemorySegment nowhere;
    private final Warp[] warps;
    private final boolean[] ended;
    private final long stackBytesMax;
    private final Barrier[] barriers = new Barrier[BARRIERS];
    private int running;
    private boolean watches;
    private long startedNanos;

    ThreadBlock(Launch launch) {
        this.launch = launch;
        this.ranges = new RangeCache(launch.memory());
        this.textures = new TextureUnit(launch.context());
        this.nowhere = arena.allocate(2L * ACCESS_BYTES_MAX, ACCESS_BYTES_MAX);
        this.shared = arena.allocate(Math.max(16, launch.sharedEnd()), SHARED_ALIGNMENT);
        this.params = arena.allocate(Math.max(16, launch.params().byteSize()), SHARED_ALIGNMENT);
        params.copyFrom(launch.params());
        stackBytesMax = launch.program().plainStackBytes() + launch.context().stackBytes();
        int threads = launch.shape().threadsPerBlock();
        warps = new Warp[(threads + Warp.LANES - 1) / Warp.LANES];
        ended = new boolean[warps.length];
        for (int i = 0; i < warps.length; i++) {
            warps[i] = new Warp(this, launch.program().function(launch.kernel()), i);
        }
        for (int i = 0; i < BARRIERS; i++) {
            barriers[i] = new Barrier();
        }
    }

    /** Begins a block of the grid, counted x first. */
    void start(long number) {
        LaunchShape shape = launch.shape();
        int x = (int) (number % shape.gridX());
        int y = (int) (number / shape.gridX() % shape.gridY());
        int z = (int) (number / shape.gridX() / shape.gridY());
        for (int i = 0; i < warps.length; i++) {
            int lanes = Math.min(Warp.LANES, shape.threadsPerBlock() - i * Warp.LANES);
            warps[i].start(lanes == Warp.LANES ? -1 : (1 << lanes) - 1, x, y, z);
            ended[i] = false;
        }
        for (Barrier barrier : barriers) {
            barrier.reset();
        }
        running = warps.length;
        watches = false;
        startedNanos = System.nanoTime();
    }

    /** When it was started, by {@link System#nanoTime()}. */
    long startedNanos() {
        return startedNanos;
    }

    /** Whether in the last round a warp gave its turn away because it looked again and again at what others may write. */
    boolean watches() {
        return watches;
    }

    /** Gives every warp that can go on one turn; true when all have ended. */
    boolean advance() {
        boolean moved = false;
        watches = false;
        for (int i = 0; i < warps.length; i++) {
            Warp warp = warps[i];
            if (ended[i] || warp.waiting) {
                continue;
            }
            moved = true;
            if (warp.run() == FunctionCode.RETURNED) {
                ended[i] = true;
                running--;
                releaseIfComplete();
            } else {
                watches |= warp.watches();
            }
        }
        if (!moved && running > 0) {
            throw new PtxFault(
                    PtxFault.Kind.LAUNCH_TIMEOUT,
                    running + " warps of a block wait at barriers that nobody can complete any more");
        }
        return running == 0;
    }

    /** A warp arrives; true if it may go on at once because it completed the barrier. */
    boolean arrive(Warp warp, int number, int threads, boolean waits, BarrierVote vote) {
        Barrier barrier = barriers[number & (BARRIERS - 1)];
        barrier.arrive(vote, threads == 0 ? 0 : (threads + Warp.LANES - 1) / Warp.LANES);
        if (waits) {
            warp.waiting = true;
            warp.barrier = number & (BARRIERS - 1);
        }
        return release(number & (BARRIERS - 1)) && waits;
    }

    /** A warp that ended is not waited for. */
    private void releaseIfComplete() {
        for (int i = 0; i < BARRIERS; i++) {
            release(i);
        }
    }

    private boolean release(int number) {
        Barrier barrier = barriers[number];
        if (!barrier.completeFor(running)) {
            return false;
        }
        int result = barrier.result();
        for (Warp warp : warps) {
            if (warp.waiting && warp.barrier == number) {
                warp.waiting = false;
                warp.barrierResult = result;
            }
        }
        barrier.reset();
        return true;
    }

    /** Zeroed native memory that lives as long as this block. */
    MemorySegment allocate(long bytes) {
        return arena.allocate(bytes, 64);
    }

    /** What calls may take of a thread's stack: a driver gives what it can foresee, and the limit for recursion. */
    long stackBytesMax() {
        return stackBytesMax;
    }

    Program program() {
        return launch.program();
    }

    Launch launch() {
        return launch;
    }

    LaunchShape shape() {
        return launch.shape();
    }

    RangeCache ranges() {
        return ranges;
    }

    TextureUnit textures() {
        return textures;
    }

    /** Where an access goes that must have no effect: zeros to read, or bytes that nobody reads. */
    long nowhere(boolean store) {
        return nowhere.address() + (store ? ACCESS_BYTES_MAX : 0);
    }

    /** What its threads may touch of its shared memory. */
    int sharedBytes() {
        return launch.sharedEnd();
    }

    /** Whether a native address lies in the block's shared memory. */
    boolean isShared(long address) {
        return Long.compareUnsigned(address - shared.address(), shared.byteSize()) < 0;
    }

    long sharedAddress() {
        return shared.address();
    }

    long paramAddress() {
        return params.address();
    }

    long paramBytes() {
        return launch.params().byteSize();
    }

    @Override
    public void close() {
        arena.close();
    }
}
