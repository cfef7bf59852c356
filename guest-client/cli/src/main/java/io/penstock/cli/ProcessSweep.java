package io.penstock.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Ends every process that carries a mark in its environment, whoever started it and whatever became of its parents. Asks
 * first (TERM), insists after a while (KILL), and looks again until none is left, since processes start processes.
 */
final class ProcessSweep {
    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final Duration LIMIT = Duration.ofSeconds(15);
    private static final int LOOK_MILLIS = 20;

    private final byte[] mark;

    /** @param mark {@code NAME=value}, a whole entry of the environment */
    ProcessSweep(String mark) {
        this.mark = mark.getBytes(StandardCharsets.UTF_8);
    }

    /** Returns when none is left, or after 15 s. */
    void run() throws IOException, InterruptedException {
        long start = System.nanoTime();
        Set<Integer> asked = new HashSet<>();
        while (true) {
            List<Integer> found = find();
            long waited = System.nanoTime() - start;
            if (found.isEmpty() || waited > LIMIT.toNanos()) {
                return;
            }
            for (int pid : found) {
                if (waited > PATIENCE.toNanos()) {
                    LibC.kill(pid, LibC.SIGKILL);
                } else if (asked.add(pid)) {
                    LibC.kill(pid, LibC.SIGTERM);
                }
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }

    /** The processes that carry the mark, but for ourselves. */
    List<Integer> find() throws IOException {
        List<Integer> found = new ArrayList<>();
        int own = (int) ProcessHandle.current().pid();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                int pid = Integer.parseInt(process.getFileName().toString());
                if (pid != own && carries(process)) {
                    found.add(pid);
                }
            }
        }
        return found;
    }

    private boolean carries(Path process) {
        try {
            return contains(Files.readAllBytes(process.resolve("environ")), mark);
        } catch (IOException goneOrForeign) {
            return false;
        }
    }

    /** Whether a block of NUL-ended entries holds this one. */
    static boolean contains(byte[] environment, byte[] entry) {
        int start = 0;
        for (int i = 0; i <= environment.length; i++) {
            if (i == environment.length || environment[i] == 0) {
                if (java.util.Arrays.equals(environment, start, i, entry, 0, entry.length)) {
                    return true;
                }
                start = i + 1;
            }
        }
        return false;
    }
}
