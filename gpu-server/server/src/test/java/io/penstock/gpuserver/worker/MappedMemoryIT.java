package io.penstock.gpuserver.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CallNumbers;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.FrameType;
import io.penstock.protocol.codec.Reader;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Mapped memory in a session over loopback: what comes before what. */
@Timeout(60)
final class MappedMemoryIT {
    private static final long AT = 0x3100_0000_0000L;
    private static final int CONTEXT = 1;
    private static final long STREAM_WIRE = 1L << 32 | 20;
    private static final long STREAM = 0x1001;

    @TempDir
    private Path folder;

    private final FakeCudaDriver driver = new FakeCudaDriver();
    private OneSession session;
    private FrameClient frames;

    @BeforeEach
    void open() throws Exception {
        session = new OneSession(folder, driver, 1L << 20);
        frames = session.frames();
        FrameClient.Reply context = frames.call(
                CallNumbers.cuDevicePrimaryCtxRetain,
                1,
                0,
                body -> body.putHandle(1L << 32 | CONTEXT).putI32(0));
        assertThat(context.result()).isZero();
        frames.post(
                CallNumbers.cuStreamCreate,
                1,
                CONTEXT,
                body -> body.putHandle(STREAM_WIRE).putU32(0));
    }

    @AfterEach
    void close() throws Exception {
        session.close();
    }

    private int map(long bytes) throws Exception {
        return map(AT, bytes);
    }

    private int map(long address, long bytes) throws Exception {
        return frames.call(
                        CallNumbers.cuMemHostRegister_v2,
                        1,
                        CONTEXT,
                        body -> body.putU64(address).putU64(bytes))
                .result();
    }

    private FrameClient.Reply synchronizeStream() throws Exception {
        return frames.call(CallNumbers.cuStreamSynchronize, 1, CONTEXT, body -> body.putHandle(STREAM_WIRE));
    }

    @Test
    void whatTheClientChangedIsThereBeforeItsNextCallAndWhatTheGpuChangedBeforeTheAnswer() throws Exception {
        assertThat(map(64)).isZero();
        frames.control(
                FrameType.MAPPED, body -> body.putU64(AT).putU64(8).putU64(77).putU64(0xff));
        assertThat(synchronizeStream().result()).isZero();
        assertThat(NativeMemory.getLong(AT)).isEqualTo(77);
        driver.stop(STREAM);
        CompletableFuture<FrameClient.Reply> waits =
                frames.start(CallNumbers.cuStreamSynchronize, 1, CONTEXT, body -> body.putHandle(STREAM_WIRE));
        NativeMemory.putLong(AT + 16, 99);
        driver.go(STREAM);
        FrameClient.Came came = frames.next();
        assertThat(came.type()).isEqualTo(FrameType.MAPPED);
        Reader change = came.reader();
        assertThat(change.readU64()).isEqualTo(AT + 16);
        assertThat(change.readU64()).isEqualTo(1);
        assertThat(change.readU64()).isEqualTo(99);
        assertThat(waits.get(5, TimeUnit.SECONDS).result()).isZero();
        frames.post(CallNumbers.cuMemHostUnregister, 1, CONTEXT, body -> body.putU64(AT));
        assertThat(map(64)).as("mapped again at once, behind what is under way").isZero();
        assertThat(driver.calls()).containsSubsequence("cuMemHostUnregister", "cuMemHostRegister_v2 4096");
        frames.post(CallNumbers.cuMemHostUnregister, 1, CONTEXT, body -> body.putU64(AT));
        assertThat(synchronizeStream().result()).isZero();
    }

    @Test
    void aBlockThatEndsBehindWorkUnderWayStallsNobody() throws Exception {
        assertThat(map(64)).isZero();
        driver.stop(STREAM);
        frames.post(
                CallNumbers.cuMemsetD32Async,
                1,
                CONTEXT,
                body -> body.putU64(AT).putU32(0).putU64(1).putHandle(STREAM_WIRE));
        frames.post(CallNumbers.cuMemHostUnregister, 1, CONTEXT, body -> body.putU64(AT));
        assertThat(map(AT + 4096, 64)).isZero();
        assertThat(driver.calls()).doesNotContain("cuMemHostUnregister");
        driver.go(STREAM);
        assertThat(map(64)).isZero();
        for (long address : new long[] {AT, AT + 4096}) {
            frames.post(CallNumbers.cuMemHostUnregister, 1, CONTEXT, body -> body.putU64(address));
        }
        assertThat(synchronizeStream().result()).isZero();
    }

    @Test
    void memoryThatTheGpuWouldSeeElsewhereIsNotUsed() throws Exception {
        driver.moveDevicePointers(4096);
        assertThat(map(64)).isEqualTo(CudaResult.NOT_SUPPORTED);
        assertThat(driver.calls()).endsWith("cuMemHostRegister_v2 4096", "cuMemHostUnregister");
        driver.moveDevicePointers(0);
        assertThat(map(64)).isZero();
        frames.post(CallNumbers.cuMemHostUnregister, 1, CONTEXT, body -> body.putU64(AT));
        assertThat(synchronizeStream().result()).isZero();
    }

    @Test
    void bytesForMemoryThatIsNotMappedEndTheSession() throws Exception {
        frames.control(
                FrameType.MAPPED, body -> body.putU64(AT).putU64(8).putU64(77).putU64(0xff));
        assertThat(frames.reason()).contains("the client changed 8 bytes at 0x310000000000, which is no mapped memory");
    }
}
