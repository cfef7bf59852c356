package io.penstock.gpuserver.software;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.LongToIntFunction;

/**
 * A program of the driver API, as a C programmer would write it: native memory for what the driver reads and writes, and
 * a driver of its own. {@link #ok} is the CHECK macro of such programs.
 */
final class CudaProgram implements AutoCloseable {
    static final long MEMORY_BYTES = 64L << 20;
    /** The PTX of {@code kernels.ptx}. */
    static final String KERNELS = read("kernels.ptx");

    final SoftwareCudaDriver cuda;
    final ByteArrayOutputStream output = new ByteArrayOutputStream();
    final ByteArrayOutputStream errors = new ByteArrayOutputStream();
    private final Arena arena = Arena.ofShared();

    private CudaProgram(int devices) {
        cuda = new SoftwareCudaDriver(SoftwareConfig.of(devices, MEMORY_BYTES, "test", output, errors));
    }

    private static String read(String resource) {
        try (InputStream bytes = CudaProgram.class.getResourceAsStream(resource)) {
            return new String(Objects.requireNonNull(bytes).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** Nothing called yet. */
    static CudaProgram loaded(int devices) {
        return new CudaProgram(devices);
    }

    /** Initialised, with the primary context of device 0 current. */
    static CudaProgram started(int devices) {
        CudaProgram program = loaded(devices);
        ok(program.cuda.cuInit(0));
        long context = program.longFrom(at -> program.cuda.cuDevicePrimaryCtxRetain(at, 0));
        ok(program.cuda.cuCtxSetCurrent(context));
        return program;
    }

    static CudaProgram started() {
        return started(1);
    }

    static void ok(int result) {
        assertThat(result).as("CUresult").isZero();
    }

    /** Zeroed native memory that lives as long as the program. */
    long room(long bytes) {
        return arena.allocate(Math.max(bytes, 1), 16).address();
    }

    long text(String text) {
        return arena.allocateFrom(text, StandardCharsets.UTF_8).address();
    }

    /** The value that a successful call left in its out-parameter. */
    long longFrom(LongToIntFunction call) {
        long at = room(Long.BYTES);
        ok(call.applyAsInt(at));
        return NativeMemory.getLong(at);
    }

    int intFrom(LongToIntFunction call) {
        return (int) longFrom(call);
    }

    long alloc(long bytes) {
        return longFrom(at -> cuda.cuMemAlloc_v2(at, bytes));
    }

    long freeBytes() {
        long total = room(Long.BYTES);
        return longFrom(at -> cuda.cuMemGetInfo_v2(at, total));
    }

    /** Native memory with these ints. */
    long ints(int... values) {
        long at = room(4L * values.length);
        for (int i = 0; i < values.length; i++) {
            NativeMemory.putInt(at + 4L * i, values[i]);
        }
        return at;
    }

    /** Ints brought from the device by a synchronous copy. */
    int[] intsAt(long device, int count) {
        long host = room(4L * count);
        ok(cuda.cuMemcpyDtoH_v2(host, device, 4L * count));
        int[] values = new int[count];
        for (int i = 0; i < count; i++) {
            values[i] = NativeMemory.getInt(host + 4L * i);
        }
        return values;
    }

    @Override
    public void close() {
        cuda.close();
        arena.close();
    }
}
