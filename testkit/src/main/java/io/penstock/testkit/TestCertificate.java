package io.penstock.testkit;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;

/**
 * A self-signed certificate of a server, as a vCenter has one.
 *
 * @param certificateFile the certificate, PEM
 * @param keyFile its key, PEM
 */
public record TestCertificate(X509Certificate certificate, Path certificateFile, Path keyFile) {
    private static final String ADDRESS = "[0-9.]+";

    /** Makes one that names these hosts and is valid for a day. */
    public static TestCertificate of(Path folder, String name, List<String> hosts) throws IOException {
        return of(folder, name, hosts, Instant.now().minusSeconds(60), Duration.ofDays(1));
    }

    /** Makes one that names these hosts and is valid from then for so long. */
    public static TestCertificate of(Path folder, String name, List<String> hosts, Instant from, Duration life)
            throws IOException {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair key = generator.generateKeyPair();
            X500Name subject = new X500Name("CN=" + name);
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    subject,
                    BigInteger.valueOf(from.toEpochMilli()),
                    Date.from(from),
                    Date.from(from.plus(life)),
                    subject,
                    key.getPublic());
            builder.addExtension(
                    Extension.subjectAlternativeName,
                    false,
                    new GeneralNames(hosts.stream()
                            .map(host -> new GeneralName(
                                    host.matches(ADDRESS) ? GeneralName.iPAddress : GeneralName.dNSName, host))
                            .toArray(GeneralName[]::new)));
            X509Certificate certificate = new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate())));
            Path certificateFile = folder.resolve(name + ".cert.pem");
            Path keyFile = folder.resolve(name + ".key.pem");
            Files.writeString(certificateFile, pem("CERTIFICATE", certificate.getEncoded()));
            Files.writeString(keyFile, pem("PRIVATE KEY", key.getPrivate().getEncoded()));
            return new TestCertificate(certificate, certificateFile, keyFile);
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException("every Java runtime makes P-256 keys", e);
        }
    }

    private static String pem(String what, byte[] encoded) throws IOException {
        StringWriter text = new StringWriter();
        try (PemWriter writer = new PemWriter(text)) {
            writer.writeObject(new PemObject(what, encoded));
        }
        return text.toString();
    }
}
