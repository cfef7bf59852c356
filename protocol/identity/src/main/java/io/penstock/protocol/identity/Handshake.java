package io.penstock.protocol.identity;

import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLSession;

/**
 * What the handshake of one connection came to, as its TLS engine tells: nothing here is what somebody meant to negotiate.
 *
 * @param protocol TLS version
 * @param cipher suite that protects the connection
 * @param own certificates that this end showed, its own first; empty when it showed none
 * @param peer certificates that the other end showed, its own first
 */
public record Handshake(String protocol, String cipher, List<X509Certificate> own, List<X509Certificate> peer) {
    /** Copies the lists; a peer has shown at least its own certificate. */
    public Handshake {
        own = List.copyOf(own);
        peer = List.copyOf(peer);
        if (peer.isEmpty()) {
            throw new IdentityException("the peer showed no certificate");
        }
    }

    /**
     * Reads it from a connection's session, whose handshake is over.
     *
     * @throws IdentityException when the peer showed no certificate
     */
    public static Handshake of(SSLSession session) {
        Certificate[] own = session.getLocalCertificates();
        return new Handshake(
                session.getProtocol(),
                session.getCipherSuite(),
                own == null ? List.of() : chain(own),
                PeerIdentity.chain(session));
    }

    /** The certificate of the other end. */
    public X509Certificate peerCertificate() {
        return peer.getFirst();
    }

    /** Certificates of TLS are X.509. */
    static List<X509Certificate> chain(Certificate... certificates) {
        return Arrays.stream(certificates).map(X509Certificate.class::cast).toList();
    }
}
