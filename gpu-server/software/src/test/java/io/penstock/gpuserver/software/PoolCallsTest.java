package io.penstock.gpuserver.software;

import static io.penstock.gpuserver.software.CudaProgram.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Memory in stream order. */
@Timeout(60)
final class PoolCallsTest {
    private static final long MEBIBYTE = 1L << 20;

    private final CudaProgram program = CudaProgram.started();
    private final SoftwareCudaDriver cuda = program.cuda;
    private final long stream = program.longFrom(at -> cuda.cuStreamCreate(at, 0));

    @AfterEach
    void end() {
        program.close();
    }

    /** CUmemPoolProps: pinned memory of device 0, not exported, at most so much of it. */
    private long pool(long maxBytes) {
        long properties = program.room(88);
        NativeMemory.putInt(properties, 1);
        NativeMemory.putInt(properties + 8, 1);
        NativeMemory.putLong(properties + 24, maxBytes);
        return program.longFrom(at -> cuda.cuMemPoolCreate(at, properties));
    }

    private long attribute(long pool, int attribute) {
        return program.longFrom(at -> cuda.cuMemPoolGetAttribute(pool, attribute, at));
    }

    private long allocate(long bytes, long pool) {
        return program.longFrom(at -> cuda.cuMemAllocFromPoolAsync(at, bytes, pool, stream));
    }

    @Test
    void aPoolGivesNoMoreThanItsMaximumAtTheSameTime() {
        long pool = pool(4 * MEBIBYTE);
        long address = program.room(8);
        long first = allocate(3 * MEBIBYTE, pool);
        assertThat(cuda.cuMemAllocFromPoolAsync(address, 2 * MEBIBYTE, pool, stream))
                .isEqualTo(CudaResult.OUT_OF_MEMORY);
        ok(cuda.cuMemFreeAsync(first, stream));
        long second = allocate(4 * MEBIBYTE, pool);
        ok(cuda.cuMemFreeAsync(second, stream));
        ok(cuda.cuMemAllocAsync(address, 5 * MEBIBYTE, stream));
        ok(cuda.cuStreamSynchronize(stream));
    }

    /** What CUDA calls a system dependent value is here the device's memory. */
    @Test
    void aPoolWithoutAMaximumHasTheDevicesMemory() {
        long pool = pool(0);
        long address = program.room(8);
        assertThat(cuda.cuMemAllocFromPoolAsync(address, CudaProgram.MEMORY_BYTES + 1, pool, stream))
                .isEqualTo(CudaResult.OUT_OF_MEMORY);
        long whole = allocate(CudaProgram.MEMORY_BYTES / 2, pool);
        assertThat(program.freeBytes()).isEqualTo(CudaProgram.MEMORY_BYTES / 2);
        ok(cuda.cuMemFreeAsync(whole, stream));
        ok(cuda.cuStreamSynchronize(stream));
        assertThat(program.freeBytes()).isEqualTo(CudaProgram.MEMORY_BYTES);
    }

    @Test
    void aPoolCountsWhatIsUsedNowAndWasAtMost() {
        long pool = pool(0);
        long one = allocate(MEBIBYTE, pool);
        long two = allocate(2 * MEBIBYTE, pool);
        ok(cuda.cuMemFreeAsync(two, stream));
        ok(cuda.cuStreamSynchronize(stream));
        assertThat(attribute(pool, MemoryPool.USED_CURRENT)).isEqualTo(MEBIBYTE);
        assertThat(attribute(pool, MemoryPool.USED_HIGH)).isEqualTo(3 * MEBIBYTE);
        ok(cuda.cuMemPoolSetAttribute(pool, MemoryPool.USED_HIGH, program.room(8)));
        assertThat(attribute(pool, MemoryPool.USED_HIGH)).isEqualTo(MEBIBYTE);
        ok(cuda.cuMemFreeAsync(one, stream));
        ok(cuda.cuMemPoolDestroy(pool));
        assertThat(cuda.cuMemPoolDestroy(pool)).isEqualTo(CudaResult.INVALID_VALUE);
    }

    /** Memory that is freed in a stream may be used by what stands before in it. */
    @Test
    void memoryIsFreedWhenItsStreamComesThere() {
        long gate = program.longFrom(at -> cuda.cuMemHostAlloc(at, 4, 0));
        long memory = program.longFrom(at -> cuda.cuMemAllocAsync(at, MEBIBYTE, stream));
        ok(cuda.cuStreamWaitValue32_v2(stream, gate, 1, 0));
        ok(cuda.cuMemsetD32Async(memory, 7, 1, stream));
        ok(cuda.cuMemFreeAsync(memory, stream));
        assertThat(program.freeBytes()).isLessThan(CudaProgram.MEMORY_BYTES);
        NativeMemory.putInt(gate, 1);
        ok(cuda.cuStreamSynchronize(stream));
        assertThat(program.freeBytes()).isEqualTo(CudaProgram.MEMORY_BYTES);
        assertThat(cuda.cuMemFreeAsync(memory, stream)).isEqualTo(CudaResult.INVALID_VALUE);
    }
}
