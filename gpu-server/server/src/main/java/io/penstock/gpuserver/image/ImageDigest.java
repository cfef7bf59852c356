package io.penstock.gpuserver.image;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The SHA-256 of an image, by which it is known.
 *
 * @param hex 64 digits, lower case: also the name of its file
 */
public record ImageDigest(String hex) {
    /** Bytes of it on the wire. */
    public static final int BYTES = 32;

    /** What a client says the digest is. */
    public static ImageDigest read(MemorySegment bytes) {
        return of(bytes.toArray(ValueLayout.JAVA_BYTE));
    }

    /** The digest of what went through {@link #sha256()}. */
    static ImageDigest of(MessageDigest done) {
        return of(done.digest());
    }

    private static ImageDigest of(byte... bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("a digest of " + bytes.length + " bytes");
        }
        return new ImageDigest(HexFormat.of().formatHex(bytes));
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has SHA-256", impossible);
        }
    }
}
