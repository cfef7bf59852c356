package io.penstock.cli;

import io.penstock.protocol.appliance.Grant;
import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.Handshake;
import io.penstock.protocol.identity.IdentityException;
import io.penstock.protocol.identity.Lease;
import io.penstock.protocol.identity.LeasedGpu;
import io.penstock.protocol.identity.PeerIdentity;
import io.penstock.protocol.identity.PeerKind;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/**
 * Who works for a program and by what right, in the sentences of {@code run --verbose}. What it says of a connection is
 * read from the connection.
 */
final class Introduction {
    private static final long MEBIBYTE = 1L << 20;

    private Introduction() {}

    /** What the appliance granted. */
    static List<String> lease(Grant grant) {
        Lease lease = grant.lease();
        List<String> lines = new ArrayList<>();
        lines.add("lease " + lease.id() + ": " + lease.gpus().size() + " GPU(s) of server " + grant.serverName()
                + " for " + new PeerIdentity(PeerKind.CLIENT, lease.client()) + ", user " + lease.user());
        lines.add("  until " + lease.expires() + " and longer while it is renewed, every "
                + grant.renewEvery().toSeconds() + " s");
        int index = 0;
        for (LeasedGpu gpu : lease.gpus()) {
            lines.add("  GPU " + index++ + " is " + gpu.uuid() + ", at most " + gpu.memoryBytes() / MEBIBYTE
                    + " MiB of it");
        }
        return lines;
    }

    /**
     * Who is at both ends of a connection.
     *
     * @param whom it leads to, in words
     */
    static List<String> connection(String whom, Handshake handshake) {
        List<String> lines = new ArrayList<>();
        lines.add("connected to " + whom + ": " + handshake.protocol() + ", " + handshake.cipher());
        lines.add("  it shows " + certificate(handshake.peerCertificate()));
        lines.add("  it is shown "
                + (handshake.own().isEmpty()
                        ? "nothing"
                        : certificate(handshake.own().getFirst())));
        return lines;
    }

    /** Under whom certificates count here. */
    static String authority(X509Certificate authority) {
        return "authority " + authority.getSubjectX500Principal().getName() + ", SHA-256 " + Fingerprint.of(authority);
    }

    private static String certificate(X509Certificate certificate) {
        boolean own = certificate.getIssuerX500Principal().equals(certificate.getSubjectX500Principal());
        return name(certificate) + ", SHA-256 " + Fingerprint.of(certificate) + ", "
                + (own
                        ? "issued by itself: the server named this fingerprint"
                        : "issued by " + certificate.getIssuerX500Principal().getName())
                + ", until " + certificate.getNotAfter().toInstant();
    }

    /** A worker's certificate lives as long as its worker and has no name of the installation. */
    private static String name(X509Certificate certificate) {
        try {
            return PeerIdentity.of(certificate).uri();
        } catch (IdentityException unnamed) {
            return certificate.getSubjectX500Principal().getName();
        }
    }
}
