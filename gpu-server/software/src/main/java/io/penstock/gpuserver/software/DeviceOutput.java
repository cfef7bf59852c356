package io.penstock.gpuserver.software;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/**
 * What the devices say to the program: printf on its standard output; on its standard error failed assertions, as
 * NVIDIA's driver does, and why an image was refused, which a program of the runtime hears from nobody else. Any thread.
 */
final class DeviceOutput {
    /** A program that has this many images refused has read enough. */
    private static final int REASONS_MAX = 64;

    private final OutputStream out;
    private final OutputStream err;
    // guarded by itself
    private final Set<String> reasons = new HashSet<>();

    DeviceOutput(OutputStream out, OutputStream err) {
        this.out = out;
        this.err = err;
    }

    /** Text of kernels, each character a byte. */
    void print(String text) {
        write(out, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** What a failed assertion says, each character a byte. */
    void complain(String text) {
        write(err, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Why an image was refused; the same reason is told once. */
    void explain(String reason) {
        synchronized (reasons) {
            if (reasons.size() >= REASONS_MAX || !reasons.add(reason)) {
                return;
            }
        }
        write(err, ("software GPU: an image is refused: " + reason + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static void write(OutputStream to, byte[] bytes) {
        try {
            to.write(bytes);
            to.flush();
        } catch (IOException unwritable) {
            throw new UncheckedIOException("device output cannot be written", unwritable);
        }
    }
}
