package io.penstock.gpuserver.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.call.MemoryLedger;
import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.gpuserver.image.ImageCache;
import io.penstock.gpuserver.image.ImageKeeper;
import io.penstock.gpuserver.image.ImagePlace;
import io.penstock.gpuserver.session.Session;
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

/** One session over loopback and mutual TLS whose client has been welcomed, with all that it stands on. */
final class OneSession {
    private final Vertx vertx = Spin.vertx(3, Spin.standard());
    private final LinkServer listener;
    private final LinkClient connector;
    private final FrameClient frames;

    /**
     * @param folder for its files
     * @param limit bytes of the lease on its one GPU
     */
    OneSession(Path folder, CudaDriver driver, long limit) throws Exception {
        Identity worker = EphemeralIdentity.make();
        Identity client = CertificateIssuer.ephemeral("client", worker.authority(), Instant.now(), Duration.ofHours(1));
        Path ledger = folder.resolve("ledger");
        MemoryLedger.create(ledger, List.of(limit));
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
    }

    FrameClient frames() {
        return frames;
    }

    void close() throws Exception {
        connector.close();
        FrameClient.await(listener.close());
        FrameClient.await(vertx.close());
    }
}
