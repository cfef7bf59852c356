package io.penstock.gpuserver.session;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Frames on their way from the net thread to the executor: a ring of native memory, so that a posted call costs one
 * copy and no object. One producer, one consumer. A frame never wraps and starts at a multiple of 8; the consumer
 * reads it in place and then releases it.
 */
final class FrameQueue {
    private static final int WRAP = -1;
    private static final int PREFIX = 8;

    private final MemorySegment ring;
    private final long size;
    private final long spinNanos;

    // written by the net thread, read by the executor
    private volatile long tail;
    // written by the executor, read by the net thread
    private volatile long head;
    private volatile @Nullable Thread sleeper;
    private volatile boolean closed;
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();

    // net thread only
    private long written;

    // executor only
    private long reading;

    /**
     * @param size bytes, a power of two
     * @param spinNanos how long an idle executor looks before it sleeps
     */
    FrameQueue(long size, long spinNanos) {
        if (Long.bitCount(size) != 1) {
            throw new IllegalArgumentException("a ring of " + size + " bytes is not a power of two");
        }
        this.ring = Arena.ofAuto().allocate(size, 64);
        this.size = size;
        this.spinNanos = spinNanos;
    }

    /** Net thread: copies a frame in; false when it does not fit now. It is seen after {@link #publish()}. */
    boolean offer(MemorySegment source, long offset, int length) {
        long room = PREFIX + (length + 7L & -8L);
        long index = written & size - 1;
        long start = index + room > size ? written + (size - index) : written;
        if (start + room - head > size) {
            return false;
        }
        if (start != written) {
            ring.set(ValueLayout.JAVA_INT, index, WRAP);
        }
        long at = start & size - 1;
        ring.set(ValueLayout.JAVA_INT, at, length);
        MemorySegment.copy(source, offset, ring, at + PREFIX, length);
        written = start + room;
        return true;
    }

    /** Net thread: shows the frames offered so far to the executor and wakes it if it sleeps. */
    void publish() {
        if (tail != written) {
            tail = written;
            wake();
        }
    }

    /** Net thread: bytes that may still be offered. */
    long free() {
        return size - (written - head);
    }

    /** Any thread: nothing more will come; the executor gets what is there and then {@code -1}. */
    void close() {
        closed = true;
        wake();
    }

    /** Any thread: runs a task on the executor before its next frame. */
    void post(Runnable task) {
        tasks.add(task);
        wake();
    }

    /**
     * Executor: waits for a frame, running tasks meanwhile; its offset in {@link #memory()}, or -1 when the queue is
     * closed and empty.
     */
    long take() {
        runTasks();
        while (reading == tail) {
            if (!await()) {
                return -1;
            }
            runTasks();
        }
        long index = reading & size - 1;
        if (ring.get(ValueLayout.JAVA_INT, index) == WRAP) {
            reading += size - index;
            index = 0;
        }
        return index + PREFIX;
    }

    /** Executor: length of the frame just taken. */
    int length(long frame) {
        return ring.get(ValueLayout.JAVA_INT, frame - PREFIX);
    }

    /** Executor: the frame just taken may be overwritten. */
    void release(long frame) {
        reading += PREFIX + (length(frame) + 7L & -8L);
        head = reading;
    }

    /** Executor: whether another frame is there already. */
    boolean isEmpty() {
        return reading == tail;
    }

    /** Executor: whether there is nothing at all to do. */
    boolean isIdle() {
        return reading == tail && tasks.isEmpty() && !closed;
    }

    /** Where the frames lie. */
    MemorySegment memory() {
        return ring;
    }

    private void runTasks() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    private boolean await() {
        long until = System.nanoTime() + spinNanos;
        while (spinNanos > 0 && System.nanoTime() < until) {
            if (reading != tail || !tasks.isEmpty()) {
                return true;
            }
            Thread.onSpinWait();
        }
        sleeper = Thread.currentThread();
        try {
            while (reading == tail && tasks.isEmpty()) {
                if (closed) {
                    return false;
                }
                LockSupport.park(this);
            }
        } finally {
            sleeper = null;
        }
        return true;
    }

    private void wake() {
        Thread waiting = sleeper;
        if (waiting != null) {
            LockSupport.unpark(waiting);
        }
    }
}
