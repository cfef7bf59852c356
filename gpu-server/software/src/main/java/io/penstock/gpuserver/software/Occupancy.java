package io.penstock.gpuserver.software;

/** How many blocks of a kernel a multiprocessor of compute capability 8.0 holds, by the published rules. */
final class Occupancy {
    static final int BLOCKS_MAX = 32;

    private static final int WARPS_MAX = 64;
    private static final int WARP_THREADS = 32;
    private static final int REGISTERS = 65536;
    private static final int REGISTER_STEP = 256;
    private static final int WARP_STEP = 4;
    private static final int SHARED_BYTES = 164 << 10;
    private static final int SHARED_RESERVED_BYTES = 1 << 10;
    private static final int SHARED_STEP_BYTES = 128;

    private Occupancy() {}

    /** Blocks resident at once; 0 when not even one fits, or none may have as much dynamic shared memory (driver 580). */
    static int blocks(Function function, int blockThreads, long dynamicSharedBytes) {
        boolean allowed = dynamicSharedBytes <= function.settings().maxDynamicSharedBytes();
        return allowed ? fitting(function, blockThreads, dynamicSharedBytes) : 0;
    }

    private static int fitting(Function function, int blockThreads, long dynamicSharedBytes) {
        int most = function.kernel().maxThreadsPerBlock();
        if (blockThreads <= 0 || blockThreads > most) {
            return 0;
        }
        int warps = (blockThreads + WARP_THREADS - 1) / WARP_THREADS;
        int byWarps = WARPS_MAX / warps;
        int registersPerWarp = roundUp(function.kernel().registersPerThread() * WARP_THREADS, REGISTER_STEP);
        int byRegisters =
                registersPerWarp == 0 ? BLOCKS_MAX : REGISTERS / registersPerWarp / WARP_STEP * WARP_STEP / warps;
        long shared = function.kernel().staticSharedBytes() + dynamicSharedBytes + SHARED_RESERVED_BYTES;
        long charged = (shared + SHARED_STEP_BYTES - 1) / SHARED_STEP_BYTES * SHARED_STEP_BYTES;
        long byShared = SHARED_BYTES / charged;
        return (int) Math.min(Math.min(BLOCKS_MAX, byWarps), Math.min(byRegisters, byShared));
    }

    /** The most dynamic shared memory with which that many blocks still fit; 0 when none does. */
    static long dynamicSharedBytes(Function function, int blocks, int blockThreads) {
        long most = DeviceAttributes.limit(DeviceAttributes.MAX_SHARED_MEMORY_PER_BLOCK_OPTIN)
                - (long) function.kernel().staticSharedBytes();
        long share = (long) SHARED_BYTES / blocks / SHARED_STEP_BYTES * SHARED_STEP_BYTES;
        long bytes =
                Math.min(most, share - SHARED_RESERVED_BYTES - function.kernel().staticSharedBytes());
        return bytes > 0 && fitting(function, blockThreads, bytes) >= blocks ? bytes : 0;
    }

    private static int roundUp(int value, int step) {
        return (value + step - 1) / step * step;
    }
}
