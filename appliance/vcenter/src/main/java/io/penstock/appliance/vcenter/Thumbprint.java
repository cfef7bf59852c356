package io.penstock.appliance.vcenter;

import io.penstock.protocol.identity.Fingerprint;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Locale;

/**
 * The SHA-256 of a certificate, as vSphere writes it.
 *
 * @param hex 64 hexadecimal digits, upper case, without colons
 */
public record Thumbprint(String hex) {
    private static final String FORM = "[0-9A-F]{64}";

    /** Checks the form. */
    public Thumbprint {
        if (!hex.matches(FORM)) {
            throw new IllegalArgumentException("a thumbprint is a SHA-256 in 64 hexadecimal digits, not '" + hex + "'");
        }
    }

    /**
     * Reads a thumbprint with or without colons, in either case.
     *
     * @throws IllegalArgumentException when it is none
     */
    public static Thumbprint of(String text) {
        return new Thumbprint(text.replace(":", "").strip().toUpperCase(Locale.ROOT));
    }

    /** The thumbprint of a certificate. */
    public static Thumbprint of(X509Certificate certificate) {
        return of(Fingerprint.of(certificate).hex());
    }

    /** In pairs with colons. */
    @Override
    public String toString() {
        return HexFormat.ofDelimiter(":")
                .withUpperCase()
                .formatHex(HexFormat.of().parseHex(hex));
    }
}
