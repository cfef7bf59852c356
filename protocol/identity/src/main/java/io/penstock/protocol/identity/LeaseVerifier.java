package io.penstock.protocol.identity;

import io.penstock.protocol.identity.LeaseException.Code;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;

/**
 * Checks a lease with nothing but the authority's certificate and the time: a server verifies while every appliance is
 * down. Whether the lease was ended early is told by the appliance (see {@code Revocations}).
 */
public final class LeaseVerifier {
    /** The most characters a lease may have. */
    public static final int CHARACTERS_MAX = 16 * 1024;
    /** A lease may come from this far in the future, for clocks that disagree. */
    public static final Duration CLOCK_SKEW_MAX = Duration.ofMinutes(2);

    private final X509Certificate authority;

    /** A verifier for leases of this installation. */
    public LeaseVerifier(X509Certificate authority) {
        this.authority = authority;
    }

    /**
     * The lease in this text, if {@code client} may use it on {@code server} now.
     *
     * @param text compact JWS, from the peer
     * @param client the peer's identity, from its certificate
     * @param server this server's identity
     * @throws LeaseException when it gives no such right; the message says why
     */
    public Lease verify(String text, PeerIdentity client, PeerIdentity server, Instant now) throws LeaseException {
        Lease lease = authentic(text, now);
        if (client.kind() != PeerKind.CLIENT || !lease.client().equals(client.id())) {
            throw new LeaseException(
                    Code.OTHER_CLIENT, "lease " + lease.id() + " belongs to another client than " + client);
        }
        if (server.kind() != PeerKind.SERVER || !lease.server().equals(server.id())) {
            throw new LeaseException(
                    Code.OTHER_SERVER, "lease " + lease.id() + " is for another server than " + server);
        }
        if (!now.isBefore(lease.expires())) {
            throw new LeaseException(Code.EXPIRED, "lease " + lease.id() + " expired at " + lease.expires());
        }
        if (now.plus(CLOCK_SKEW_MAX).isBefore(lease.issued())) {
            throw new LeaseException(
                    Code.EXPIRED, "lease " + lease.id() + " begins at " + lease.issued() + "; do the clocks agree?");
        }
        return lease;
    }

    private Lease authentic(String text, Instant now) throws LeaseException {
        if (text.length() > CHARACTERS_MAX) {
            throw new LeaseException(
                    Code.INVALID, "a lease of " + text.length() + " characters; at most " + CHARACTERS_MAX);
        }
        String[] parts = text.split("\\.", -1);
        if (parts.length != 3) {
            throw new LeaseException(Code.INVALID, "a lease has three parts, this has " + parts.length);
        }
        try {
            X509Certificate signer = signer(json(parts[0]), now);
            Signature signature = Signature.getInstance(LeaseSigner.SIGNATURE);
            signature.initVerify(signer);
            signature.update((parts[0] + '.' + parts[1]).getBytes(StandardCharsets.US_ASCII));
            if (!signature.verify(canonical(parts[2]))) {
                throw new LeaseException(Code.INVALID, "the lease's signature does not fit its text");
            }
            return Lease.fromJson(json(parts[1]));
        } catch (GeneralSecurityException | RuntimeException e) {
            // JSON and base64 of a stranger fail in many ways, all of them unchecked; the cause names which.
            throw new LeaseException(Code.INVALID, "the lease cannot be read: " + e.getMessage(), e);
        }
    }

    private X509Certificate signer(JsonObject header, Instant now) throws LeaseException, CertificateException {
        if (!"ES256".equals(header.getString("alg")) || !LeaseSigner.TYPE.equals(header.getString("typ"))) {
            throw new LeaseException(
                    Code.INVALID,
                    "a lease is signed ES256 and of type " + LeaseSigner.TYPE + ", this says " + header.getString("alg")
                            + ", " + header.getString("typ"));
        }
        JsonArray chain = header.getJsonArray("x5c");
        byte[] der = Base64.getDecoder().decode(chain.getString(0));
        X509Certificate certificate = (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        PeerTrust.requireIssued(List.of(certificate), authority, now);
        PeerIdentity peer = PeerIdentity.of(certificate);
        if (peer.kind() != PeerKind.LEASE_SIGNER) {
            throw new LeaseException(Code.INVALID, "the lease is signed by " + peer + ", who may not grant leases");
        }
        return certificate;
    }

    /** The bytes of a part that has only one spelling, so that a changed text is a changed signature. */
    private static byte[] canonical(String part) {
        byte[] bytes = Base64.getUrlDecoder().decode(part);
        if (!Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(part)) {
            throw new IllegalArgumentException("its signature is not written in the one right way");
        }
        return bytes;
    }

    private static JsonObject json(String part) {
        return new JsonObject(Buffer.buffer(Base64.getUrlDecoder().decode(part)));
    }
}
