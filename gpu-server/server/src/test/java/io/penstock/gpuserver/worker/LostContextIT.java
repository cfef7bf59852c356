package io.penstock.gpuserver.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.software.SoftwareConfig;
import io.penstock.gpuserver.software.SoftwareCudaDriver;
import io.penstock.protocol.codec.CallNumbers;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.FrameType;
import io.penstock.protocol.codec.Reader;
import java.io.OutputStream;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A session with a software GPU and two contexts, in one of which a kernel goes wrong. */
@Timeout(60)
final class LostContextIT {
    private static final int HEALTHY = 1;
    private static final int DOOMED = 2;
    private static final long MODULE = 1L << 32 | 30;
    private static final long FUNCTION = 1L << 32 | 31;
    private static final long STREAM = 1L << 32 | 32;
    private static final String KERNELS = """
            .version 7.0
            .target sm_80
            .address_size 64
            .visible .entry wild() {
              .reg .b64 %rd<2>;
              mov.u64 %rd1, 64;
              st.global.u32 [%rd1], 0;
              ret;
            }
            .visible .entry endless() {
            L:
              bra L;
            }
            """;

    @TempDir
    private Path folder;

    private final SoftwareCudaDriver driver =
            new SoftwareCudaDriver(SoftwareConfig.of(1, 64L << 20, "test", OutputStream.nullOutputStream()));
    private OneSession session;
    private FrameClient frames;

    @BeforeEach
    void open() throws Exception {
        session = new OneSession(folder, driver, 1L << 24);
        frames = session.frames();
        for (int context : new int[] {HEALTHY, DOOMED}) {
            FrameClient.Reply made = frames.call(
                    CallNumbers.cuCtxCreate_v2,
                    1,
                    0,
                    body -> body.putHandle(1L << 32 | context).putU32(0).putI32(0));
            assertThat(made.result()).isZero();
        }
        frames.post(
                CallNumbers.cuStreamCreate,
                1,
                DOOMED,
                body -> body.putHandle(STREAM).putU32(0));
    }

    @AfterEach
    void close() throws Exception {
        session.close();
        driver.close();
    }

    /** Launches a kernel in the doomed context, on the stream. */
    private void doom(String kernel) throws Exception {
        assertThat(frames.loadText(DOOMED, MODULE, KERNELS)).isZero();
        FrameClient.Reply resolved = frames.call(
                CallNumbers.cuModuleGetFunction,
                1,
                DOOMED,
                body -> body.putHandle(FUNCTION).putHandle(MODULE).putString(kernel));
        assertThat(resolved.result()).isZero();
        frames.post(CallNumbers.cuLaunchKernel, 1, DOOMED, body -> {
            body.putHandle(FUNCTION).putU32(0).putU32(0);
            body.putU32(1).putU32(1).putU32(1).putU32(1).putU32(1).putU32(1);
            body.putU32(0).putU32(0).putHandle(STREAM).putU64(0);
        });
    }

    private int alloc(int context) throws Exception {
        return frames.call(CallNumbers.cuMemAlloc_v2, 1, context, body -> body.putU64(64))
                .result();
    }

    private int synchronize(int context) throws Exception {
        return frames.call(CallNumbers.cuCtxSynchronize, 1, context, body -> {}).result();
    }

    @Test
    void anIllegalAddressIsToldOfItsContextAndTheOtherOneGoesOn() throws Exception {
        doom("wild");
        assertThat(synchronize(DOOMED)).isEqualTo(CudaResult.ILLEGAL_ADDRESS);
        FrameClient.Came failed = frames.next();
        assertThat(failed.type()).isEqualTo(FrameType.FAILED);
        assertThat(failed.context()).isEqualTo(DOOMED);
        Reader body = failed.reader();
        body.readU64();
        assertThat(body.readU32()).isEqualTo(CallNumbers.cuCtxSynchronize);
        assertThat(body.readI32()).isEqualTo(CudaResult.ILLEGAL_ADDRESS);
        assertThat(body.readU32()).as("sticky").isEqualTo(1);
        assertThat(alloc(DOOMED)).isEqualTo(CudaResult.ILLEGAL_ADDRESS);
        assertThat(alloc(HEALTHY)).isZero();
        assertThat(synchronize(HEALTHY)).isZero();
    }

    @Test
    void whoWaitsForAStreamOfALostContextHearsOfItAndHasStillHisOwn() throws Exception {
        doom("wild");
        FrameClient.Reply waited =
                frames.call(CallNumbers.cuStreamSynchronize, 1, HEALTHY, body -> body.putHandle(STREAM));
        assertThat(waited.result()).isEqualTo(CudaResult.ILLEGAL_ADDRESS);
        assertThat(alloc(HEALTHY)).isZero();
        assertThat(synchronize(DOOMED)).isEqualTo(CudaResult.ILLEGAL_ADDRESS);
        assertThat(frames.next().context())
                .as("the only frame, and it names the lost context")
                .isEqualTo(DOOMED);
    }

    @Test
    void aLostContextCanBeEnded() throws Exception {
        doom("wild");
        assertThat(synchronize(DOOMED)).isEqualTo(CudaResult.ILLEGAL_ADDRESS);
        FrameClient.Reply ended =
                frames.call(CallNumbers.cuCtxDestroy_v2, 1, HEALTHY, body -> body.putHandle(1L << 32 | DOOMED));
        assertThat(ended.result()).isZero();
        assertThat(alloc(HEALTHY)).isZero();
        assertThat(alloc(DOOMED)).isEqualTo(CudaResult.INVALID_CONTEXT);
    }

    @Test
    void aContextWithAnEndlessKernelCanBeEnded() throws Exception {
        doom("endless");
        FrameClient.Reply ended =
                frames.call(CallNumbers.cuCtxDestroy_v2, 1, HEALTHY, body -> body.putHandle(1L << 32 | DOOMED));
        assertThat(ended.result()).isZero();
        assertThat(alloc(HEALTHY)).isZero();
        assertThat(synchronize(HEALTHY)).isZero();
    }
}
