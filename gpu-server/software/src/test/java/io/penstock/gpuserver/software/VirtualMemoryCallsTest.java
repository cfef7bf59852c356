package io.penstock.gpuserver.software;

import static io.penstock.gpuserver.software.CudaProgram.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class VirtualMemoryCallsTest {
    private static final long CHUNK = 2 << 20;

    private final CudaProgram program = CudaProgram.started();
    private final SoftwareCudaDriver cuda = program.cuda;
    private final long properties = program.ints(1, 0, 1, 0, 0, 0, 0, 0);
    private final long readWrite = program.ints(1, 0, 3);

    @AfterEach
    void end() {
        program.close();
    }

    private long reserve(long bytes, long wish) {
        return program.longFrom(at -> cuda.cuMemAddressReserve(at, bytes, 0, wish, 0));
    }

    private long create(long bytes) {
        return program.longFrom(at -> cuda.cuMemCreate(at, bytes, properties, 0));
    }

    @Test
    void memoryIsUsableOnlyWhenMappedAndOpen() {
        assertThat(program.longFrom(at -> cuda.cuMemGetAllocationGranularity(at, properties, 0)))
                .isEqualTo(CHUNK);
        long address = reserve(4 * CHUNK, 0);
        assertThat(cuda.cuMemsetD8_v2(address, 1, 8)).isEqualTo(CudaResult.INVALID_VALUE);
        long memory = create(2 * CHUNK);
        assertThat(program.freeBytes()).isEqualTo(CudaProgram.MEMORY_BYTES - 2 * CHUNK);
        ok(cuda.cuMemMap(address, 2 * CHUNK, 0, memory, 0));
        assertThat(cuda.cuMemsetD8_v2(address, 1, 8)).as("no access yet").isEqualTo(CudaResult.INVALID_VALUE);
        ok(cuda.cuMemSetAccess(address, 2 * CHUNK, readWrite, 1));
        ok(cuda.cuMemsetD8_v2(address, 1, 2 * CHUNK));
        assertThat(cuda.cuMemsetD8_v2(address, 1, 2 * CHUNK + 1)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(program.intsAt(address + CHUNK, 1)).containsExactly(0x01010101);
        ok(cuda.cuMemUnmap(address, 2 * CHUNK));
        assertThat(cuda.cuMemsetD8_v2(address, 1, 8)).isEqualTo(CudaResult.INVALID_VALUE);
        ok(cuda.cuMemRelease(memory));
        assertThat(program.freeBytes()).isEqualTo(CudaProgram.MEMORY_BYTES);
        ok(cuda.cuMemAddressFree(address, 4 * CHUNK));
        assertThat(cuda.cuMemAddressFree(address, 4 * CHUNK)).isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void oneMemoryShowsAtTwoAddressesAndOutlivesItsHandle() {
        long memory = create(CHUNK);
        long one = reserve(CHUNK, 0);
        long two = reserve(CHUNK, 0);
        ok(cuda.cuMemMap(one, CHUNK, 0, memory, 0));
        ok(cuda.cuMemMap(two, CHUNK, 0, memory, 0));
        ok(cuda.cuMemRelease(memory));
        ok(cuda.cuMemSetAccess(one, CHUNK, readWrite, 1));
        ok(cuda.cuMemSetAccess(two, CHUNK, readWrite, 1));
        ok(cuda.cuMemsetD32_v2(one, 77, 1));
        assertThat(program.intsAt(two, 1)).containsExactly(77);
        ok(cuda.cuMemUnmap(one, CHUNK));
        assertThat(program.freeBytes()).isEqualTo(CudaProgram.MEMORY_BYTES - CHUNK);
        ok(cuda.cuMemUnmap(two, CHUNK));
        assertThat(program.freeBytes()).isEqualTo(CudaProgram.MEMORY_BYTES);
    }

    @Test
    void aWishForAFreeAddressIsGranted() {
        long first = reserve(32 * CHUNK, 0);
        long wish = first + (64L << 30);
        assertThat(reserve(32 * CHUNK, wish)).isEqualTo(wish);
        assertThat(reserve(32 * CHUNK, wish)).isNotEqualTo(wish);
    }

    @Test
    void wrongSizesPlacesAndTooMuchAreRefused() {
        long at = program.room(8);
        assertThat(cuda.cuMemCreate(at, CHUNK + 1, properties, 0)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(cuda.cuMemCreate(at, CudaProgram.MEMORY_BYTES + CHUNK, properties, 0))
                .isEqualTo(CudaResult.OUT_OF_MEMORY);
        assertThat(cuda.cuMemAddressReserve(at, 100, 0, 0, 0)).isEqualTo(CudaResult.INVALID_VALUE);
        long memory = create(CHUNK);
        assertThat(cuda.cuMemMap(program.alloc(CHUNK), CHUNK, 0, memory, 0)).isEqualTo(CudaResult.INVALID_VALUE);
        long address = reserve(2 * CHUNK, 0);
        ok(cuda.cuMemMap(address, CHUNK, 0, memory, 0));
        assertThat(cuda.cuMemMap(address, CHUNK, 0, memory, 0)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(cuda.cuMemUnmap(address, 2 * CHUNK)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(cuda.cuMemAddressFree(address, 2 * CHUNK)).as("still mapped").isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void aHandleCanBeHadBackFromAnAddress() {
        long memory = create(CHUNK);
        long address = reserve(CHUNK, 0);
        ok(cuda.cuMemMap(address, CHUNK, 0, memory, 0));
        long again = program.longFrom(at -> cuda.cuMemRetainAllocationHandle(at, address + 5));
        assertThat(again).as("the very handle").isEqualTo(memory);
        ok(cuda.cuMemRelease(memory));
        ok(cuda.cuMemUnmap(address, CHUNK));
        assertThat(program.freeBytes()).isEqualTo(CudaProgram.MEMORY_BYTES - CHUNK);
        ok(cuda.cuMemRelease(again));
        assertThat(cuda.cuMemRelease(again))
                .as("released as often as it was held")
                .isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(program.freeBytes()).isEqualTo(CudaProgram.MEMORY_BYTES);
        assertThat(cuda.cuMemRetainAllocationHandle(program.room(8), address)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(NativeMemory.getInt(properties)).isEqualTo(1);
    }

    private static final String INCREMENT = """
            .version 7.0
            .target sm_80
            .address_size 64
            .visible .entry k(.param .u64 to, .param .u64 from) {
              .reg .b32 %r<2>; .reg .b64 %rd<3>;
              ld.param.u64 %rd1, [to]; ld.param.u64 %rd2, [from];
              ld.global.u32 %r1, [%rd2];
              add.u32 %r1, %r1, 1;
              WRITE
              ret;
            }
            """;

    private int increment(String write, long to, long from) {
        long module =
                program.longFrom(at -> cuda.cuModuleLoadData(at, program.text(INCREMENT.replace("WRITE", write))));
        long kernel = program.longFrom(at -> cuda.cuModuleGetFunction(at, module, program.text("k")));
        long params = program.room(16);
        long values = program.room(16);
        NativeMemory.putLong(values, to);
        NativeMemory.putLong(values + 8, from);
        NativeMemory.putLong(params, values);
        NativeMemory.putLong(params + 8, values + 8);
        ok(cuda.cuLaunchKernel(kernel, 1, 1, 1, 1, 1, 1, 0, 0, params, 0));
        return cuda.cuCtxSynchronize();
    }

    /** One memory at two addresses, one of which is there to read from. */
    @ParameterizedTest
    @ValueSource(
            strings = {"st.global.u32 [%rd1], %r1;", "red.global.add.u32 [%rd1], %r1;", "st.v2.u32 [%rd1], {%r1, %r1};"
            })
    void whatIsOpenForReadingOnlyIsReadAndNotWritten(String write) {
        long memory = create(CHUNK);
        long open = reserve(CHUNK, 0);
        long shown = reserve(CHUNK, 0);
        ok(cuda.cuMemMap(open, CHUNK, 0, memory, 0));
        ok(cuda.cuMemMap(shown, CHUNK, 0, memory, 0));
        ok(cuda.cuMemSetAccess(open, CHUNK, readWrite, 1));
        ok(cuda.cuMemSetAccess(shown, CHUNK, program.ints(1, 0, 1), 1));
        assertThat(program.longFrom(at -> cuda.cuMemGetAccess(at, readWrite, shown)))
                .isEqualTo(1);
        ok(cuda.cuMemsetD32_v2(open, 41, 1));
        assertThat(cuda.cuMemsetD32_v2(shown, 41, 1)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(cuda.cuMemcpyDtoD_v2(shown, open, 4)).isEqualTo(CudaResult.INVALID_VALUE);
        ok(increment("st.global.u32 [%rd1], %r1;", open, shown));
        assertThat(program.intsAt(shown, 1)).containsExactly(42);
        assertThat(increment(write, shown, shown)).isEqualTo(CudaResult.ILLEGAL_ADDRESS);
    }

    @Test
    void anAccessThatCudaDoesNotKnowIsRefused() {
        long address = reserve(CHUNK, 0);
        ok(cuda.cuMemMap(address, CHUNK, 0, create(CHUNK), 0));
        assertThat(cuda.cuMemSetAccess(address, CHUNK, program.ints(1, 0, 2), 1))
                .isEqualTo(CudaResult.INVALID_VALUE);
    }
}
