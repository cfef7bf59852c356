package io.penstock.protocol.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.Test;

class CertificateRequestTest {
    @Test
    void requestProvesItsKeyAndKeepsThePrivateHalf() {
        CertificateRequest request = CertificateRequest.create("ada's machine, rack=7");
        assertThat(CertificateRequest.provenKey(request.pem()).getAlgorithm()).startsWith("EC");
        assertThat(request.toString()).doesNotContain("PRIVATE");
    }

    @Test
    void requestSignedByAnotherKeyIsRefused() throws IOException, OperatorCreationException {
        KeyPair claimed = CertificateIssuer.newKeyPair();
        KeyPair held = CertificateIssuer.newKeyPair();
        String pem = request(claimed, held, "SHA256withECDSA");
        assertThatThrownBy(() -> CertificateRequest.provenKey(pem))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("not signed by its own key");
    }

    @Test
    void keyOfAnotherKindIsRefused() throws NoSuchAlgorithmException, IOException, OperatorCreationException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair rsa = generator.generateKeyPair();
        String pem = request(rsa, rsa, "SHA256withRSA");
        assertThatThrownBy(() -> CertificateRequest.provenKey(pem)).hasMessageContaining("P-256");
    }

    @Test
    void garbageIsRefused() {
        String pem = CertificateRequest.create("x").pem();
        for (String broken :
                new String[] {"", "hello", pem.substring(0, pem.length() / 2), pem.replace("M", "*"), "x".repeat(5000)
                }) {
            assertThatThrownBy(() -> CertificateRequest.provenKey(broken)).isInstanceOf(IdentityException.class);
        }
    }

    private static String request(KeyPair claimed, KeyPair held, String algorithm)
            throws IOException, OperatorCreationException {
        return Pem.encode(
                "CERTIFICATE REQUEST",
                new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=x"), claimed.getPublic())
                        .build(new JcaContentSignerBuilder(algorithm).build(held.getPrivate()))
                        .getEncoded());
    }
}
