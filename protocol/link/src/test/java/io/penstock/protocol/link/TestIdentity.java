package io.penstock.protocol.link;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.OpenSSLEngineOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.TCPSSLOptions;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.Set;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A self-signed identity for tests, trusted by whoever is given it: the link does not care how trust is decided. */
record TestIdentity(Buffer key, Buffer certificate) {
    static TestIdentity make(String name) throws GeneralSecurityException, OperatorCreationException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        KeyPair pair = generator.generateKeyPair();
        X500Principal subject = new X500Principal("CN=" + name);
        Instant now = Instant.now();
        byte[] certificate = new JcaX509CertificateConverter()
                .getCertificate(new JcaX509v3CertificateBuilder(
                                subject,
                                BigInteger.ONE,
                                Date.from(now.minusSeconds(60)),
                                Date.from(now.plusSeconds(3600)),
                                subject,
                                pair.getPublic())
                        .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())))
                .getEncoded();
        return new TestIdentity(pem("PRIVATE KEY", pair.getPrivate().getEncoded()), pem("CERTIFICATE", certificate));
    }

    NetServerOptions server(TestIdentity trusted) {
        NetServerOptions options =
                new NetServerOptions().setHost("127.0.0.1").setPort(0).setClientAuth(ClientAuth.REQUIRED);
        tls(options, trusted);
        return options;
    }

    NetClientOptions client(TestIdentity trusted) {
        NetClientOptions options = new NetClientOptions().setHostnameVerificationAlgorithm("");
        tls(options, trusted);
        return options;
    }

    private void tls(TCPSSLOptions options, TestIdentity trusted) {
        options.setSsl(true)
                .setSslEngineOptions(new OpenSSLEngineOptions())
                .setEnabledSecureTransportProtocols(Set.of("TLSv1.3"))
                .setKeyCertOptions(new PemKeyCertOptions().addKeyValue(key).addCertValue(certificate))
                .setTrustOptions(new PemTrustOptions().addCertValue(trusted.certificate))
                .setTcpNoDelay(true);
    }

    private static Buffer pem(String kind, byte[] der) {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return Buffer.buffer("-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n");
    }
}
