package io.penstock.gpuserver.worker;

import io.penstock.protocol.identity.CertificateIssuer;
import io.penstock.protocol.identity.Identity;
import java.time.Duration;
import java.time.Instant;

/**
 * A key that lives in this process only, with a certificate it signed itself: the client was told its fingerprint by the
 * daemon. The server's own key never enters a worker.
 */
final class EphemeralIdentity {
    private static final Duration LIFE = Duration.ofDays(365);

    private EphemeralIdentity() {}

    /** A fresh one. It trusts nobody by authority: the one client is known by fingerprint. */
    static Identity make() {
        return CertificateIssuer.ephemeral("penstock worker", Instant.now(), LIFE);
    }
}
