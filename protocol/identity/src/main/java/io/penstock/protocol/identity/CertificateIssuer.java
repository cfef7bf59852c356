package io.penstock.protocol.identity;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Makes X.509 certificates, all on P-256: an authority, and what it signs. Stateless but for the issuer's own key;
 * which names deserve a certificate is decided elsewhere.
 */
public final class CertificateIssuer {
    /** Certificates are valid this much earlier than they were made, for clocks that disagree. */
    public static final Duration BACKDATED = Duration.ofMinutes(5);

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int SERIAL_BITS = 127;

    private final PrivateKey key;
    private final X509Certificate certificate;

    /** An issuer with an authority's key and certificate. */
    public CertificateIssuer(PrivateKey key, X509Certificate certificate) {
        this.key = key;
        this.certificate = certificate;
    }

    /** A new authority that signed itself. */
    public static CertificateIssuer authority(String name, Instant now, Duration life) {
        KeyPair pair = newKeyPair();
        X500Name subject = commonName(name);
        JcaX509v3CertificateBuilder builder = builder(subject, subject, pair.getPublic(), now, life);
        try {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            return new CertificateIssuer(pair.getPrivate(), sign(builder, pair.getPrivate()));
        } catch (IOException e) {
            throw new IdentityException("the authority's certificate cannot be made", e);
        }
    }

    /** A fresh P-256 key. */
    public static KeyPair newKeyPair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IdentityException("this Java runtime makes no P-256 keys", e);
        }
    }

    /** The authority's key; for its own store only. */
    public PrivateKey key() {
        return key;
    }

    /** The authority's certificate. */
    public X509Certificate certificate() {
        return certificate;
    }

    /**
     * A certificate for a peer.
     *
     * @param peer the name it will carry
     * @param publicKey the peer's key
     * @param hosts host names and IP addresses for programs that check them (browsers, curl); may be empty
     */
    public X509Certificate issue(
            PeerIdentity peer, PublicKey publicKey, List<String> hosts, Instant now, Duration life) {
        List<GeneralName> names = new ArrayList<>();
        names.add(new GeneralName(GeneralName.uniformResourceIdentifier, peer.uri()));
        for (String host : hosts) {
            boolean address = host.matches("[0-9.]+") || host.indexOf(':') >= 0;
            names.add(new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, host));
        }
        X500Name issuer =
                X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
        JcaX509v3CertificateBuilder builder =
                builder(issuer, commonName(peer.kind().word() + " " + peer.id()), publicKey, now, life);
        try {
            leafExtensions(builder, peer.kind() != PeerKind.LEASE_SIGNER);
            builder.addExtension(
                    Extension.subjectAlternativeName, false, new GeneralNames(names.toArray(GeneralName[]::new)));
        } catch (IOException | IllegalArgumentException e) {
            throw new IdentityException("no certificate for " + peer + " with names " + hosts, e);
        }
        return sign(builder, key);
    }

    /** A whole identity: new key, certificate, this authority. For the appliance itself and for tests. */
    public Identity identity(PeerIdentity peer, List<String> hosts, Instant now, Duration life) {
        KeyPair pair = newKeyPair();
        X509Certificate leaf = issue(peer, pair.getPublic(), hosts, now, life);
        return new Identity(pair.getPrivate(), List.of(leaf, certificate), certificate, List.of());
    }

    /**
     * An identity that nobody signed but itself, for a peer that is told the fingerprint: a worker.
     *
     * @param authority whom its owner trusts, carried along
     */
    public static Identity ephemeral(String name, X509Certificate authority, Instant now, Duration life) {
        KeyPair pair = newKeyPair();
        X500Name subject = commonName(name);
        JcaX509v3CertificateBuilder builder = builder(subject, subject, pair.getPublic(), now, life);
        try {
            leafExtensions(builder, true);
        } catch (IOException e) {
            throw new IdentityException("no certificate for " + name, e);
        }
        return new Identity(pair.getPrivate(), List.of(sign(builder, pair.getPrivate())), authority, List.of());
    }

    /** One that trusts nobody by authority: its peers are known by their fingerprints. */
    public static Identity ephemeral(String name, Instant now, Duration life) {
        return ephemeral(name, authority("nobody", now, life).certificate(), now, life);
    }

    private static void leafExtensions(JcaX509v3CertificateBuilder builder, boolean tls) throws IOException {
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
        KeyPurposeId[] purposes = tls
                ? new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}
                : new KeyPurposeId[] {KeyPurposeId.id_kp_codeSigning};
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes));
    }

    private static JcaX509v3CertificateBuilder builder(
            X500Name issuer, X500Name subject, PublicKey publicKey, Instant now, Duration life) {
        return new JcaX509v3CertificateBuilder(
                issuer,
                new BigInteger(SERIAL_BITS, RANDOM).setBit(SERIAL_BITS - 1),
                Date.from(now.minus(BACKDATED)),
                Date.from(now.plus(life)),
                subject,
                publicKey);
    }

    private static X509Certificate sign(JcaX509v3CertificateBuilder builder, PrivateKey key) {
        try {
            ContentSigner signer = new JcaContentSignerBuilder("SHA256withECDSA").build(key);
            byte[] der = builder.build(signer).getEncoded();
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (OperatorCreationException | GeneralSecurityException | IOException e) {
            throw new IdentityException("a certificate cannot be signed", e);
        }
    }

    private static X500Name commonName(String name) {
        return new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.CN, name)
                .addRDN(BCStyle.O, "Penstock")
                .build();
    }
}
