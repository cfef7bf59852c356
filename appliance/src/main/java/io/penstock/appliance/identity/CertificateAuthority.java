package io.penstock.appliance.identity;

import io.penstock.protocol.identity.CertificateIssuer;
import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.Identity;
import io.penstock.protocol.identity.IdentityException;
import io.penstock.protocol.identity.LeaseSigner;
import io.penstock.protocol.identity.PeerIdentity;
import io.penstock.protocol.identity.PeerKind;
import io.penstock.protocol.identity.Pem;
import io.penstock.protocol.identity.PrivateFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * The installation's root of trust, in two files of the state folder: {@code authority.pem} (key and certificate, mode
 * 0600) and {@code ca.pem} (the certificate, for everybody).
 *
 * <p>The appliance's own certificates (TLS and lease signing) are made from it at each start and before they grow old,
 * so nobody has to renew them. Immutable; safe for all threads.
 */
public final class CertificateAuthority {
    /** The authority's life; replacing it means enrolling everybody again. */
    public static final Duration AUTHORITY_LIFE = Duration.ofDays(20L * 365);

    private static final String SECRET = "authority.pem";
    private static final String PUBLIC = "ca.pem";
    private static final String APPLIANCE = "appliance";

    private final CertificateIssuer issuer;

    private CertificateAuthority(CertificateIssuer issuer) {
        this.issuer = issuer;
    }

    /** Makes a new authority in this folder. */
    public static CertificateAuthority create(Path folder, String name, Instant now) throws IOException {
        CertificateIssuer issuer = CertificateIssuer.authority("Penstock authority of " + name, now, AUTHORITY_LIFE);
        String certificate = Pem.encodeCertificates(List.of(issuer.certificate()));
        PrivateFile.write(folder.resolve(PUBLIC), certificate, PrivateFile.PUBLIC);
        PrivateFile.write(folder.resolve(SECRET), Pem.encodeKey(issuer.key()) + certificate, PrivateFile.SECRET);
        return new CertificateAuthority(issuer);
    }

    /**
     * Reads the authority of this folder.
     *
     * @throws IdentityException when it is broken or others may read its key
     */
    public static CertificateAuthority load(Path folder) throws IOException {
        Path file = folder.resolve(SECRET);
        PrivateFile.requireSecret(file);
        String text = Files.readString(file);
        int certificates = text.indexOf("-----BEGIN CERTIFICATE");
        if (certificates < 0) {
            throw new IdentityException(file + " holds no certificate");
        }
        X509Certificate certificate = Pem.decodeCertificates(text.substring(certificates), file.toString())
                .getFirst();
        return new CertificateAuthority(new CertificateIssuer(Pem.decodeKey(text, file.toString()), certificate));
    }

    /** Whether this folder has an authority. */
    public static boolean exists(Path folder) {
        return Files.exists(folder.resolve(SECRET));
    }

    /** The authority's certificate. */
    public X509Certificate certificate() {
        return issuer.certificate();
    }

    /** What tokens pin. */
    public Fingerprint fingerprint() {
        return Fingerprint.of(issuer.certificate());
    }

    /** A certificate for a machine. */
    public X509Certificate issue(PeerIdentity peer, PublicKey key, Instant now, Duration life) {
        return issuer.issue(peer, key, List.of(), now, life);
    }

    /** A new identity for this appliance's listener; its chain brings the authority along for first contacts. */
    public Identity applianceIdentity(List<String> hosts, Instant now, Duration life) {
        return issuer.identity(new PeerIdentity(PeerKind.APPLIANCE, APPLIANCE), hosts, now, life);
    }

    /** A new signer of leases. */
    public LeaseSigner leaseSigner(Instant now, Duration life) {
        Identity signer = issuer.identity(new PeerIdentity(PeerKind.LEASE_SIGNER, APPLIANCE), List.of(), now, life);
        return new LeaseSigner(signer.key(), signer.certificate());
    }
}
