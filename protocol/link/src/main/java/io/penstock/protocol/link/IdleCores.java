package io.penstock.protocol.link;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Whether this machine has cores that nobody wants, so that a thread may look for its work instead of sleeping until it is
 * woken. What the kernel says of runnable threads in {@code /proc/loadavg}, asked at most every 10 ms. Any thread.
 */
public final class IdleCores {
    private static final Path RUNNABLE = Path.of("/proc/loadavg");
    private static final long LASTS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int CORES = Runtime.getRuntime().availableProcessors();
    private static final @Nullable FileChannel FILE = open();
    private static final int LINE_BYTES_MAX = 128;

    private static volatile long asked = System.nanoTime() - LASTS;
    private static volatile int busy;

    private IdleCores() {}

    /** Whether there is one; true also where the kernel does not say. */
    public static boolean any() {
        return busy() < CORES;
    }

    /** Whether a quarter of them is idle: for what must not be felt by anybody; true also where the kernel does not say. */
    public static boolean aQuarter() {
        return busy() <= CORES - Math.max(1, CORES / 4);
    }

    private static int busy() {
        long now = System.nanoTime();
        if (FILE != null && now - asked >= LASTS) {
            asked = now;
            busy = runnable(FILE);
        }
        return busy;
    }

    /** Threads that run or want to; the fourth word of the line is {@code 3/512}. */
    static int runnable(String line) {
        String[] words = line.split(" ", -1);
        int slash = words.length < 4 ? -1 : words[3].indexOf('/');
        return slash > 0 ? Integer.parseInt(words[3].substring(0, slash)) : 0;
    }

    private static int runnable(FileChannel file) {
        ByteBuffer line = ByteBuffer.allocate(LINE_BYTES_MAX);
        try {
            file.read(line, 0);
            return runnable(StandardCharsets.US_ASCII.decode(line.flip()).toString());
        } catch (IOException | NumberFormatException unknown) {
            return 0;
        }
    }

    private static @Nullable FileChannel open() {
        try {
            return FileChannel.open(RUNNABLE, StandardOpenOption.READ);
        } catch (IOException none) {
            return null;
        }
    }
}
