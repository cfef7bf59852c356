package io.penstock.protocol.identity;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.Base64;

/** Signs leases as compact JWS (RFC 7515, ES256); the header carries the signer's certificate ({@code x5c}). */
public final class LeaseSigner {
    static final String TYPE = "penstock-lease+jwt";
    static final String SIGNATURE = "SHA256withECDSAinP1363Format";

    private final PrivateKey key;
    private final String header;

    /**
     * A signer.
     *
     * @param key the key of the certificate
     * @param certificate of kind {@link PeerKind#LEASE_SIGNER}, issued by the installation's authority
     */
    public LeaseSigner(PrivateKey key, X509Certificate certificate) {
        this.key = key;
        try {
            this.header = part(new JsonObject()
                    .put("alg", "ES256")
                    .put("typ", TYPE)
                    .put("x5c", new JsonArray().add(Base64.getEncoder().encodeToString(certificate.getEncoded()))));
        } catch (GeneralSecurityException e) {
            throw new IdentityException("the lease signer's certificate has no encoding", e);
        }
    }

    /** The lease as text: three base64url parts. */
    public String sign(Lease lease) {
        String signed = header + '.' + part(lease.toJson());
        try {
            Signature signature = Signature.getInstance(SIGNATURE);
            signature.initSign(key);
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + '.' + Base64.getUrlEncoder().withoutPadding().encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IdentityException("lease " + lease.id() + " cannot be signed", e);
        }
    }

    private static String part(JsonObject json) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(json.toBuffer().getBytes());
    }
}
