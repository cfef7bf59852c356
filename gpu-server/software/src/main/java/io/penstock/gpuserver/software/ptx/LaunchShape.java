package io.penstock.gpuserver.software.ptx;

/**
 * How many blocks of how many threads, and how much shared memory beyond what the kernel declares.
 *
 * <p>The caller has checked CUDA's limits; all six dimensions are at least 1.
 *
 * @param gridX blocks along x
 * @param gridY blocks along y
 * @param gridZ blocks along z
 * @param blockX threads along x
 * @param blockY threads along y
 * @param blockZ threads along z
 * @param dynamicSharedBytes shared memory of {@code extern .shared}, a block
 * @param cooperative whether all blocks must be able to wait for each other
 */
public record LaunchShape(
        int gridX,
        int gridY,
        int gridZ,
        int blockX,
        int blockY,
        int blockZ,
        int dynamicSharedBytes,
        boolean cooperative) {
    /** A one-dimensional launch without dynamic shared memory. */
    public static LaunchShape of(int blocks, int threads) {
        return new LaunchShape(blocks, 1, 1, threads, 1, 1, 0, false);
    }

    /** Threads in one block. */
    public int threadsPerBlock() {
        return blockX * blockY * blockZ;
    }

    /** Blocks in the grid. */
    public long blocks() {
        return (long) gridX * gridY * gridZ;
    }
}
