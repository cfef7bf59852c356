package io.penstock.gpuserver.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.call.MemoryLedger;
import io.penstock.gpuserver.image.ImageCache;
import io.penstock.gpuserver.image.ImageKeeper;
import io.penstock.gpuserver.image.ImagePlace;
import io.penstock.gpuserver.session.Session;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.FrameType;
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
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A worker that begins with the driver before its client has come. */
@Timeout(60)
final class AnticipationIT {
    @TempDir
    private Path folder;

    private final Vertx vertx = Spin.vertx(3, Duration.ZERO);
    private final Identity worker = EphemeralIdentity.make();
    private final Identity client =
            CertificateIssuer.ephemeral("client", worker.authority(), Instant.now(), Duration.ofHours(1));
    private final BlockingQueue<List<String>> opened = new LinkedBlockingQueue<>();
    private final FakeCudaDriver driver = new FakeCudaDriver();
    private Session session;
    private FrameClient frames;

    @BeforeEach
    void listen() throws Exception {
        Path file = folder.resolve("ledger");
        MemoryLedger.create(file, List.of(64L << 20));
        session = new Session(
                new Session.Terms("session-1", "server-1", "sesame", Set.of(), 0),
                (environment, output) -> {
                    opened.add(environment);
                    return driver;
                },
                MemoryLedger.open(file, 1),
                new ImageKeeper(new ImageCache(new ImagePlace(folder.resolve("images"), 1 << 20, 8))));
        LinkServer listener = FrameClient.await(
                WorkerServer.listen(vertx, worker, Fingerprint.of(client.certificate()), "127.0.0.1", 0, 0, session));
        PeerTrust trust = PeerTrust.fingerprint(Fingerprint.of(worker.certificate()));
        LinkClient connector = new LinkClient(vertx, TlsOptions.netClient(client, trust), LinkOptions.DEFAULT);
        session.anticipate(List.of("CUDA_MODULE_LOADING=LAZY", "PENSTOCK_LOG=1"));
        assertThat(opened.poll(10, TimeUnit.SECONDS))
                .as("the driver is opened before a client connects")
                .isNotNull();
        frames = FrameClient.connect(connector, listener.port());
    }

    @AfterEach
    void close() throws Exception {
        FrameClient.await(vertx.close());
    }

    @Test
    void theProgramThatWasAnnouncedIsWelcomed() throws Exception {
        FrameClient.Came welcome = frames.hello("sesame", "PENSTOCK_LOG=2", "CUDA_MODULE_LOADING=LAZY");
        assertThat(welcome.type()).isEqualTo(FrameType.WELCOME);
        assertThat(opened).as("it is not opened again").isEmpty();
        assertThat(driver.calls().stream().filter("cuInit"::equals)).hasSize(1);
    }

    @Test
    void aProgramOfOtherVariablesIsTurnedAwayWithTheReason() throws Exception {
        FrameClient.Came refused = frames.hello("sesame", "CUDA_MODULE_LOADING=EAGER");
        assertThat(refused.type()).isEqualTo(FrameType.REFUSED);
        assertThat(refused.reader().readI32()).isEqualTo(CudaResult.SYSTEM_NOT_READY);
    }

    @Test
    void aStrangersTicketOpensNothingAlthoughTheDriverHasBegun() throws Exception {
        assertThat(frames.hello("open, please", "CUDA_MODULE_LOADING=LAZY").type())
                .isEqualTo(FrameType.GOODBYE);
    }
}
