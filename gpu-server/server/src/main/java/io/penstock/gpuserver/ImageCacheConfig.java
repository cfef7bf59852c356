package io.penstock.gpuserver;

import io.penstock.protocol.config.ByteSize;

/**
 * How many of the module images that a client's programs loaded are kept for the next time; section {@code image-cache}.
 *
 * @param bytes of each client's images together; 0 = none are kept
 * @param count of each client's images
 */
public record ImageCacheConfig(ByteSize bytes, int count) {
    /** Where nothing else is said: the libraries of several frameworks. */
    public static final ImageCacheConfig DEFAULT = new ImageCacheConfig(ByteSize.parse("2 GiB"), 4096);

    /** A folder with more files is slow to look through. */
    private static final int COUNT_MAX = 65536;

    /** Checks the range. */
    public ImageCacheConfig {
        if (count < 1 || count > COUNT_MAX) {
            throw new IllegalArgumentException("image-cache.count is " + count + "; 1 to " + COUNT_MAX);
        }
    }
}
