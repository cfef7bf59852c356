package io.penstock.gpuserver.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.call.MemoryLedger;
import io.penstock.gpuserver.image.ImageCache;
import io.penstock.gpuserver.image.ImageKeeper;
import io.penstock.gpuserver.image.ImagePlace;
import io.penstock.gpuserver.session.Session;
import io.penstock.gpuserver.software.SoftwareConfig;
import io.penstock.gpuserver.software.SoftwareCudaDriver;
import io.penstock.protocol.codec.CallNumbers;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.FrameType;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.identity.CertificateIssuer;
import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.PeerTrust;
import io.penstock.protocol.identity.TlsOptions;
import io.penstock.protocol.link.LinkClient;
import io.penstock.protocol.link.LinkOptions;
import io.penstock.protocol.link.LinkServer;
import io.penstock.protocol.link.Spin;
import io.vertx.core.Vertx;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
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
    private Vertx vertx;
    private LinkServer listener;
    private LinkClient connector;
    private FrameClient frames;

    @BeforeEach
    void open() throws Exception {
        vertx = Spin.vertx(3, Spin.standard());
        Identity worker = EphemeralIdentity.make();
        Identity client = CertificateIssuer.ephemeral("client", worker.authority(), Instant.now(), Duration.ofHours(1));
        Path ledger = folder.resolve("ledger");
        MemoryLedger.create(ledger, List.of(1L << 24));
        Session session = new Session(
                new Session.Terms("session-1", "server-1", "sesame", Set.of(), 0),
                (environment, output) -> driver,
                MemoryLedger.open(ledger, 1),
                new ImageKeeper(new ImageCache(new ImagePlace(folder.resolve("images"), 1 << 20, 8))));
        listener = FrameClient.await(
                WorkerServer.listen(vertx, worker, Fingerprint.of(client.certificate()), "127.0.0.1", 0, 0, session));
        PeerTrust trust = PeerTrust.fingerprint(Fingerprint.of(worker.certificate()));
        connector = new LinkClient(vertx, TlsOptions.netClient(client, trust), LinkOptions.DEFAULT);
        frames = FrameClient.connect(connector, listener.port());
        assertThat(frames.hello("sesame").type()).isEqualTo(FrameType.WELCOME);
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
        connector.close();
        FrameClient.await(listener.close());
        FrameClient.await(vertx.close());
        driver.close();
    }

    /** Launches a kernel in the doomed context, on the stream. */
    private void doom(String kernel) throws Exception {
        byte[] image = KERNELS.getBytes(StandardCharsets.UTF_8);
        FrameClient.Reply loaded = frames.call(
                CallNumbers.cuModuleLoadData,
                1,
                DOOMED,
                body -> body.putHandle(MODULE)
                        .putBlock(MemorySegment.ofArray(new byte[32]))
                        .putU64(image.length)
                        .putU64(0)
                        .putBlock(MemorySegment.ofArray(image))
                        .putU64(0));
        assertThat(loaded.result()).isZero();
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
