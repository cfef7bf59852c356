package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.TexelFormat;
import io.penstock.gpuserver.software.ptx.math.HalfMath;
import io.penstock.gpuserver.software.ptx.math.TexelMath;
import java.lang.foreign.ValueLayout;

/** One channel of a texel whose address {@link Addresses} has checked, as the register that gets it holds it. */
final class TexelReader {
    private TexelReader() {}

    /** The channel's integer, or the bits of its floating number. */
    static int read(TexelFormat.Channel type, long texel, int channel, boolean floats) {
        long address = texel + (long) channel * type.bytes();
        int raw = switch (type) {
            case UNSIGNED8 -> Loads.ALL.get(ValueLayout.JAVA_BYTE, address) & 0xff;
            case SIGNED8 -> Loads.ALL.get(ValueLayout.JAVA_BYTE, address);
            case UNSIGNED16, HALF -> Loads.ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, address) & 0xffff;
            case SIGNED16 -> Loads.ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, address);
            case UNSIGNED32, SIGNED32, FLOAT -> Loads.ALL.get(ValueLayout.JAVA_INT_UNALIGNED, address);
        };
        if (type == TexelFormat.Channel.HALF) {
            return Float.floatToRawIntBits(HalfMath.toFloat(raw));
        }
        return floats && !type.floating() ? Float.floatToRawIntBits(TexelMath.fraction(raw, type.one())) : raw;
    }
}
