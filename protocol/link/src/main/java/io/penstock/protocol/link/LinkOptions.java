package io.penstock.protocol.link;

import java.time.Duration;

/**
 * Bounds of one link.
 *
 * @param frameBytesMax longest frame accepted from the peer
 * @param chunkBytesMax longest payload chunk accepted from the peer
 * @param inFlightBytes bytes given to a link and not yet taken by the kernel, above which it is not writable
 * @param pingAfter silence of the peer after which it is asked whether it lives
 * @param deadAfter silence of the peer after which the link is given up
 */
public record LinkOptions(
        int frameBytesMax, int chunkBytesMax, int inFlightBytes, Duration pingAfter, Duration deadAfter) {
    public static final LinkOptions DEFAULT =
            new LinkOptions(128 << 10, 256 << 10, 4 << 20, Duration.ofSeconds(5), Duration.ofSeconds(20));

    public LinkOptions {
        if (inFlightBytes < frameBytesMax) {
            throw new IllegalArgumentException(
                    inFlightBytes + " bytes in flight do not hold one frame of " + frameBytesMax);
        }
    }
}
