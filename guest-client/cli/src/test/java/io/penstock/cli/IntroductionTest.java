package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.appliance.Grant;
import io.penstock.protocol.identity.CertificateIssuer;
import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.Handshake;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.Lease;
import io.penstock.protocol.identity.LeasedGpu;
import io.penstock.protocol.identity.PeerIdentity;
import io.penstock.protocol.identity.PeerKind;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class IntroductionTest {
    private static final Duration LIFE = Duration.ofHours(1);
    private static final Instant NOW = Instant.parse("2026-11-25T10:00:00Z");

    private final CertificateIssuer authority = CertificateIssuer.authority("house", NOW, LIFE);

    private Identity identity(PeerKind kind, String id) {
        return authority.identity(new PeerIdentity(kind, id), List.of(), NOW, LIFE);
    }

    @Test
    void aLeaseIsToldWithItsServerItsLimitsAndItsEnd() {
        List<LeasedGpu> gpus = List.of(new LeasedGpu("GPU-a", 256 << 20), new LeasedGpu("GPU-b", 512 << 20));
        Lease lease = new Lease("l-1", "c-1", "ada", "s-1", gpus, 0, NOW, NOW.plus(LIFE));
        assertThat(Introduction.lease(new Grant("text", lease, "rack 7", "host", 1, Duration.ofSeconds(15))))
                .containsExactly(
                        "lease l-1: 2 GPU(s) of server rack 7 for penstock://client/c-1, user ada",
                        "  until 2026-11-25T11:00:00Z and longer while it is renewed, every 15 s",
                        "  GPU 0 is GPU-a, at most 256 MiB of it",
                        "  GPU 1 is GPU-b, at most 512 MiB of it");
    }

    @Test
    void aConnectionIsToldWithBothCertificatesAndWhatProtectsIt() {
        Identity server = identity(PeerKind.SERVER, "s-1");
        Identity client = identity(PeerKind.CLIENT, "c-1");
        String issuer = authority.certificate().getSubjectX500Principal().getName();
        assertThat(Introduction.connection(
                        "server s at h:1", new Handshake("TLSv9", "ROT13", client.chain(), server.chain())))
                .containsExactly(
                        "connected to server s at h:1: TLSv9, ROT13",
                        "  it shows penstock://server/s-1, SHA-256 " + Fingerprint.of(server.certificate())
                                + ", issued by " + issuer + ", until 2026-11-25T11:00:00Z",
                        "  it is shown penstock://client/c-1, SHA-256 " + Fingerprint.of(client.certificate())
                                + ", issued by " + issuer + ", until 2026-11-25T11:00:00Z");
    }

    @Test
    void aWorkerHasAFingerprintAndNoNameOfTheInstallation() {
        Identity worker = CertificateIssuer.ephemeral("worker-1", authority.certificate(), NOW, LIFE);
        assertThat(Introduction.connection("worker", new Handshake("p", "c", List.of(), worker.chain())))
                .contains(
                        "  it shows O=Penstock,CN=worker-1, SHA-256 " + Fingerprint.of(worker.certificate())
                                + ", issued by itself: the server named this fingerprint, until 2026-11-25T11:00:00Z",
                        "  it is shown nothing");
    }

    @Test
    void theAuthorityIsToldByItsFingerprint() {
        assertThat(Introduction.authority(authority.certificate()))
                .endsWith(Fingerprint.of(authority.certificate()).hex());
    }
}
