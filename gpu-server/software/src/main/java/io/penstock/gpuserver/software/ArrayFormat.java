package io.penstock.gpuserver.software;

import io.penstock.gpuserver.software.ptx.TexelFormat;
import org.jspecify.annotations.Nullable;

/** What CUarray_format and a number of channels say of a texel. */
final class ArrayFormat {
    private ArrayFormat() {}

    /** The format, or null for one that this GPU lacks (compressed ones, and those of several planes). */
    static @Nullable TexelFormat of(int format, int channels) {
        TexelFormat.Channel channel = switch (format) {
            case 0x01 -> TexelFormat.Channel.UNSIGNED8;
            case 0x02 -> TexelFormat.Channel.UNSIGNED16;
            case 0x03 -> TexelFormat.Channel.UNSIGNED32;
            case 0x08 -> TexelFormat.Channel.SIGNED8;
            case 0x09 -> TexelFormat.Channel.SIGNED16;
            case 0x0a -> TexelFormat.Channel.SIGNED32;
            case 0x10 -> TexelFormat.Channel.HALF;
            case 0x20 -> TexelFormat.Channel.FLOAT;
            default -> null;
        };
        boolean counted = channels == 1 || channels == 2 || channels == 4;
        return channel != null && counted ? new TexelFormat(channel, channels) : null;
    }
}
