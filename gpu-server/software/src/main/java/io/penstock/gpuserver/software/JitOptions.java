package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import java.nio.charset.StandardCharsets;

/**
 * The options that a program gives with an image, of which the log buffers and the limit of registers mean anything here.
 *
 * <p>The C arrays hold an option number and a pointer-sized value each; a buffer's size is changed to the bytes written.
 */
record JitOptions(int count, long options, long values) {
    static final JitOptions NONE = new JitOptions(0, 0, 0);

    private static final int REGISTERS_MAX = 0;
    private static final int INFO_LOG = 3;
    private static final int INFO_LOG_BYTES = 4;
    private static final int ERROR_LOG = 5;
    private static final int ERROR_LOG_BYTES = 6;

    /** How many registers a thread may have; 0 when the program leaves that to the compiler. */
    int registersMax() {
        long at = find(REGISTERS_MAX);
        return at == 0 ? 0 : Math.max(0, NativeMemory.getInt(at));
    }

    /** Leaves the reason in the error log or, where the program gave no room for one, tells it on standard error. */
    void refused(Compilation compiled, DeviceOutput output) {
        error(compiled.log());
        if (compiled.isOfPtx() && !wantsErrors()) {
            output.explain(compiled.log());
        }
    }

    /** Whether the program has given a buffer for errors. */
    boolean wantsErrors() {
        long buffer = find(ERROR_LOG);
        long bytes = find(ERROR_LOG_BYTES);
        return buffer != 0 && bytes != 0 && NativeMemory.getLong(buffer) != 0 && NativeMemory.getInt(bytes) != 0;
    }

    void error(String text) {
        write(ERROR_LOG, ERROR_LOG_BYTES, text);
        write(INFO_LOG, INFO_LOG_BYTES, "");
    }

    void info(String text) {
        write(INFO_LOG, INFO_LOG_BYTES, text);
        write(ERROR_LOG, ERROR_LOG_BYTES, "");
    }

    private void write(int bufferOption, int bytesOption, String text) {
        long bufferAt = find(bufferOption);
        long bytesAt = find(bytesOption);
        if (bufferAt == 0 || bytesAt == 0 || NativeMemory.getLong(bufferAt) == 0) {
            return;
        }
        long capacity = Integer.toUnsignedLong(NativeMemory.getInt(bytesAt));
        NativeMemory.putString(NativeMemory.getLong(bufferAt), text, capacity);
        int length = text.getBytes(StandardCharsets.UTF_8).length;
        NativeMemory.putLong(bytesAt, capacity == 0 ? 0 : Math.min(length, capacity - 1));
    }

    /** The address of an option's value, or 0 when the option is not there. */
    private long find(int option) {
        for (int i = 0; i < count; i++) {
            if (NativeMemory.getInt(options + 4L * i) == option) {
                return values + 8L * i;
            }
        }
        return 0;
    }
}
