package io.penstock.gpuserver.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls that run behind all work of their context, by a thread of the worker's own: what of them is told. */
final class LaterTest implements CudaDriver, QuietWaits, QuietReplies {
    @TempDir
    private Path folder;

    private final List<Integer> told = new ArrayList<>();
    private CallContext context;
    private int ofTheWork = CudaResult.SUCCESS;

    @BeforeEach
    void aContextIsCurrent() {
        MemoryLedger ledger = MemoryLedger.create(folder.resolve("ledger"), List.of(1L << 20));
        context = new CallContext(this, ledger, this, this, (id, total, piece) -> CudaResult.SUCCESS, Runnable::run);
        context.handles().bind(HandleKind.CONTEXT, SoftwareSession.CONTEXT, 0x77);
        context.begin(1, 0, 1, 1, false);
    }

    private int answer(int ofTheCall) {
        assertThat(MemoryExecutors.later(context, () -> ofTheCall)).isEqualTo(CallDispatcher.DEFERRED);
        return told.getFirst();
    }

    @Test
    void theCallsOwnResultIsToldBehindWorkThatWentWell() {
        assertThat(answer(CudaResult.INVALID_VALUE)).isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void behindWorkThatFailedTheFailureIsToldAndNotThatTheContextIsClosed() {
        ofTheWork = CudaResult.ASSERT;
        assertThat(answer(CudaResult.INVALID_CONTEXT)).isEqualTo(CudaResult.ASSERT);
    }

    @Override
    public int cuCtxSetCurrent(long wanted) {
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuEventCreate(long event, int flags) {
        return CudaResult.SUCCESS;
    }

    @Override
    public int cuEventRecord(long event, long stream) {
        return CudaResult.SUCCESS;
    }

    @Override
    public void after(long lane, long owner, long[] events, IntConsumer task) {
        task.accept(ofTheWork);
    }

    @Override
    public void finish(Pending call, int result, Consumer<Writer> outs) {
        told.add(result);
    }
}
