package io.penstock.gpuserver.software.ptx.run;

import java.util.concurrent.locks.ReentrantLock;

/**
 * Vectors that threads show each other: a GPU moves one of up to 16 bytes at once, and libraries rely on it (CUB keeps the state of a
 * tile, its flag and its value, in two doublewords that others read while it writes them). The JVM moves at most 8 bytes at once, so
 * those that are ordered among threads, or pass by the first cache, go one instruction of one warp after another.
 */
public final class Together {
    private static final ReentrantLock ONE = new ReentrantLock();

    private Together() {}

    /** Until {@link #end} no other thread moves such a vector. */
    public static void begin() {
        ONE.lock();
    }

    /** The vectors of the instruction's lanes have all been moved. */
    public static void end() {
        ONE.unlock();
    }
}
