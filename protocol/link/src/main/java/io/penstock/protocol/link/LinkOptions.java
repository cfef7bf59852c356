package io.penstock.protocol.link;

import io.penstock.protocol.codec.Limits;
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
    /**
     * Bulk connections that keep this machine's cores busy without taking all of them: 6 on 16 cores and more, 4 on 8, else
     * 2; or what the environment says in {@code PENSTOCK_BULK_CONNECTIONS}, 1 to 8.
     */
    public static int bulkConnections() {
        String wanted = System.getenv("PENSTOCK_BULK_CONNECTIONS");
        if (wanted != null && wanted.matches("[1-8]")) {
            return Integer.parseInt(wanted);
        }
        int cores = Runtime.getRuntime().availableProcessors();
        if (cores >= 16) {
            return 6;
        }
        return cores >= 8 ? 4 : 2;
    }

    public static final LinkOptions DEFAULT = new LinkOptions(
            Limits.FRAME_BYTES_MAX,
            Limits.BULK_CHUNK_BYTES_MAX,
            4 * Limits.FRAME_BYTES_MAX,
            Duration.ofMillis(Limits.KEEP_ALIVE_MILLISECONDS),
            Duration.ofMillis(Limits.PEER_SILENCE_MILLISECONDS_MAX));

    public LinkOptions {
        if (inFlightBytes < frameBytesMax) {
            throw new IllegalArgumentException(
                    inFlightBytes + " bytes in flight do not hold one frame of " + frameBytesMax);
        }
    }
}
