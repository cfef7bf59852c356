package io.penstock.gpuserver.software;

import static io.penstock.gpuserver.software.CudaProgram.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ArrayCallsTest {
    private static final int FORMAT_UNSIGNED8 = 1;
    private static final int FORMAT_SIGNED32 = 0x0a;
    private static final int FORMAT_NV12 = 0xb0;
    private static final int GATHER = 8;
    private static final int CUBEMAP = 4;
    private static final int HOST = 1;
    private static final int ARRAY = 3;

    private final CudaProgram program = CudaProgram.started();
    private final SoftwareCudaDriver cuda = program.cuda;

    @AfterEach
    void end() {
        program.close();
    }

    private long descriptor(long width, long height, long depth, int format, int channels, int flags) {
        long at = program.room(40);
        new ArrayDescriptor(width, height, depth, format, channels, flags).write3D(at);
        return at;
    }

    private long array(long width, long height, long depth, int flags) {
        long descriptor = descriptor(width, height, depth, FORMAT_SIGNED32, 1, flags);
        return program.longFrom(at -> cuda.cuArray3DCreate_v2(at, descriptor));
    }

    private int refusal(long width, long height, long depth, int format, int channels, int flags) {
        long descriptor = descriptor(width, height, depth, format, channels, flags);
        return cuda.cuArray3DCreate_v2(program.room(8), descriptor);
    }

    /** CUDA_MEMCPY3D: a box of host ints, packed, to or from an array. */
    private long box(long array, boolean up, long host, long[] place, long[] extent) {
        long at = program.room(200);
        long hostAt = at + (up ? 0 : 88);
        long arrayAt = at + (up ? 88 : 0);
        NativeMemory.putInt(hostAt + 32, HOST);
        NativeMemory.putLong(hostAt + 40, host);
        NativeMemory.putLong(hostAt + 72, 4 * extent[0]);
        NativeMemory.putLong(hostAt + 80, extent[1]);
        NativeMemory.putLong(arrayAt, 4 * place[0]);
        NativeMemory.putLong(arrayAt + 8, place[1]);
        NativeMemory.putLong(arrayAt + 16, place[2]);
        NativeMemory.putInt(arrayAt + 32, ARRAY);
        NativeMemory.putLong(arrayAt + 56, array);
        NativeMemory.putLong(at + 176, 4 * extent[0]);
        NativeMemory.putLong(at + 184, extent[1]);
        NativeMemory.putLong(at + 192, extent[2]);
        return at;
    }

    private static long[] at(long... numbers) {
        return numbers;
    }

    private static int[] ints(long at, int count) {
        int[] values = new int[count];
        for (int i = 0; i < count; i++) {
            values[i] = NativeMemory.getInt(at + 4L * i);
        }
        return values;
    }

    @Test
    void arrayTellsWhatItWasMadeAs() {
        long array = array(5, 3, 0, 0);
        long told = program.room(40);
        ok(cuda.cuArray3DGetDescriptor_v2(told, array));
        assertThat(ArrayDescriptor.of3D(told)).isEqualTo(new ArrayDescriptor(5, 3, 0, FORMAT_SIGNED32, 1, 0));
        ok(cuda.cuArrayGetDescriptor_v2(told, array));
        assertThat(ArrayDescriptor.of2D(told)).isEqualTo(new ArrayDescriptor(5, 3, 0, FORMAT_SIGNED32, 1, 0));
    }

    @Test
    void shapesAndFormatsThatCudaRefusesAreRefused() {
        assertThat(refusal(0, 1, 0, FORMAT_SIGNED32, 1, 0)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(refusal(4, 0, 2, FORMAT_SIGNED32, 1, 0)).as("no height").isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(refusal(4, 4, 0, FORMAT_SIGNED32, 3, 0)).as("channels").isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(refusal(200_000, 0, 0, FORMAT_SIGNED32, 1, 0)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(refusal(4, 4, 0, FORMAT_SIGNED32, 1, 1)).as("no layers").isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(refusal(4, 0, 0, FORMAT_SIGNED32, 1, GATHER)).as("no rows").isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(refusal(4, 4, 4, FORMAT_SIGNED32, 1, GATHER)).as("slices").isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(refusal(40_000, 4, 0, FORMAT_SIGNED32, 1, GATHER)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(refusal(4, 4, 0, FORMAT_SIGNED32, 1, GATHER)).isEqualTo(CudaResult.SUCCESS);
        assertThat(refusal(4, 4, 3, FORMAT_SIGNED32, 1, GATHER | 1))
                .as("layers")
                .isEqualTo(CudaResult.SUCCESS);
        assertThat(refusal(4, 4, 0, FORMAT_NV12, 1, 0)).isEqualTo(CudaResult.NOT_SUPPORTED);
        assertThat(refusal(4, 4, 6, FORMAT_SIGNED32, 1, CUBEMAP)).isEqualTo(CudaResult.NOT_SUPPORTED);
        assertThat(refusal(8192, 8192, 0, FORMAT_SIGNED32, 4, 0)).isEqualTo(CudaResult.OUT_OF_MEMORY);
        assertThat(cuda.cuArrayCreate_v2(0, 0)).isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void boxesGoUpAndComeDown() {
        long array = array(5, 3, 2, 0);
        long up = program.ints(1, 2, 3, 4, 5, 6, 7, 8);
        ok(cuda.cuMemcpy3D_v2(box(array, true, up, at(1, 1, 0), at(2, 2, 2))));
        long down = program.room(4 * 30);
        ok(cuda.cuMemcpy3D_v2(box(array, false, down, at(0, 0, 0), at(5, 3, 2))));
        assertThat(ints(down, 30))
                .containsExactly(
                        0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 5, 6, 0, 0, 0, 7, 8, 0, 0);
    }

    @Test
    void boxThatDoesNotFitAndArrayThatIsNoneAreRefused() {
        long array = array(5, 3, 0, 0);
        long host = program.room(4 * 30);
        assertThat(cuda.cuMemcpy3D_v2(box(array, true, host, at(4, 0, 0), at(2, 1, 1))))
                .isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(cuda.cuMemcpy3D_v2(box(array, true, host, at(0, 0, 1), at(1, 1, 1))))
                .isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(cuda.cuMemcpy3D_v2(box(array + 1, true, host, at(0, 0, 0), at(1, 1, 1))))
                .isEqualTo(CudaResult.INVALID_HANDLE);
    }

    @Test
    void bytesOfARowGoBetweenHostDeviceAndArrays() {
        long one = array(4, 0, 0, 0);
        long two = array(4, 0, 0, 0);
        long device = program.alloc(16);
        long down = program.room(16);
        ok(cuda.cuMemcpyHtoA_v2(one, 4, program.ints(7, 8), 8));
        ok(cuda.cuMemcpyAtoA_v2(two, 8, one, 4, 8));
        ok(cuda.cuMemcpyAtoD_v2(device, two, 0, 16));
        assertThat(program.intsAt(device, 4)).startsWith(0, 0).endsWith(7, 8);
        ok(cuda.cuMemcpyDtoA_v2(one, 0, device, 16));
        ok(cuda.cuMemcpyAtoH_v2(down, one, 0, 16));
        assertThat(ints(down, 4)).containsExactly(0, 0, 7, 8);
        assertThat(cuda.cuMemcpyHtoA_v2(one, 12, down, 8)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(cuda.cuMemcpyHtoA_v2(0, 0, down, 8)).isEqualTo(CudaResult.INVALID_HANDLE);
    }

    @Test
    void memoryOfAnArrayComesBackAndItsHandleEnds() {
        long before = program.freeBytes();
        long array = array(64, 64, 0, 0);
        assertThat(before - program.freeBytes()).isEqualTo(64 * 64 * 4);
        ok(cuda.cuArrayDestroy(array));
        assertThat(program.freeBytes()).isEqualTo(before);
        assertThat(cuda.cuArrayDestroy(array)).isEqualTo(CudaResult.INVALID_HANDLE);
    }

    @Test
    void copyToAnArrayThatWasRecordedTellsOfTheArray() {
        long array = array(5, 3, 0, 0);
        long stream = program.longFrom(at -> cuda.cuStreamCreate(at, 0));
        ok(cuda.cuStreamBeginCapture_v2(stream, 0));
        ok(cuda.cuMemcpy3DAsync_v2(box(array, true, program.room(64), at(1, 2, 0), at(2, 1, 1)), stream));
        long graph = program.longFrom(at -> cuda.cuStreamEndCapture(stream, at));
        long count = program.room(8);
        NativeMemory.putLong(count, 1);
        long node = program.longFrom(at -> cuda.cuGraphGetNodes(graph, at, count));
        long told = program.room(200);
        ok(cuda.cuGraphMemcpyNodeGetParams(node, told));
        assertThat(NativeMemory.getInt(told + 88 + 32)).isEqualTo(ARRAY);
        assertThat(NativeMemory.getLong(told + 88 + 56)).isEqualTo(array);
        assertThat(NativeMemory.getLong(told + 88)).isEqualTo(4);
        assertThat(NativeMemory.getLong(told + 88 + 8)).isEqualTo(2);
    }

    @Test
    void bytesAreAFormatToo() {
        long descriptor = descriptor(3, 2, 0, FORMAT_UNSIGNED8, 1, 0);
        long array = program.longFrom(at -> cuda.cuArray3DCreate_v2(at, descriptor));
        ok(cuda.cuMemcpyHtoA_v2(array, 0, program.ints(0x030201), 3));
        assertThat(cuda.cuMemcpyHtoA_v2(array, 0, program.ints(0), 4)).isEqualTo(CudaResult.INVALID_VALUE);
    }
}
