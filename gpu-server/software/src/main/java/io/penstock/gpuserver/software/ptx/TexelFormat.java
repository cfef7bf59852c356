package io.penstock.gpuserver.software.ptx;

/**
 * What one texel is.
 *
 * @param channel the type of each of its parts
 * @param channels 1, 2 or 4
 */
public record TexelFormat(Channel channel, int channels) {
    /** The type of a channel. */
    public enum Channel {
        UNSIGNED8(1, 255),
        UNSIGNED16(2, 65535),
        UNSIGNED32(4, 0),
        SIGNED8(1, 127),
        SIGNED16(2, 32767),
        SIGNED32(4, 0),
        HALF(2, 0),
        FLOAT(4, 0);

        private final int bytes;
        private final int one;

        Channel(int bytes, int one) {
            this.bytes = bytes;
            this.one = one;
        }

        /** Bytes of one channel. */
        public int bytes() {
            return bytes;
        }

        /** The integer that reads as 1.0 where a texture reads integers as fractions; 0 where it cannot. */
        public int one() {
            return one;
        }

        /** Whether its integers have a sign. */
        public boolean signed() {
            return this == SIGNED8 || this == SIGNED16 || this == SIGNED32;
        }

        /** Whether its numbers are floating ones. */
        public boolean floating() {
            return this == HALF || this == FLOAT;
        }
    }

    /** Bytes of a texel: a power of two. */
    public int bytes() {
        return channel.bytes * channels;
    }
}
