package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.codec.ProtocolException;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.codec.Writer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Options of the JIT compiler as the driver wants them: an array of numbers and one of values. Where the client asked
 * for logs they are written into buffers of ours and travel with the reply. Options whose value is a client's address
 * have no meaning here and are left out.
 */
final class JitOptions {
    private static final int WALL_TIME = 2;
    private static final int INFO_LOG = 3;
    private static final int INFO_LOG_BYTES = 4;
    private static final int ERROR_LOG = 5;
    private static final int ERROR_LOG_BYTES = 6;
    /** A longer log is cut, as it is in a buffer of the program's. */
    static final int LOG_BYTES_MAX = 64 << 10;

    private final MemorySegment names;
    private final MemorySegment values;
    private MemorySegment info = MemorySegment.NULL;
    private MemorySegment error = MemorySegment.NULL;
    private int count;

    private JitOptions(Arena arena, int room) {
        this.names = arena.allocate(4L * (room + 4), 8);
        this.values = arena.allocate(8L * (room + 4), 8);
    }

    /** Reads counted options. */
    static JitOptions read(Reader in, Arena arena) {
        long listed = in.readU64();
        if (listed < 0 || listed > Limits.JIT_OPTIONS_MAX) {
            throw new ProtocolException(Long.toUnsignedString(listed) + " options; at most " + Limits.JIT_OPTIONS_MAX);
        }
        JitOptions options = new JitOptions(arena, (int) listed);
        for (int i = 0; i < listed; i++) {
            int name = in.readU32();
            in.readU32();
            options.take(name, in.readU64(), arena);
        }
        return options;
    }

    private void take(int name, long value, Arena arena) {
        switch (name) {
            case INFO_LOG_BYTES -> {
                info = logOf(value, arena);
                add(INFO_LOG, info.address());
                add(INFO_LOG_BYTES, info.byteSize());
            }
            case ERROR_LOG_BYTES -> {
                error = logOf(value, arena);
                add(ERROR_LOG, error.address());
                add(ERROR_LOG_BYTES, error.byteSize());
            }
            case INFO_LOG, ERROR_LOG, 17, 18, 19, 25, 26, 27, 28 -> {}
            default -> add(name, value);
        }
    }

    private static MemorySegment logOf(long bytes, Arena arena) {
        return arena.allocate(Math.clamp(bytes, 1, LOG_BYTES_MAX), 8);
    }

    private void add(int name, long value) {
        if (4L * (count + 1) > names.byteSize()) {
            throw new ProtocolException("the same log is asked for twice");
        }
        names.setAtIndex(ValueLayout.JAVA_INT, count, name);
        values.setAtIndex(ValueLayout.JAVA_LONG, count, value);
        count++;
    }

    int count() {
        return count;
    }

    long names() {
        return count == 0 ? 0 : names.address();
    }

    long values() {
        return count == 0 ? 0 : values.address();
    }

    /** Info log, error log. */
    void writeLogs(Writer out) {
        out.putBytes(written(info)).putBytes(written(error));
    }

    /** Info log, error log, wall time. */
    void writeLogsAndTime(Writer out) {
        writeLogs(out);
        out.putF32(wallTime()).putU32(0);
    }

    /** The driver puts the time in milliseconds, a float, in place of the option's value. */
    private float wallTime() {
        for (int i = 0; i < count; i++) {
            if (names.getAtIndex(ValueLayout.JAVA_INT, i) == WALL_TIME) {
                return NativeMemory.getFloat(values.address() + 8L * i);
            }
        }
        return 0;
    }

    private static MemorySegment written(MemorySegment log) {
        long length = 0;
        while (length < log.byteSize() && log.get(ValueLayout.JAVA_BYTE, length) != 0) {
            length++;
        }
        return log.asSlice(0, length);
    }
}
