package io.penstock.protocol.identity;

import java.security.SecureRandom;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;

/**
 * The single-use secret by which a new machine proves that an administrator expects it, and which pins the appliance's
 * authority for the first contact: {@code pst1.<kind>.<expiry>.<id>.<secret>.<authority>}.
 *
 * <p>The appliance alone judges expiry and use; the fields here only let a machine refuse early and clearly.
 *
 * @param kind what the machine will become: a client or a server
 * @param expires when the appliance will no longer take it, whole seconds
 * @param id names the token in lists and logs; 16 hexadecimal digits
 * @param secret 32 random bytes, base64url; never printed but by {@link #text}
 * @param authority the fingerprint of the certificate authority
 */
public record EnrolmentToken(PeerKind kind, Instant expires, String id, String secret, Fingerprint authority) {
    private static final String VERSION = "pst1";
    private static final int PARTS = 6;
    private static final int CHARACTERS_MAX = 256;
    private static final int ID_BYTES = 8;
    private static final int SECRET_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** Checks the kind and the lengths. */
    public EnrolmentToken {
        if (kind != PeerKind.CLIENT && kind != PeerKind.SERVER) {
            throw new IdentityException("a token enrols a client or a server, not a " + kind.word());
        }
        if (!id.matches("[0-9a-f]{16}")) {
            throw malformed("its id must be 16 hexadecimal digits");
        }
        if (decode(secret, "secret").length != SECRET_BYTES) {
            throw malformed("its secret must be " + SECRET_BYTES + " bytes");
        }
    }

    /** A new token. */
    public static EnrolmentToken create(PeerKind kind, Instant expires, Fingerprint authority) {
        byte[] id = new byte[ID_BYTES];
        byte[] secret = new byte[SECRET_BYTES];
        RANDOM.nextBytes(id);
        RANDOM.nextBytes(secret);
        return new EnrolmentToken(
                kind,
                Instant.ofEpochSecond(expires.getEpochSecond()),
                HexFormat.of().formatHex(id),
                Base64.getUrlEncoder().withoutPadding().encodeToString(secret),
                authority);
    }

    /**
     * Reads a token's text.
     *
     * @throws IdentityException saying what is wrong with it, never repeating the secret
     */
    public static EnrolmentToken parse(String text) {
        String trimmed = text.strip();
        if (trimmed.length() > CHARACTERS_MAX) {
            throw malformed("it has " + trimmed.length() + " characters; at most " + CHARACTERS_MAX + " can be right");
        }
        String[] parts = trimmed.split("\\.", -1);
        if (!parts[0].equals(VERSION)) {
            throw malformed("it must begin with '" + VERSION + ".'");
        }
        if (parts.length != PARTS) {
            throw malformed("it has " + parts.length + " of " + PARTS + " parts; was it cut when it was copied?");
        }
        byte[] authority = decode(parts[5], "authority");
        if (authority.length != Fingerprint.BYTES) {
            throw malformed("its authority has " + authority.length + " of " + Fingerprint.BYTES
                    + " bytes; was it cut when it was copied?");
        }
        try {
            Instant expires = Instant.ofEpochSecond(Long.parseLong(parts[2]));
            return new EnrolmentToken(
                    PeerKind.of(parts[1]), expires, parts[3], parts[4], Fingerprint.ofBytes(authority));
        } catch (NumberFormatException | DateTimeException e) {
            throw malformed("its expiry is not a number of seconds");
        }
    }

    /**
     * Reads a token's text for a machine that is to become such a member, and looks at it before it is spent.
     *
     * @throws IdentityException when it is none, for another kind of member, or expired at this time
     */
    public static EnrolmentToken parse(String text, PeerKind wanted, Instant now) {
        EnrolmentToken token = parse(text);
        String another = "; ask for one made with: penstock-appliance token create --kind " + wanted.word();
        if (token.kind != wanted) {
            throw new IdentityException(
                    "this token enrols a " + token.kind.word() + ", not a " + wanted.word() + another);
        }
        if (token.expires.isBefore(now)) {
            throw new IdentityException("this token expired on " + token.expires + another);
        }
        return token;
    }

    /** The text to hand over: holds the secret. */
    public String text() {
        String pinned = Base64.getUrlEncoder().withoutPadding().encodeToString(authority.bytes());
        return String.join(".", VERSION, kind.word(), Long.toString(expires.getEpochSecond()), id, secret, pinned);
    }

    /** Everything but the secret. */
    @Override
    public String toString() {
        return "token " + id + " for a " + kind.word() + ", until " + expires;
    }

    private static byte[] decode(String text, String part) {
        try {
            return Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw malformed("its " + part + " is not base64url");
        }
    }

    private static IdentityException malformed(String why) {
        return new IdentityException("this is not an enrolment token: " + why);
    }
}
