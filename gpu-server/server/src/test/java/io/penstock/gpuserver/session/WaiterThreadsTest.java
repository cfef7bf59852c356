package io.penstock.gpuserver.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.protocol.codec.CudaResult;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a wait for work that failed is told, whoever looks: a driver lets no thread enter the context of such work. */
@Timeout(20)
final class WaiterThreadsTest implements CudaDriver {
    private static final long CONTEXT = 0x77;
    private static final long[] EVENT = {0x88};

    private final ExecutorService executor = Executors.newSingleThreadExecutor();
    private volatile int ofTheEvent = CudaResult.NOT_READY;
    private volatile boolean failed;
    private volatile boolean breaks;
    private final AtomicInteger entered = new AtomicInteger();
    private final BlockingQueue<Throwable> broken = new LinkedBlockingQueue<>();

    @AfterEach
    void end() {
        executor.shutdownNow();
    }

    @Override
    public int cuCtxSetCurrent(long context) {
        entered.incrementAndGet();
        return failed ? CudaResult.INVALID_CONTEXT : CudaResult.SUCCESS;
    }

    @Override
    public int cuEventQuery(long event) {
        boolean outside = Thread.currentThread().getName().startsWith("waiter");
        return failed && outside ? CudaResult.INVALID_CONTEXT : ofTheEvent;
    }

    @Override
    public int cuEventSynchronize(long event) {
        if (breaks) {
            throw new NoClassDefFoundError("the driver's");
        }
        return ofTheEvent;
    }

    @Test
    void aLaneWhoseThreadComesTooLateForTheContextTellsWhyTheWorkFailed() throws Exception {
        failed = true;
        CompletableFuture<Integer> told = new CompletableFuture<>();
        new WaiterThreads(this, 0, () -> {}, executor, broken::add).after(1, CONTEXT, EVENT, told::complete);
        assertThat(told).isNotDone();
        ofTheEvent = CudaResult.ASSERT; // known a moment after the context is closed to others
        assertThat(told.get(10, TimeUnit.SECONDS)).isEqualTo(CudaResult.ASSERT);
        assertThat(entered).hasValue(1);
    }

    @Test
    void aContextThatIsGoneIsSaidToBeGone() throws Exception {
        failed = true;
        ofTheEvent = CudaResult.SUCCESS;
        CompletableFuture<Integer> told = new CompletableFuture<>();
        new WaiterThreads(this, 0, () -> {}, executor, broken::add).after(1, CONTEXT, EVENT, told::complete);
        assertThat(told.get(10, TimeUnit.SECONDS)).isEqualTo(CudaResult.INVALID_CONTEXT);
    }

    @Test
    void theExecutorThatLooksItselfTellsTheFailureAtOnce() {
        WaiterThreads waits = new WaiterThreads(this, TimeUnit.SECONDS.toNanos(1), () -> {}, executor, broken::add);
        CompletableFuture<Integer> told = new CompletableFuture<>();
        waits.soon(1, CONTEXT, EVENT, () -> true, told::complete);
        assertThat(told).isNotDone();
        ofTheEvent = CudaResult.ILLEGAL_ADDRESS;
        waits.settle(() -> true);
        assertThat(told).isCompletedWithValue(CudaResult.ILLEGAL_ADDRESS);
        assertThat(entered).hasValue(0);
    }

    /** Nobody answers the call that a broken task belongs to: the session must not go on as if somebody would. */
    @Test
    void aTaskThatBreaksIsHeardOfAndItsLaneGoesOn() throws Exception {
        WaiterThreads waits = new WaiterThreads(this, 0, () -> {}, executor, broken::add);
        CompletableFuture<Integer> told = new CompletableFuture<>();
        waits.after(1, 0, new long[0], none -> {
            throw new StackOverflowError("a deep module");
        });
        waits.after(1, 0, new long[0], none -> {
            throw new IllegalStateException("a bug");
        });
        waits.after(1, 0, new long[0], told::complete);
        assertThat(told.get(10, TimeUnit.SECONDS)).isEqualTo(CudaResult.SUCCESS);
        assertThat(broken).extracting(Throwable::getMessage).containsExactly("a deep module", "a bug");
    }

    @Test
    void aDriverThatBreaksWhileALaneWaitsInItIsHeardOf() throws Exception {
        breaks = true;
        CompletableFuture<Integer> told = new CompletableFuture<>();
        new WaiterThreads(this, 0, () -> {}, executor, broken::add).after(1, CONTEXT, EVENT, told::complete);
        assertThat(broken.poll(10, TimeUnit.SECONDS)).isInstanceOf(NoClassDefFoundError.class);
        assertThat(told).isNotDone();
    }

    @Test
    void aTaskThatBreaksWhileTheExecutorLooksIsHeardOf() {
        ofTheEvent = CudaResult.SUCCESS;
        WaiterThreads waits = new WaiterThreads(this, TimeUnit.SECONDS.toNanos(1), () -> {}, executor, broken::add);
        waits.soon(1, CONTEXT, EVENT, () -> true, none -> {
            throw new IllegalStateException("a bug");
        });
        assertThatThrownBy(() -> waits.settle(() -> true)).hasMessage("a bug");
    }
}
