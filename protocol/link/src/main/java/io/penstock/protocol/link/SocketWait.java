package io.penstock.protocol.link;

import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.BooleanSupplier;

/** Where one thread sleeps until its socket has something to read, or another thread wakes it. */
final class SocketWait implements AutoCloseable {
    private final FileDescriptor alarm;
    private final MemorySegment polled = Arena.ofAuto().allocate(2 * LibC.POLLFD_BYTES, 8);
    private final MemorySegment rung = Arena.ofAuto().allocate(Long.BYTES, 8);
    private final MemorySegment count = Arena.ofAuto().allocate(Long.BYTES, 8);
    // written by the sleeper
    private volatile boolean asleep;
    // guarded by this
    private boolean closed;

    /** @throws IOException where the process has no descriptor left */
    SocketWait() throws IOException {
        int number = LibC.eventfd();
        if (number < 0) {
            throw new IOException("this process has as many files open as it may have");
        }
        alarm = new FileDescriptor(number);
        count.set(ValueLayout.JAVA_LONG, 0, 1);
        watch(0, alarm.intValue());
        watch(1, -1);
    }

    private void watch(int place, int descriptor) {
        long at = place * LibC.POLLFD_BYTES;
        polled.set(ValueLayout.JAVA_INT, at, descriptor);
        polled.set(ValueLayout.JAVA_SHORT, at + LibC.POLLFD_EVENTS, LibC.POLLIN);
    }

    /**
     * Sleeps; may return for no reason. The sleeping thread only.
     *
     * @param socket its number, or -1 for none
     * @param still asked once more when a {@link #wake()} can no longer be missed: whether there is still nothing to do
     */
    void sleep(int socket, BooleanSupplier still) {
        asleep = true;
        if (still.getAsBoolean()) {
            watch(1, socket);
            LibC.poll(polled.address(), 2);
        }
        asleep = false;
        if (polled.get(ValueLayout.JAVA_SHORT, LibC.POLLFD_FOUND) != 0) {
            polled.set(ValueLayout.JAVA_SHORT, LibC.POLLFD_FOUND, (short) 0);
            calm();
        }
    }

    /** Ends the other thread's sleep; costs nothing when it does not sleep. Any thread. */
    void wake() {
        if (asleep) {
            ring();
        }
    }

    private synchronized void ring() {
        if (!closed) {
            try {
                var unused = alarm.writeAddress(count.address(), 0, Long.BYTES);
            } catch (IOException impossible) {
                throw new IllegalStateException("an eventfd", impossible);
            }
        }
    }

    private void calm() {
        try {
            var unused = alarm.readAddress(rung.address(), 0, Long.BYTES);
        } catch (IOException impossible) {
            throw new IllegalStateException("an eventfd", impossible);
        }
    }

    /** The sleeping thread sleeps no more. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            try {
                alarm.close();
            } catch (IOException lost) {
                // the number is free all the same
            }
        }
    }
}
