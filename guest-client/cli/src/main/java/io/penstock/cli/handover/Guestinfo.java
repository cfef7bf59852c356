package io.penstock.cli.handover;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** This VM's guestinfo, by the command of open-vm-tools. Used by one thread. */
final class Guestinfo {
    private static final int SECONDS_MAX = 10;
    private static final int BYTES_MAX = 16 * 1024;
    private static final String NONE = "No value found";

    private final Path vmtoolsd;

    Guestinfo(Path vmtoolsd) {
        this.vmtoolsd = vmtoolsd;
    }

    /** The value, or an empty text when there is none. */
    String get(String key) throws IOException, InterruptedException {
        Outcome outcome = run("info-get " + key);
        if (outcome.status == 0) {
            return outcome.printed.strip();
        }
        if (outcome.printed.contains(NONE)) {
            return "";
        }
        throw outcome.failure(vmtoolsd + " does not read guestinfo");
    }

    void set(String key, String value) throws IOException, InterruptedException {
        Outcome outcome = run("info-set " + key + " " + value);
        if (outcome.status != 0) {
            throw outcome.failure(vmtoolsd + " does not write guestinfo");
        }
    }

    private record Outcome(int status, String printed) {
        IOException failure(String what) {
            String said = printed.strip().replaceAll("\\s+", " ");
            return new IOException(what + ": status " + status + (said.isEmpty() ? "" : ", " + said));
        }
    }

    private Outcome run(String command) throws IOException, InterruptedException {
        if (!Files.isExecutable(vmtoolsd)) {
            throw new IOException(
                    "there is no " + vmtoolsd + "; install open-vm-tools, or name it in enroll.properties");
        }
        Process process = new ProcessBuilder(List.of(vmtoolsd.toString(), "--cmd", command))
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        // a reader of its own, since one that hangs says nothing and does not end
        StringBuilder printed = new StringBuilder();
        Thread reader = Thread.ofVirtual().start(() -> read(process.getInputStream(), printed));
        try {
            if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
                throw new IOException(vmtoolsd + " did not answer within " + SECONDS_MAX + " s");
            }
            reader.join(TimeUnit.SECONDS.toMillis(1));
            synchronized (printed) {
                return new Outcome(process.exitValue(), printed.toString());
            }
        } finally {
            process.destroyForcibly();
        }
    }

    private static void read(InputStream stream, StringBuilder printed) {
        try (stream) {
            String text = new String(stream.readNBytes(BYTES_MAX), StandardCharsets.UTF_8);
            synchronized (printed) {
                printed.append(text);
            }
        } catch (IOException e) {
            // it was ended; what it printed no longer matters
        }
    }
}
