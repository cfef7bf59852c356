package io.penstock.agent;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** The few system calls of the local channel, with their C names; a failure is thrown with its errno. Any thread. */
@SuppressWarnings("restricted") // the whole point of this class
final class LibC {
    static final int O_RDWR = 2;
    static final int O_NONBLOCK = 0x800;
    static final int O_CLOEXEC = 0x80000;
    static final int F_GET_SEALS = 1034;
    static final int F_SEAL_SEAL = 1;
    static final int F_SEAL_SHRINK = 2;
    static final int F_SEAL_GROW = 4;

    private static final int F_ADD_SEALS = 1033;
    private static final int MFD_CLOEXEC_ALLOW_SEALING = 3;
    private static final int SEEK_END = 2;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final long SYS_FUTEX = 202; // x86-64
    private static final int FUTEX_WAKE = 1;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout POINTER = ValueLayout.ADDRESS;

    private static final MethodHandle OPEN = variadic("open", 2, FunctionDescriptor.of(INT, POINTER, INT));
    private static final MethodHandle FCNTL = variadic("fcntl", 2, FunctionDescriptor.of(INT, INT, INT));
    private static final MethodHandle MEMFD_CREATE = function("memfd_create", FunctionDescriptor.of(INT, POINTER, INT));
    private static final MethodHandle FTRUNCATE = function("ftruncate", FunctionDescriptor.of(INT, INT, LONG));
    private static final MethodHandle ADD_SEALS = variadic("fcntl", 2, FunctionDescriptor.of(INT, INT, INT, INT));
    private static final MethodHandle LSEEK = function("lseek", FunctionDescriptor.of(LONG, INT, LONG, INT));
    private static final MethodHandle MMAP =
            function("mmap", FunctionDescriptor.of(LONG, LONG, LONG, INT, INT, INT, LONG));
    private static final MethodHandle MUNMAP = function("munmap", FunctionDescriptor.of(INT, LONG, LONG));
    private static final MethodHandle CLOSE = function("close", FunctionDescriptor.of(INT, INT));
    private static final MethodHandle MALLOC_TRIM = function("malloc_trim", FunctionDescriptor.of(INT, LONG));
    private static final MethodHandle FUTEX = futex();

    private LibC() {}

    /** Opens a file and answers its descriptor. */
    static int open(String path, int flags) throws ChannelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return (int) checked((int) OPEN.invokeExact(state, arena.allocateFrom(path), flags), state, "open " + path);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Makes a memfd of so many bytes with these seals, none when 0, and answers its descriptor. */
    static int memfd(String name, long bytes, int seals) throws ChannelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            int fd = (int) checked(
                    (int) MEMFD_CREATE.invokeExact(state, arena.allocateFrom(name), MFD_CLOEXEC_ALLOW_SEALING),
                    state,
                    "memfd_create");
            checked((int) FTRUNCATE.invokeExact(state, fd, bytes), state, "ftruncate to " + bytes + " bytes");
            if (seals != 0) {
                checked((int) ADD_SEALS.invokeExact(state, fd, F_ADD_SEALS, seals), state, "fcntl F_ADD_SEALS");
            }
            return fd;
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** The seals of a memfd; a file that cannot have seals fails with EINVAL. */
    static int seals(int fd) throws ChannelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return (int) checked((int) FCNTL.invokeExact(state, fd, F_GET_SEALS), state, "fcntl F_GET_SEALS");
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Bytes in the file. */
    static long size(int fd) throws ChannelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            return checked((long) LSEEK.invokeExact(state, fd, 0L, SEEK_END), state, "lseek");
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Maps the whole file, shared and writable; unmapped when the arena closes. */
    static MemorySegment map(int fd, long bytes, Arena arena) throws ChannelException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment state = call.allocate(STATE);
            long address = checked(
                    (long) MMAP.invokeExact(state, 0L, bytes, PROT_READ_WRITE, MAP_SHARED, fd, 0L), state, "mmap");
            return MemorySegment.ofAddress(address).reinterpret(bytes, arena, LibC::unmap);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Closes a descriptor; a descriptor that is not open is a bug. */
    static void close(int fd) throws ChannelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            checked((int) CLOSE.invokeExact(state, fd), state, "close");
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /** Free memory that the C library keeps goes back to the system. */
    static void trim() {
        try (Arena arena = Arena.ofConfined()) {
            int given = (int) MALLOC_TRIM.invokeExact(arena.allocate(STATE), 0L);
            assert given >= 0;
        } catch (Throwable e) {
            throw new AssertionError("malloc_trim", e);
        }
    }

    /** Wakes at most {@code count} threads, of any process, that sleep on the word at this address. */
    static void futexWake(long address, int count) {
        try {
            long woken = (long) FUTEX.invokeExact(SYS_FUTEX, address, FUTEX_WAKE, count);
            assert woken >= -1;
        } catch (Throwable e) {
            throw new AssertionError("futex", e);
        }
    }

    private static void unmap(MemorySegment mapped) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            checked((int) MUNMAP.invokeExact(state, mapped.address(), mapped.byteSize()), state, "munmap");
        } catch (Throwable e) {
            throw new AssertionError("munmap", e);
        }
    }

    private static long checked(long result, MemorySegment state, String call) throws ChannelException {
        if (result == -1) {
            throw new ChannelException(call + " failed with errno " + (int) ERRNO.get(state, 0L));
        }
        return result;
    }

    private static ChannelException rethrow(Throwable e) {
        if (e instanceof ChannelException failed) {
            return failed;
        }
        throw new AssertionError("a call into the C library", e);
    }

    private static MethodHandle function(String name, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name), descriptor, Linker.Option.captureCallState("errno"));
    }

    private static MethodHandle variadic(String name, int fixed, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                descriptor,
                Linker.Option.firstVariadicArg(fixed),
                Linker.Option.captureCallState("errno"));
    }

    /** A critical call: it never blocks, and it is on the path of every reply. */
    private static MethodHandle futex() {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow("syscall"),
                FunctionDescriptor.of(LONG, LONG, LONG, INT, INT),
                Linker.Option.firstVariadicArg(1),
                Linker.Option.critical(false));
    }
}
