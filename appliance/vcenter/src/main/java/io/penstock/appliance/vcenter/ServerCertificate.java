package io.penstock.appliance.vcenter;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * What a server presents; nothing is trusted by it.
 *
 * @param names its subject alternative names: DNS names and IP addresses
 * @param namesHost whether the host that was asked is among them
 */
public record ServerCertificate(X509Certificate certificate, List<String> names, boolean namesHost) {
    /** Its SHA-256. */
    public Thumbprint thumbprint() {
        return Thumbprint.of(certificate);
    }

    /** For whom it was made. */
    public String subject() {
        return certificate.getSubjectX500Principal().getName();
    }

    /** Who made it. */
    public String issuer() {
        return certificate.getIssuerX500Principal().getName();
    }

    /** From when it is valid. */
    public Instant notBefore() {
        return certificate.getNotBefore().toInstant();
    }

    /** Until when it is valid. */
    public Instant notAfter() {
        return certificate.getNotAfter().toInstant();
    }
}
