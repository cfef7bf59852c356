package io.penstock.protocol.identity;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/**
 * A machine's wish for a certificate (PKCS #10): a fresh P-256 key that stays here and the signed request that travels.
 * The name in it is a hint for people; the appliance alone decides what stands in the certificate.
 *
 * @param key the private key; stays on this machine
 * @param pem the request, PEM
 */
public record CertificateRequest(PrivateKey key, String pem) {
    /** The most characters a request may have. */
    public static final int CHARACTERS_MAX = 4096;

    private static final String LABEL = "CERTIFICATE REQUEST";
    private static final int P256_BITS = 256;

    /** A request with a new key. */
    public static CertificateRequest create(String name) {
        KeyPair pair = CertificateIssuer.newKeyPair();
        try {
            byte[] der = new JcaPKCS10CertificationRequestBuilder(
                            new X500NameBuilder(BCStyle.INSTANCE)
                                    .addRDN(BCStyle.CN, name)
                                    .build(),
                            pair.getPublic())
                    .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate()))
                    .getEncoded();
            return new CertificateRequest(pair.getPrivate(), Pem.encode(LABEL, der));
        } catch (IOException | OperatorCreationException e) {
            throw new IdentityException("a certificate request cannot be made", e);
        }
    }

    /**
     * The public key of a request, after its signature proved that the sender holds the private one.
     *
     * @throws IdentityException when it is too long, broken, not signed by its own key, or not on P-256
     */
    public static PublicKey provenKey(String pem) {
        if (pem.length() > CHARACTERS_MAX) {
            throw new IdentityException("the certificate request has " + pem.length() + " characters; at most "
                    + CHARACTERS_MAX + " are accepted");
        }
        byte[] der = Pem.decode(LABEL, pem, "the certificate request");
        try {
            JcaPKCS10CertificationRequest request = new JcaPKCS10CertificationRequest(der);
            PublicKey key = request.getPublicKey();
            if (!(key instanceof ECPublicKey ec)
                    || ec.getParams().getCurve().getField().getFieldSize() != P256_BITS) {
                throw new IdentityException("the certificate request's key is not on the curve P-256");
            }
            if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
                throw new IdentityException("the certificate request is not signed by its own key");
            }
            return key;
        } catch (IOException
                | IllegalArgumentException
                | GeneralSecurityException
                | OperatorCreationException
                | PKCSException e) {
            throw new IdentityException("the certificate request is broken", e);
        }
    }

    /** The request only. */
    @Override
    public String toString() {
        return pem;
    }
}
