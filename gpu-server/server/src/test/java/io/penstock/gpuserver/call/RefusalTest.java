package io.penstock.gpuserver.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.Writer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;

/** A driver whose kernel has failed an assertion: what the worker needs for itself it refuses with another word. */
final class RefusalTest implements CudaDriver, QuietWaits, QuietReplies {
    private static final long STREAM = 0x99;

    private boolean eventsToo;
    private int ofTheStream = CudaResult.ASSERT;

    @Override
    public int cuEventCreate(long event, int flags) {
        NativeMemory.putLong(event, 0x55);
        return eventsToo ? CudaResult.INVALID_CONTEXT : CudaResult.SUCCESS;
    }

    @Override
    public int cuEventRecord(long event, long stream) {
        return CudaResult.INVALID_CONTEXT;
    }

    @Override
    public int cuMemHostAlloc(long pointer, long bytes, int flags) {
        return CudaResult.INVALID_CONTEXT;
    }

    @Override
    public int cuStreamQuery(long stream) {
        return stream == STREAM ? ofTheStream : CudaResult.INVALID_HANDLE;
    }

    @Override
    public void after(long lane, long context, long[] events, IntConsumer task) {
        throw new AssertionError("nothing could be issued, so nothing is waited for");
    }

    @Override
    public void finish(Pending call, int result, Consumer<Writer> outs) {
        throw new AssertionError("the caller answers");
    }

    private int copyDown() {
        DownCopies downs = new DownCopies(this, new EventPool(this), this, this);
        return downs.copy(
                new Pending(1, 1, 1, false, Pending.Caller.NONE), 1, STREAM, 1, 4, staging -> CudaResult.SUCCESS);
    }

    private int synchronizeStream() {
        Fence fence = new Fence(this, new StreamTable(), new EventPool(this), this);
        return fence.after(STREAM, 1, new long[] {STREAM}, new CompletableFuture<Integer>()::complete);
    }

    @Test
    void aCopyThatFindsNoPinnedMemoryAnyMoreTellsHowTheKernelFailed() {
        assertThat(copyDown()).isEqualTo(CudaResult.ASSERT);
    }

    @Test
    void aCopyThatFindsNoEventAnyMoreTellsHowTheKernelFailed() {
        eventsToo = true;
        assertThat(copyDown()).isEqualTo(CudaResult.ASSERT);
    }

    @Test
    void aWaitThatCannotMarkItsMomentTellsHowTheKernelFailed() {
        assertThat(synchronizeStream()).isEqualTo(CudaResult.ASSERT);
        eventsToo = true;
        assertThat(synchronizeStream()).isEqualTo(CudaResult.ASSERT);
    }

    @Test
    void aRefusalWithoutSuchAReasonStaysWhatItIs() {
        ofTheStream = CudaResult.NOT_READY;
        assertThat(copyDown()).isEqualTo(CudaResult.INVALID_CONTEXT);
        assertThat(synchronizeStream()).isEqualTo(CudaResult.INVALID_CONTEXT);
    }
}
