package io.penstock.gpuserver.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.software.SoftwareConfig;
import io.penstock.gpuserver.software.SoftwareCudaDriver;
import io.penstock.protocol.codec.FrameType;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.codec.Writer;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A driver calls the program by its graphs: each launch waits until the client says that it has run the function. */
@Timeout(30)
final class GraphCallbacksTest implements QuietReplies {
    private static final long ID = Long.MIN_VALUE | 5;

    private final Arena arena = Arena.ofShared();
    private final BlockingQueue<Long> asked = new LinkedBlockingQueue<>();
    private final SoftwareCudaDriver driver =
            new SoftwareCudaDriver(SoftwareConfig.of(1, 64L << 20, "test", OutputStream.nullOutputStream()));
    private final GraphCallbacks callbacks = new GraphCallbacks(this);

    @Override
    public void finish(Pending call, int result, Consumer<Writer> outs) {
        throw new AssertionError("no call is under way");
    }

    @Override
    public void send(int type, int thread, Consumer<Writer> body) {
        assertThat(type).isEqualTo(FrameType.CALLBACK);
        MemorySegment frame = arena.allocate(64, 8);
        Writer writer = new Writer(frame);
        body.accept(writer);
        asked.add(new Reader(frame.asSlice(0, writer.finish())).readU64());
    }

    private long room() {
        return arena.allocate(16, 16).address();
    }

    private long stream() {
        long out = room();
        assertThat(driver.cuStreamCreate(out, 1)).isZero();
        return NativeMemory.getLong(out);
    }

    /** An executable graph that calls the function of this id. */
    private long graph(long id) {
        long out = room();
        assertThat(driver.cuGraphCreate(out, 0)).isZero();
        long graph = NativeMemory.getLong(out);
        long params = room();
        NativeMemory.putLong(params, callbacks.function());
        NativeMemory.putLong(params + 8, id);
        assertThat(driver.cuGraphAddHostNode(out, graph, 0, 0, params)).isZero();
        assertThat(driver.cuGraphInstantiateWithFlags(out, graph, 0)).isZero();
        return NativeMemory.getLong(out);
    }

    @Test
    void aLaunchWaitsForTheClientAndOneFunctionRunsOnceAtATime() throws InterruptedException {
        long out = room();
        assertThat(driver.cuInit(0)).isZero();
        assertThat(driver.cuDevicePrimaryCtxRetain(out, 0)).isZero();
        assertThat(driver.cuCtxSetCurrent(NativeMemory.getLong(out))).isZero();
        long one = stream();
        long two = stream();
        long first = graph(ID);
        long second = graph(ID);
        for (int launch = 0; launch < 2; launch++) {
            assertThat(driver.cuGraphLaunch(first, one)).isZero();
            assertThat(driver.cuGraphLaunch(second, two)).isZero();
            for (int run = 0; run < 2; run++) {
                assertThat(asked.poll(20, TimeUnit.SECONDS)).isEqualTo(ID);
                assertThat(asked.poll(50, TimeUnit.MILLISECONDS))
                        .as("while one runs")
                        .isNull();
                callbacks.done(ID);
            }
            assertThat(driver.cuStreamSynchronize(one)).isZero();
            assertThat(driver.cuStreamSynchronize(two)).isZero();
        }
        callbacks.done(ID); // nobody waits: nothing happens
        driver.close();
        arena.close();
    }
}
