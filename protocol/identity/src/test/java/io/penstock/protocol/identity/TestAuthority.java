package io.penstock.protocol.identity;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** An installation's authority for tests, and identities under it. */
final class TestAuthority {
    static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    static final Duration YEAR = Duration.ofDays(365);

    private TestAuthority() {}

    static CertificateIssuer create() {
        return CertificateIssuer.authority("Test authority", NOW, YEAR);
    }

    /** For tests over sockets, where the clock is the real one. */
    static CertificateIssuer createNow() {
        return CertificateIssuer.authority("Test authority", Instant.now(), YEAR);
    }

    static PeerIdentity client(String id) {
        return new PeerIdentity(PeerKind.CLIENT, id);
    }

    static PeerIdentity server(String id) {
        return new PeerIdentity(PeerKind.SERVER, id);
    }

    static Identity identity(CertificateIssuer issuer, PeerIdentity peer) {
        return issuer.identity(peer, List.of("localhost", "127.0.0.1"), NOW, YEAR);
    }

    static Identity identityNow(CertificateIssuer issuer, PeerIdentity peer) {
        return issuer.identity(peer, List.of("localhost", "127.0.0.1"), Instant.now(), YEAR);
    }
}
