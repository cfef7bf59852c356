package io.penstock.protocol.link;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** The few functions of the C library for which neither Java nor Netty has a word. C names and results. Any thread. */
@SuppressWarnings("restricted") // the whole point of this class
final class LibC {
    static final short POLLIN = 1;
    /** Of a {@code struct pollfd}: the descriptor, 32 bits; what is asked for and what was found, 16 bits each. */
    static final long POLLFD_BYTES = 8;

    static final long POLLFD_EVENTS = 4;
    static final long POLLFD_FOUND = 6;

    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int EFD_NONBLOCK_CLOEXEC = 0x80800;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final MethodHandle FCNTL =
            function("fcntl", FunctionDescriptor.of(INT, INT, INT, INT), Linker.Option.firstVariadicArg(2));
    private static final MethodHandle EVENTFD = function("eventfd", FunctionDescriptor.of(INT, INT, INT));
    private static final MethodHandle POLL = function("poll", FunctionDescriptor.of(INT, LONG, LONG, INT));

    private LibC() {}

    /** Another descriptor of the same file, which programs that are started do not inherit; -1 where there is none left. */
    static int duplicate(int fd) {
        try {
            return (int) FCNTL.invokeExact(fd, F_DUPFD_CLOEXEC, 0);
        } catch (Throwable e) {
            throw new AssertionError("fcntl", e);
        }
    }

    /** A counter to sleep on, which never blocks who adds to it; -1 where there is no descriptor left. */
    static int eventfd() {
        try {
            return (int) EVENTFD.invokeExact(0, EFD_NONBLOCK_CLOEXEC);
        } catch (Throwable e) {
            throw new AssertionError("eventfd", e);
        }
    }

    /** Sleeps until one of the {@code count} structures at the address has something, or a signal comes. */
    static void poll(long address, long count) {
        try {
            var unused = (int) POLL.invokeExact(address, count, -1);
        } catch (Throwable e) {
            throw new AssertionError("poll", e);
        }
    }

    private static MethodHandle function(String name, FunctionDescriptor type, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type, options);
    }
}
