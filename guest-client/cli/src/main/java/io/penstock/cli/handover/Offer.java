package io.penstock.cli.handover;

import io.penstock.protocol.identity.Fingerprint;
import io.penstock.protocol.identity.IdentityException;
import io.penstock.protocol.identity.PeerKind;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;

/**
 * What an appliance writes into a VM's guestinfo to let it in. Whoever is in the guest can write it too, so nothing in it is
 * believed but that the appliance there must have this authority.
 *
 * @param kind what the VM is to become
 * @param url where the appliance answers
 * @param authority the fingerprint of its authority
 * @param nonce base64url of random bytes
 * @param expires until when it stands
 * @param vm the vCenter's and the VM's instance UUIDs with a colon between
 */
record Offer(PeerKind kind, URI url, Fingerprint authority, String nonce, Instant expires, String vm) {
    /** Where the offer stands. */
    static final String KEY = "guestinfo.penstock.offer";

    /** Where the guest's answer goes. */
    static final String ANSWER_KEY = "guestinfo.penstock.answer";

    private static final int VERSION = 1;
    private static final int CHARACTERS_MAX = 1024;
    private static final int NONCE_BYTES_MIN = 16;
    private static final int NONCE_BYTES_MAX = 64;
    private static final Duration AHEAD_MAX = Duration.ofMinutes(10);
    private static final String UUID = "[0-9A-Fa-f-]{36}";

    /** Reads an offer and judges it by this machine's clock. */
    static Offer read(String text, Instant now) throws OfferException {
        if (text.length() > CHARACTERS_MAX) {
            throw new OfferException(
                    "it has " + text.length() + " characters; at most " + CHARACTERS_MAX + " can be an appliance's");
        }
        JsonObject json;
        try {
            json = new JsonObject(text);
        } catch (DecodeException e) {
            throw new OfferException("it is not a JSON object");
        }
        if (!Integer.valueOf(VERSION).equals(json.getValue("v"))) {
            throw new OfferException("its version 'v' is " + json.getValue("v") + ", not " + VERSION
                    + "; install the Penstock that fits the appliance");
        }
        Offer offer = new Offer(
                kind(string(json, "kind")),
                url(string(json, "url")),
                authority(string(json, "ca")),
                nonce(string(json, "nonce")),
                expires(string(json, "expires")),
                vm(string(json, "vm")));
        offer.requireTime(now);
        return offer;
    }

    /** What is answered by whoever has this key: SHA-256 over the nonce's bytes and the key's SubjectPublicKeyInfo. */
    String answer(PublicKey key) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(Base64.getUrlDecoder().decode(nonce));
            digest.update(key.getEncoded());
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    private void requireTime(Instant now) throws OfferException {
        if (!now.isBefore(expires)) {
            throw new OfferException("it expired at " + expires + "; enable the VM again, and see that this machine's"
                    + " clock is right");
        }
        if (expires.isAfter(now.plus(AHEAD_MAX))) {
            throw new OfferException("it ends at " + expires + ", more than " + AHEAD_MAX.toMinutes()
                    + " minutes ahead of this machine's clock; is the clock right?");
        }
    }

    private static String string(JsonObject json, String key) throws OfferException {
        if (json.getValue(key) instanceof String text && !text.isEmpty()) {
            return text;
        }
        throw new OfferException(
                "its '" + key + "' is " + (json.containsKey(key) ? "not a text with something in it" : "missing"));
    }

    private static PeerKind kind(String word) throws OfferException {
        return switch (word) {
            case "client" -> PeerKind.CLIENT;
            case "server" -> PeerKind.SERVER;
            default -> throw new OfferException("its 'kind' is '" + shown(word) + "'; client or server");
        };
    }

    private static URI url(String text) throws OfferException {
        try {
            URI url = new URI(text);
            String path = url.getRawPath();
            boolean bare = url.getRawUserInfo() == null
                    && url.getRawQuery() == null
                    && url.getRawFragment() == null
                    && (path == null || path.isEmpty() || path.equals("/"));
            if ("https".equals(url.getScheme()) && url.getHost() != null && url.getPort() <= 65535 && bare) {
                return url;
            }
        } catch (URISyntaxException e) {
            // said below
        }
        throw new OfferException("its 'url' is '" + shown(text) + "'; https://HOST:PORT");
    }

    private static Fingerprint authority(String hex) throws OfferException {
        try {
            return new Fingerprint(hex);
        } catch (IdentityException e) {
            throw new OfferException("its 'ca' is not a SHA-256 of 64 lower-case hexadecimal digits");
        }
    }

    private static String nonce(String text) throws OfferException {
        int bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(text).length;
        } catch (IllegalArgumentException e) {
            throw new OfferException("its 'nonce' is not base64url");
        }
        if (bytes < NONCE_BYTES_MIN || bytes > NONCE_BYTES_MAX) {
            throw new OfferException(
                    "its 'nonce' has " + bytes + " bytes; " + NONCE_BYTES_MIN + " to " + NONCE_BYTES_MAX);
        }
        return text;
    }

    private static Instant expires(String text) throws OfferException {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            throw new OfferException("its 'expires' is '" + shown(text) + "', not a time such as 2026-01-31T12:00:00Z");
        }
    }

    private static String vm(String text) throws OfferException {
        if (!text.matches(UUID + ":" + UUID)) {
            throw new OfferException("its 'vm' is '" + shown(text) + "', not two UUIDs with a colon between");
        }
        return text;
    }

    /** Anybody's text in our log: short, and nothing that a terminal would obey. */
    private static String shown(String text) {
        String plain = text.replaceAll("[^\\x20-\\x7e]", "?");
        return plain.length() <= 80 ? plain : plain.substring(0, 80) + "…";
    }
}
