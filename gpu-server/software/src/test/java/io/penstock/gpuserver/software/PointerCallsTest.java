package io.penstock.gpuserver.software;

import static io.penstock.gpuserver.software.CudaProgram.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class PointerCallsTest {
    private final CudaProgram program = CudaProgram.started();
    private final SoftwareCudaDriver cuda = program.cuda;

    @AfterEach
    void end() {
        program.close();
    }

    private long attribute(int attribute, long pointer) {
        return program.longFrom(at -> cuda.cuPointerGetAttribute(at, attribute, pointer));
    }

    @Test
    void aDevicePointerIsKnownByItsBlock() {
        long device = program.alloc(1000);
        long inside = device + 100;
        assertThat(attribute(1, inside)).isEqualTo(program.longFrom(cuda::cuCtxGetCurrent));
        assertThat(attribute(2, inside)).isEqualTo(2);
        assertThat(attribute(3, inside)).isEqualTo(inside);
        assertThat(attribute(8, inside)).isZero();
        assertThat(attribute(9, inside)).isZero();
        assertThat(attribute(11, inside)).isEqualTo(device);
        assertThat(attribute(12, inside)).isEqualTo(1000);
        assertThat(attribute(7, inside)).isNotEqualTo(attribute(7, program.alloc(8)));
        assertThat(cuda.cuPointerGetAttribute(program.room(8), 4, inside)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(cuda.cuPointerGetAttribute(program.room(8), 99, inside)).isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void hostMemoryOfTheDriverIsHostMemory() {
        long host = program.longFrom(at -> cuda.cuMemHostAlloc(at, 64, 0));
        assertThat(attribute(2, host)).isEqualTo(1);
        assertThat(attribute(3, host)).isEqualTo(host);
        assertThat(attribute(4, host)).isEqualTo(host);
    }

    @Test
    void poolMemoryHasAPoolAndNoContext() {
        long device = program.longFrom(at -> cuda.cuMemAllocAsync(at, 64, 0));
        assertThat(attribute(1, device)).isZero();
        assertThat(attribute(17, device)).isEqualTo(program.longFrom(at -> cuda.cuDeviceGetDefaultMemPool(at, 0)));
    }

    @Test
    void theSingleFormRefusesOtherMemoryAndThePluralFormDescribesIt() {
        long pageable = program.room(16);
        for (int attribute = 1; attribute < 22; attribute++) {
            assertThat(cuda.cuPointerGetAttribute(program.room(16), attribute, pageable))
                    .isEqualTo(CudaResult.INVALID_VALUE);
        }
        long data = program.room(6 * 8);
        for (int i = 0; i < 6; i++) {
            long value = program.room(8);
            NativeMemory.putLong(value, -1);
            NativeMemory.putLong(data + 8L * i, value);
        }
        ok(cuda.cuPointerGetAttributes(6, program.ints(1, 2, 3, 4, 8, 9), data, pageable));
        assertThat(NativeMemory.getLong(NativeMemory.getLong(data))).isZero();
        assertThat(NativeMemory.getInt(NativeMemory.getLong(data + 8))).isZero();
        assertThat(NativeMemory.getLong(NativeMemory.getLong(data + 16))).isZero();
        assertThat(NativeMemory.getLong(NativeMemory.getLong(data + 24))).isEqualTo(pageable);
        assertThat(NativeMemory.getByte(NativeMemory.getLong(data + 32))).isZero();
        assertThat(NativeMemory.getInt(NativeMemory.getLong(data + 40))).isEqualTo(-2);
    }
}
