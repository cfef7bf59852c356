package io.penstock.gpuserver.driver;

import com.sun.jna.Native;

/**
 * The few functions of the C library that Java has no word for: address space, environment, anonymous files,
 * descriptors.
 *
 * <p>C names, C argument order, C results: -1 means failure and {@link #errno()} of the same thread says why. Stateless;
 * any thread.
 */
public final class LibC {
    public static final int PROT_NONE = 0;
    public static final int PROT_READ = 1;
    public static final int PROT_WRITE = 2;
    public static final int MAP_SHARED = 0x01;
    public static final int MAP_PRIVATE = 0x02;
    public static final int MAP_FIXED = 0x10;
    public static final int MAP_ANONYMOUS = 0x20;
    public static final int MAP_NORESERVE = 0x4000;
    public static final int MAP_FIXED_NOREPLACE = 0x100000;
    public static final int MFD_CLOEXEC = 1;
    public static final long MAP_FAILED = -1;
    public static final int O_CLOEXEC = 0x80000;
    public static final int F_DUPFD_CLOEXEC = 1030;
    public static final int F_SETPIPE_SZ = 1031;
    public static final short POLLIN = 1;
    public static final int EINTR = 4;

    static {
        Native.register(Binding.class, "c");
    }

    private LibC() {}

    /** Answers the address of the mapping, or {@link #MAP_FAILED}. */
    public static long mmap(long address, long length, int protection, int flags, int fd, long offset) {
        return Binding.mmap(address, length, protection, flags, fd, offset);
    }

    /** Free memory that the C library keeps goes back to the system, but for so many bytes; 1 when any did. */
    public static int malloc_trim(long kept) {
        return Binding.malloc_trim(kept);
    }

    public static int munmap(long address, long length) {
        return Binding.munmap(address, length);
    }

    public static int mprotect(long address, long length, int protection) {
        return Binding.mprotect(address, length, protection);
    }

    /** Answers a file descriptor of an anonymous file, or -1. */
    public static int memfd_create(String name, int flags) {
        return Binding.memfd_create(name, flags);
    }

    public static int ftruncate(int fd, long length) {
        return Binding.ftruncate(fd, length);
    }

    public static int close(int fd) {
        return Binding.close(fd);
    }

    /** Writes the two descriptors, that to read from first, to an address of eight bytes. */
    public static int pipe2(long descriptors, int flags) {
        return Binding.pipe2(descriptors, flags);
    }

    public static int dup2(int from, int to) {
        return Binding.dup2(from, to);
    }

    public static int fcntl(int fd, int command, int argument) {
        return Binding.fcntl(fd, command, argument);
    }

    public static long read(int fd, long address, long bytes) {
        return Binding.read(fd, address, bytes);
    }

    public static long write(int fd, long address, long bytes) {
        return Binding.write(fd, address, bytes);
    }

    /** Waits for descriptors of an array of {@code struct pollfd}; answers how many are ready. */
    public static int poll(long descriptors, long count, int milliseconds) {
        return Binding.poll(descriptors, count, milliseconds);
    }

    /** Sets a variable in the C environment, which {@link System#getenv()} does not show but native libraries read. */
    public static int setenv(String name, String value, int overwrite) {
        return Binding.setenv(name, value, overwrite);
    }

    public static int unsetenv(String name) {
        return Binding.unsetenv(name);
    }

    public static int getpid() {
        return Binding.getpid();
    }

    /** The C error number of this thread's latest failed call. */
    public static int errno() {
        return Native.getLastError();
    }

    /** Directly mapped; JNA wants the methods native, static and in a class of their own. */
    private static final class Binding {
        private Binding() {}

        static native long mmap(long address, long length, int protection, int flags, int fd, long offset);

        static native int malloc_trim(long kept);

        static native int munmap(long address, long length);

        static native int mprotect(long address, long length, int protection);

        static native int memfd_create(String name, int flags);

        static native int ftruncate(int fd, long length);

        static native int close(int fd);

        static native int pipe2(long descriptors, int flags);

        static native int dup2(int from, int to);

        static native int fcntl(int fd, int command, int argument);

        static native long read(int fd, long address, long bytes);

        static native long write(int fd, long address, long bytes);

        static native int poll(long descriptors, long count, int milliseconds);

        static native int setenv(String name, String value, int overwrite);

        static native int unsetenv(String name);

        static native int getpid();
    }
}
