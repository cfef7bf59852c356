package io.penstock.gpuserver.software;

import static io.penstock.gpuserver.software.CudaProgram.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A stream is held up by a wait for a word in host memory, which {@link #release} writes: no test sleeps. */
@Timeout(20)
final class StreamCallsTest {
    private final CudaProgram program = CudaProgram.started();
    private final SoftwareCudaDriver cuda = program.cuda;
    private final long gate = program.longFrom(at -> cuda.cuMemHostAlloc(at, 64, 0));
    private final long device = program.alloc(64);

    @AfterEach
    void end() {
        release();
        ok(cuda.cuCtxSynchronize());
        program.close();
    }

    private long stream(int flags) {
        return program.longFrom(at -> cuda.cuStreamCreate(at, flags));
    }

    private long event(int flags) {
        return program.longFrom(at -> cuda.cuEventCreate(at, flags));
    }

    private void hold(long stream) {
        ok(cuda.cuStreamWaitValue32_v2(stream, gate, 1, 0));
    }

    private void release() {
        ok(cuda.cuStreamWriteValue32_v2(releaser, gate, 1, 0));
    }

    private final long releaser = program.longFrom(at -> cuda.cuStreamCreate(at, Stream.NON_BLOCKING));

    @Test
    void aStreamRunsInOrderAndIsNotReadyUntilItsLast() {
        long stream = stream(0);
        hold(stream);
        ok(cuda.cuMemsetD32Async(device, 7, 4, stream));
        ok(cuda.cuMemsetD32Async(device + 4, 8, 1, stream));
        assertThat(cuda.cuStreamQuery(stream)).isEqualTo(CudaResult.NOT_READY);
        release();
        ok(cuda.cuStreamSynchronize(stream));
        ok(cuda.cuStreamQuery(stream));
        assertThat(program.intsAt(device, 3)).containsExactly(7, 8, 7);
    }

    @Test
    void theLegacyStreamWaitsForBlockingStreamsAndTheyForIt() {
        long blocking = stream(0);
        hold(blocking);
        ok(cuda.cuMemsetD32Async(device, 1, 1, 0));
        assertThat(cuda.cuStreamQuery(0)).isEqualTo(CudaResult.NOT_READY);
        long other = stream(0);
        ok(cuda.cuMemsetD32Async(device, 2, 1, other));
        assertThat(cuda.cuStreamQuery(other)).isEqualTo(CudaResult.NOT_READY);
        release();
        ok(cuda.cuStreamSynchronize(other));
        assertThat(program.intsAt(device, 1)).containsExactly(2);
    }

    @Test
    void aNonBlockingStreamWaitsForNobody() {
        long blocking = stream(0);
        hold(blocking);
        ok(cuda.cuMemsetD32Async(device, 1, 1, 0));
        long free = stream(Stream.NON_BLOCKING);
        ok(cuda.cuMemsetD32Async(device + 4, 9, 1, free));
        ok(cuda.cuStreamSynchronize(free));
        assertThat(cuda.cuStreamQuery(blocking)).isEqualTo(CudaResult.NOT_READY);
    }

    @Test
    void synchronousCopiesDoNotWaitForNonBlockingStreams() {
        long free = stream(Stream.NON_BLOCKING);
        hold(free);
        assertThat(program.intsAt(device, 1)).containsExactly(0);
        assertThat(cuda.cuStreamQuery(free)).isEqualTo(CudaResult.NOT_READY);
    }

    @Test
    void aWaitForAnEventOrdersStreams() {
        long first = stream(Stream.NON_BLOCKING);
        long second = stream(Stream.NON_BLOCKING);
        long event = event(Event.DISABLE_TIMING);
        hold(first);
        ok(cuda.cuMemsetD32Async(device, 5, 1, first));
        ok(cuda.cuEventRecord(event, first));
        ok(cuda.cuStreamWaitEvent(second, event, 0));
        long pinned = program.longFrom(at -> cuda.cuMemHostAlloc(at, 4, 0));
        ok(cuda.cuMemcpyDtoHAsync_v2(pinned, device, 4, second));
        assertThat(cuda.cuStreamQuery(second)).isEqualTo(CudaResult.NOT_READY);
        release();
        ok(cuda.cuStreamSynchronize(second));
        assertThat(NativeMemory.getInt(pinned)).isEqualTo(5);
    }

    @Test
    void pageableMemoryIsReadBeforeAnAsynchronousUploadReturns() {
        long stream = stream(0);
        hold(stream);
        long host = program.ints(11, 12);
        ok(cuda.cuMemcpyHtoDAsync_v2(device, host, 8, stream));
        NativeMemory.putLong(host, -1);
        release();
        ok(cuda.cuStreamSynchronize(stream));
        assertThat(program.intsAt(device, 2)).containsExactly(11, 12);
    }

    @Test
    void pinnedMemoryIsReadWhenTheStreamGetsThere() {
        long stream = stream(0);
        long pinned = program.longFrom(at -> cuda.cuMemHostAlloc(at, 8, 0));
        hold(stream);
        ok(cuda.cuMemcpyHtoDAsync_v2(device, pinned, 8, stream));
        NativeMemory.putInt(pinned, 42);
        release();
        ok(cuda.cuStreamSynchronize(stream));
        assertThat(program.intsAt(device, 1)).containsExactly(42);
    }

    @Test
    void aDownloadToPageableMemoryReturnsWithTheBytes() {
        long stream = stream(0);
        ok(cuda.cuMemsetD32Async(device, 3, 1, stream));
        hold(stream);
        long host = program.room(4);
        Thread.ofPlatform().start(this::releaseOnItsOwnThread);
        ok(cuda.cuMemcpyDtoHAsync_v2(host, device, 4, stream));
        assertThat(NativeMemory.getInt(host)).isEqualTo(3);
    }

    private void releaseOnItsOwnThread() {
        NativeMemory.putInt(gate, 1);
    }

    @Test
    void aLargePageableUploadWaitsForItsTurn() {
        long stream = stream(0);
        long large = program.alloc(8 << 20);
        long host = program.room(8 << 20);
        NativeMemory.putInt(host, 5);
        hold(stream);
        Thread.ofPlatform().start(this::releaseOnItsOwnThread);
        ok(cuda.cuMemcpyHtoDAsync_v2(large, host, 8 << 20, stream));
        ok(cuda.cuStreamQuery(stream));
        assertThat(program.intsAt(large, 1)).containsExactly(5);
    }

    @Test
    void freeingMemoryWaitsForTheStreamsThatMayUseIt() {
        long stream = stream(0);
        hold(stream);
        long block = program.alloc(4096);
        ok(cuda.cuMemsetD8Async(block, 1, 4096, stream));
        CompletableFuture<Integer> freed = CompletableFuture.supplyAsync(() -> {
            ok(cuda.cuDevicePrimaryCtxRetain(program.room(8), 0));
            ok(cuda.cuCtxSetCurrent(program.longFrom(at -> cuda.cuDevicePrimaryCtxRetain(at, 0))));
            return cuda.cuMemFree_v2(block);
        });
        assertThat(freed).isNotDone();
        release();
        ok(freed.join());
    }

    @Test
    void anEventIsReadyBeforeItIsRecordedAndNotWhileItsStreamIsHeld() {
        long event = event(0);
        ok(cuda.cuEventQuery(event));
        ok(cuda.cuEventSynchronize(event));
        long stream = stream(0);
        hold(stream);
        ok(cuda.cuEventRecord(event, stream));
        assertThat(cuda.cuEventQuery(event)).isEqualTo(CudaResult.NOT_READY);
        long later = event(0);
        ok(cuda.cuEventRecord(later, stream));
        assertThat(cuda.cuEventElapsedTime_v2(program.room(4), event, later)).isEqualTo(CudaResult.NOT_READY);
        release();
        ok(cuda.cuEventSynchronize(later));
        long elapsed = program.room(4);
        ok(cuda.cuEventElapsedTime_v2(elapsed, event, later));
        assertThat(NativeMemory.getFloat(elapsed)).isBetween(0f, 10_000f);
    }

    @Test
    void timeIsOnlyToldOfRecordedEventsThatMeasureIt() {
        long recorded = event(0);
        ok(cuda.cuEventRecord(recorded, 0));
        long at = program.room(4);
        assertThat(cuda.cuEventElapsedTime_v2(at, recorded, event(0))).isEqualTo(CudaResult.INVALID_HANDLE);
        long untimed = event(Event.DISABLE_TIMING);
        ok(cuda.cuEventRecord(untimed, 0));
        assertThat(cuda.cuEventElapsedTime_v2(at, recorded, untimed)).isEqualTo(CudaResult.INVALID_HANDLE);
        assertThat(cuda.cuEventCreate(at, 8)).isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void aPendingEventAndABusyStreamCanBeDestroyed() {
        long stream = stream(0);
        long event = event(0);
        hold(stream);
        ok(cuda.cuMemsetD32Async(device, 6, 1, stream));
        ok(cuda.cuEventRecord(event, stream));
        ok(cuda.cuEventDestroy_v2(event));
        ok(cuda.cuStreamDestroy_v2(stream));
        assertThat(cuda.cuStreamQuery(stream)).isEqualTo(CudaResult.INVALID_HANDLE);
        assertThat(cuda.cuEventQuery(event)).isEqualTo(CudaResult.INVALID_HANDLE);
        release();
        ok(cuda.cuCtxSynchronize());
        assertThat(program.intsAt(device, 1)).containsExactly(6);
    }

    @Test
    void streamsTellWhatTheyAre() {
        long stream = program.longFrom(at -> cuda.cuStreamCreateWithPriority(at, Stream.NON_BLOCKING, -3));
        assertThat(program.intFrom(at -> cuda.cuStreamGetPriority(stream, at))).isEqualTo(-3);
        assertThat(program.intFrom(at -> cuda.cuStreamGetFlags(stream, at))).isEqualTo(Stream.NON_BLOCKING);
        long legacy = program.longFrom(at -> cuda.cuStreamGetId(0, at));
        assertThat(legacy).isEqualTo(7);
        assertThat(program.longFrom(at -> cuda.cuStreamGetId(1, at))).isEqualTo(legacy);
        long perThread = program.longFrom(at -> cuda.cuStreamGetId(2, at));
        assertThat(perThread).isNotEqualTo(legacy);
        assertThat(program.longFrom(at -> cuda.cuStreamGetId(2, at))).isEqualTo(perThread);
        assertThat(program.longFrom(at -> cuda.cuStreamGetId(stream, at))).isNotIn(legacy, perThread);
        assertThat(cuda.cuStreamCreate(program.room(8), 2)).isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void memoryInStreamOrderIsFreedWhenTheStreamGetsThere() {
        long stream = stream(0);
        long block = program.longFrom(at -> cuda.cuMemAllocAsync(at, 1 << 20, stream));
        hold(stream);
        ok(cuda.cuMemFreeAsync(block, stream));
        assertThat(program.freeBytes()).isEqualTo(CudaProgram.MEMORY_BYTES - (1 << 20) - 512);
        release();
        ok(cuda.cuStreamSynchronize(stream));
        assertThat(program.freeBytes()).isEqualTo(CudaProgram.MEMORY_BYTES - 512);
        assertThat(cuda.cuMemFreeAsync(block, stream)).isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void moreWorkThanAQueueHoldsIsDoneAllTheSame() {
        long stream = stream(0);
        hold(stream);
        Thread.ofPlatform().start(this::releaseOnItsOwnThread);
        for (int i = 0; i < 3 * Timeline.QUEUE_MAX; i++) {
            ok(cuda.cuMemsetD32Async(device + 4L * (i % 8), i, 1, stream));
        }
        ok(cuda.cuStreamSynchronize(stream));
        assertThat(program.intsAt(device, 8)[7]).isEqualTo(3 * Timeline.QUEUE_MAX - 1);
    }
}
