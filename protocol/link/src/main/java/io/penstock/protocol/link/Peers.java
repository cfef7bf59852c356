package io.penstock.protocol.link;

import io.vertx.core.net.NetSocket;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** Reads who is at the other end of a socket. */
final class Peers {
    private Peers() {}

    /** The certificate that the peer's handshake proved, or null without TLS. */
    static @Nullable X509Certificate of(NetSocket socket) {
        try {
            return socket.isSsl() ? (X509Certificate) socket.peerCertificates().getFirst() : null;
        } catch (SSLPeerUnverifiedException unverified) {
            return null;
        }
    }
}
