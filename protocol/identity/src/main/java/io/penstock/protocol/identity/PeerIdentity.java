package io.penstock.protocol.identity;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * A peer's verified name, {@code penstock://<kind>/<id>}, read from the subject alternative names of its certificate.
 *
 * <p>This type only reads the name. Whether the certificate deserves trust was decided during the handshake by
 * {@link PeerTrust}; so a session of {@link TlsOptions} is the only good source.
 *
 * @param kind what the peer is
 * @param id its name, 1 to 64 of the characters {@code a-z A-Z 0-9 . _ -}; chosen by the appliance, never reused
 */
public record PeerIdentity(PeerKind kind, String id) {
    private static final String SCHEME = "penstock://";
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final int URI_NAME = 6; // GeneralName's tag for uniformResourceIdentifier, RFC 5280

    /** Checks the id's characters and length. */
    public PeerIdentity {
        if (!ID.matcher(id).matches()) {
            throw new IdentityException("'" + id + "' cannot be the id of a " + kind.word()
                    + ": 1 to 64 letters, digits, '.', '_' or '-', the first a letter or digit");
        }
    }

    /** The URI that stands in the certificate. */
    public String uri() {
        return SCHEME + kind.word() + '/' + id;
    }

    /**
     * Reads a URI.
     *
     * @throws IdentityException when it is not exactly {@code penstock://<kind>/<id>}
     */
    public static PeerIdentity parse(String uri) {
        int slash = uri.indexOf('/', SCHEME.length());
        if (!uri.startsWith(SCHEME) || slash < 0) {
            throw new IdentityException("'" + uri + "' is not a name of the form penstock://<kind>/<id>");
        }
        return new PeerIdentity(PeerKind.of(uri.substring(SCHEME.length(), slash)), uri.substring(slash + 1));
    }

    /**
     * The name in a certificate.
     *
     * @throws IdentityException unless exactly one of its alternative names is a {@code penstock://} URI
     */
    public static PeerIdentity of(X509Certificate certificate) {
        List<String> names;
        try {
            Collection<List<?>> all = certificate.getSubjectAlternativeNames();
            names = all == null
                    ? List.of()
                    : all.stream()
                            .filter(name -> name.get(0).equals(URI_NAME))
                            .map(name -> (String) name.get(1))
                            .filter(uri -> uri.startsWith(SCHEME))
                            .toList();
        } catch (CertificateParsingException e) {
            throw new IdentityException(
                    "the alternative names of certificate " + describe(certificate) + " are broken", e);
        }
        if (names.size() != 1) {
            throw new IdentityException("certificate " + describe(certificate) + " has " + names.size()
                    + " penstock:// names; it must have exactly one");
        }
        return parse(names.getFirst());
    }

    /**
     * The name of the other end of a TLS session.
     *
     * @throws IdentityException when the peer showed no certificate or one without a name
     */
    public static PeerIdentity of(SSLSession session) {
        return of(certificate(session));
    }

    /**
     * The certificate of the other end of a TLS session.
     *
     * @throws IdentityException when the peer showed none
     */
    public static X509Certificate certificate(SSLSession session) {
        return chain(session).getFirst();
    }

    /** What the other end showed; at least one. */
    static List<X509Certificate> chain(SSLSession session) {
        try {
            return Handshake.chain(session.getPeerCertificates());
        } catch (SSLPeerUnverifiedException e) {
            throw new IdentityException("the peer showed no certificate", e);
        }
    }

    private static String describe(X509Certificate certificate) {
        return "'" + certificate.getSubjectX500Principal().getName() + "'";
    }

    /** The URI: what logs and errors show. */
    @Override
    public String toString() {
        return uri();
    }
}
