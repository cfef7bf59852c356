package io.penstock.appliance.vsphere;

import io.vertx.core.json.JsonObject;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;

/** What stands in a VM's guestinfo while it is let in: an offer, which is no secret, and the guest's answer. */
final class Offer {
    /** Where the offer stands. */
    static final String OFFER_KEY = "guestinfo.penstock.offer";

    /** Where the answer stands. */
    static final String ANSWER_KEY = "guestinfo.penstock.answer";

    /** What a VM's guestinfo holds when nothing is offered: neither key. */
    static final Map<String, String> NONE = Map.of(OFFER_KEY, "", ANSWER_KEY, "");

    private static final int VERSION = 1;
    private static final int BYTES_MAX = 1024;

    private Offer() {}

    /**
     * The offer's text.
     *
     * @param ca SHA-256 of the authority's certificate, in hexadecimal digits
     */
    static String text(String kind, String url, String ca, String nonce, Instant expires, String vm) {
        String text = new JsonObject()
                .put("v", VERSION)
                .put("kind", kind)
                .put("url", url)
                .put("ca", ca)
                .put("nonce", nonce)
                .put("expires", expires.truncatedTo(ChronoUnit.SECONDS).toString())
                .put("vm", vm)
                .encode();
        if (text.length() > BYTES_MAX) {
            throw new IllegalStateException(
                    "an offer has " + text.length() + " bytes; the appliance's URL is too long");
        }
        return text;
    }

    /** The answer of whoever has this key: SHA-256 of the nonce's bytes and the key's SubjectPublicKeyInfo. */
    static String answer(String nonce, PublicKey key) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(Base64.getUrlDecoder().decode(nonce));
            digest.update(key.getEncoded());
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
