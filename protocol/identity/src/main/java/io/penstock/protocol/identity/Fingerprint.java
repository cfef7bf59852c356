package io.penstock.protocol.identity;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;

/**
 * The SHA-256 of a certificate's DER form: the short name by which a peer is pinned before any authority is known.
 *
 * @param hex 64 lower-case hexadecimal digits
 */
public record Fingerprint(String hex) {
    /** Bytes of a fingerprint. */
    public static final int BYTES = 32;

    /** Checks length and digits. */
    public Fingerprint {
        if (!hex.matches("[0-9a-f]{64}")) {
            throw new IdentityException("'" + hex + "' is not a SHA-256: 64 lower-case hexadecimal digits");
        }
    }

    /** The fingerprint with these 32 bytes. */
    public static Fingerprint ofBytes(byte[] sha256) {
        return new Fingerprint(HexFormat.of().formatHex(sha256));
    }

    /** The fingerprint of a certificate. */
    public static Fingerprint of(X509Certificate certificate) {
        try {
            return ofBytes(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
        } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
            throw new IdentityException("no fingerprint of a certificate", e);
        }
    }

    /** The 32 bytes. */
    public byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }

    @Override
    public String toString() {
        return hex;
    }
}
