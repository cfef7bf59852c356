package io.penstock.protocol.identity;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** PEM text (RFC 7468) to certificates and P-256 keys, and back; stateless. */
public final class Pem {
    private static final String CERTIFICATE = "CERTIFICATE";
    private static final String PRIVATE_KEY = "PRIVATE KEY";
    private static final int LINE = 64;

    private Pem() {}

    /** One block: a label and the DER bytes beneath it. */
    public static String encode(String label, byte[] der) {
        Base64.Encoder encoder = Base64.getMimeEncoder(LINE, new byte[] {'\n'});
        return "-----BEGIN " + label + "-----\n" + encoder.encodeToString(der) + "\n-----END " + label + "-----\n";
    }

    /**
     * The DER bytes of the first block with this label.
     *
     * @param owner whose text this is, for the error
     * @throws IdentityException when there is none or it is broken
     */
    public static byte[] decode(String label, String text, String owner) {
        String begin = "-----BEGIN " + label + "-----";
        int from = text.indexOf(begin);
        int to = text.indexOf("-----END " + label + "-----");
        if (from < 0 || to < from) {
            throw new IdentityException(owner + " holds no PEM block '" + label + "'");
        }
        try {
            return Base64.getMimeDecoder().decode(text.substring(from + begin.length(), to));
        } catch (IllegalArgumentException e) {
            throw new IdentityException("the PEM block '" + label + "' of " + owner + " is not base64", e);
        }
    }

    /** The certificates' blocks, one after the other. */
    public static String encodeCertificates(List<X509Certificate> certificates) {
        StringBuilder text = new StringBuilder();
        for (X509Certificate certificate : certificates) {
            try {
                text.append(encode(CERTIFICATE, certificate.getEncoded()));
            } catch (CertificateException e) {
                throw new IdentityException("a certificate has no encoding", e);
            }
        }
        return text.toString();
    }

    /**
     * The certificates of a text, in its order; at least one.
     *
     * @param owner whose text this is, for the error
     */
    public static List<X509Certificate> decodeCertificates(String text, String owner) {
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            List<X509Certificate> certificates = new ArrayList<>();
            byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
            for (Certificate certificate : factory.generateCertificates(new ByteArrayInputStream(bytes))) {
                certificates.add((X509Certificate) certificate);
            }
            if (certificates.isEmpty()) {
                throw new IdentityException(owner + " holds no certificate");
            }
            return List.copyOf(certificates);
        } catch (CertificateException e) {
            throw new IdentityException(owner + " holds a broken certificate", e);
        }
    }

    /** A private key's block (PKCS #8). */
    public static String encodeKey(PrivateKey key) {
        return encode(PRIVATE_KEY, key.getEncoded());
    }

    /**
     * The private key of a text: PKCS #8, elliptic curve.
     *
     * @param owner whose text this is, for the error
     */
    public static PrivateKey decodeKey(String text, String owner) {
        try {
            byte[] der = decode(PRIVATE_KEY, text, owner);
            return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
        } catch (GeneralSecurityException e) {
            throw new IdentityException(owner + " holds a broken private key", e);
        }
    }
}
