package io.penstock.protocol.link;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * A descriptor of our own for a socket that Netty owns: a thread that sends by it while Netty closes its own never meets another
 * connection that was given the same number. Programs that are started do not inherit it. One thread at a time.
 */
@SuppressWarnings("restricted") // three functions of libc
final class SocketDescriptor implements AutoCloseable {
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final MethodHandle FCNTL =
            function("fcntl", FunctionDescriptor.of(INT, INT, INT, INT), Linker.Option.firstVariadicArg(2));
    private static final MethodHandle SEND = function("send", FunctionDescriptor.of(LONG, INT, LONG, LONG, INT));
    private static final MethodHandle CLOSE = function("close", FunctionDescriptor.of(INT, INT));

    private int fd;

    /** @param socket the number of an open socket; where none can be had any more, nothing is ever sent by this one */
    SocketDescriptor(int socket) {
        try {
            fd = (int) FCNTL.invokeExact(socket, F_DUPFD_CLOEXEC, 0);
        } catch (Throwable e) {
            throw new IllegalStateException("fcntl", e);
        }
    }

    /** Gives bytes to the kernel as far as it takes them now: how many, or -1 when it takes none, for whichever reason. */
    long send(long address, long bytes) {
        try {
            return (long) SEND.invokeExact(fd, address, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
        } catch (Throwable e) {
            throw new IllegalStateException("send", e);
        }
    }

    @Override
    public void close() {
        int open = fd;
        fd = -1;
        try {
            if (open >= 0) {
                var unused = (int) CLOSE.invokeExact(open);
            }
        } catch (Throwable e) {
            throw new IllegalStateException("close", e);
        }
    }

    private static MethodHandle function(String name, FunctionDescriptor type, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type, options);
    }
}
