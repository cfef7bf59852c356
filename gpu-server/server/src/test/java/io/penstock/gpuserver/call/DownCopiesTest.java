package io.penstock.gpuserver.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.software.SoftwareConfig;
import io.penstock.gpuserver.software.SoftwareCudaDriver;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.Writer;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which copies an answer waits for: those before it, and never one that has its turn behind it. */
@Timeout(20)
final class DownCopiesTest implements QuietWaits, QuietReplies {
    private static final long BYTES = 16;

    private final Arena arena = Arena.ofShared();
    private final SoftwareCudaDriver driver =
            new SoftwareCudaDriver(SoftwareConfig.of(1, 64L << 20, "test", OutputStream.nullOutputStream()));
    private final DownCopies downs = new DownCopies(driver, new EventPool(driver), this, this);
    /** What waits for its turn in the one lane there is. */
    private final ArrayDeque<IntConsumer> lane = new ArrayDeque<>();

    private final List<Long> finished = new CopyOnWriteArrayList<>();
    private long context;

    @BeforeEach
    void start() {
        long out = arena.allocate(8, 8).address();
        assertThat(driver.cuInit(0)).isZero();
        assertThat(driver.cuDevicePrimaryCtxRetain(out, 0)).isZero();
        context = NativeMemory.getLong(out);
        assertThat(driver.cuCtxSetCurrent(context)).isZero();
    }

    @AfterEach
    void end() {
        driver.close();
        arena.close();
    }

    private void copy(long sequence) {
        Pending call = new Pending(sequence, 1, 1, false, Pending.Caller.NONE);
        int result = downs.copy(call, context, 0, 1, BYTES, staging -> CudaResult.SUCCESS);
        assertThat(result).isEqualTo(CallDispatcher.DEFERRED);
        assertThat(driver.cuCtxSynchronize()).isZero();
    }

    @Test
    void anAnswerDoesNotWaitForACopyThatHasItsTurnBehindIt() {
        DownCopies.Proof answer = downs.proof();
        copy(1);
        answer.await();
        assertThat(finished).isEmpty();
        assertThat(lane).hasSize(1);
    }

    @Test
    void anAnswerWaitsForACopyBeforeIt() throws Exception {
        copy(1);
        DownCopies.Proof answer = downs.proof();
        CompletableFuture<Integer> told = CompletableFuture.supplyAsync(() -> {
            answer.await();
            return finished.size();
        });
        lane.remove().accept(CudaResult.SUCCESS);
        assertThat(told.get(10, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(downs.any()).isFalse();
    }

    @Override
    public void after(long to, long owner, long[] events, IntConsumer task) {
        lane.add(task);
    }

    @Override
    public void soon(long to, long owner, long[] events, BooleanSupplier may, IntConsumer task) {
        lane.add(task);
    }

    @Override
    public boolean isIdle(long of) {
        return lane.isEmpty();
    }

    @Override
    public void finish(Pending call, int result, Consumer<Writer> outs) {
        assertThat(result).isZero();
        finished.add(call.sequence());
    }
}
