package io.penstock.protocol.link;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Counts the bytes of one connection that were given away and that the kernel has not taken. Netty's own water marks
 * see bytes only after encryption has copied them, too late to bound memory; this counts from the moment of giving.
 * Any thread.
 */
final class InFlight {
    private final int bound;
    private final Runnable drained;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    // guarded by lock
    private long bytes;
    private boolean saidFull;
    private boolean closed;

    /** @param drained run by the taker when the count fell below half the bound after someone was told it is full */
    InFlight(int bound, Runnable drained) {
        this.bound = bound;
        this.drained = drained;
    }

    void give(long count) {
        lock.lock();
        try {
            bytes += count;
        } finally {
            lock.unlock();
        }
    }

    void take(long count) {
        boolean tell;
        lock.lock();
        try {
            bytes -= count;
            tell = saidFull && bytes < bound / 2;
            if (tell) {
                saidFull = false;
            }
            room.signalAll();
        } finally {
            lock.unlock();
        }
        if (tell) {
            drained.run();
        }
    }

    boolean isFull() {
        lock.lock();
        try {
            boolean full = bytes > bound;
            saidFull |= full;
            return full;
        } finally {
            lock.unlock();
        }
    }

    /** Blocks until the count is within the bound or the connection is over. */
    void awaitRoom() throws InterruptedException {
        lock.lock();
        try {
            while (bytes > bound && !closed) {
                room.await();
            }
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            closed = true;
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
