package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.software.ptx.AddressMode;
import io.penstock.gpuserver.software.ptx.TexelFormat;
import io.penstock.gpuserver.software.ptx.Texels;
import io.penstock.gpuserver.software.ptx.Texture;
import io.penstock.gpuserver.software.ptx.math.TexelMath;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.Layouts;
import java.util.Arrays;

/** CUDA_TEXTURE_DESC, as far as textures without mipmaps have a use for it. */
@SuppressWarnings("ArrayRecordComponent") // read once and never compared
record TextureDescriptor(int[] modes, int filter, int flags, int[] border) {
    private static final int READ_AS_INTEGER = 1;
    private static final int NORMALISED_COORDINATES = 2;
    private static final int SRGB = 0x10;
    private static final int FLAGS_KNOWN = 0x73;
    private static final int LINEAR_FILTER = 1;
    private static final int MODE_WRAP = 0;
    private static final int MODE_MIRROR = 2;
    private static final int MODE_BORDER = 3;

    static TextureDescriptor of(long at) {
        return new TextureDescriptor(
                ints(at + Layouts.CUDA_TEXTURE_DESC.addressMode, 3),
                NativeMemory.getInt(at + Layouts.CUDA_TEXTURE_DESC.filterMode),
                NativeMemory.getInt(at + Layouts.CUDA_TEXTURE_DESC.flags),
                ints(at + Layouts.CUDA_TEXTURE_DESC.borderColor, 4));
    }

    private static int[] ints(long at, int count) {
        int[] values = new int[count];
        Arrays.setAll(values, i -> NativeMemory.getInt(at + 4L * i));
        return values;
    }

    /** The code that refuses the description for such a resource, or 0. */
    int refusal(int resource, Texels texels) {
        boolean modesKnown = Arrays.stream(modes).allMatch(mode -> mode >= MODE_WRAP && mode <= MODE_BORDER);
        if (!modesKnown || filter < 0 || filter > LINEAR_FILTER || (flags & ~FLAGS_KNOWN) != 0) {
            return CudaResult.INVALID_VALUE;
        }
        if ((flags & SRGB) != 0) {
            return CudaResult.NOT_SUPPORTED;
        }
        boolean blendsIntegers = linear(resource) && !texture(resource, texels).floats();
        return blendsIntegers ? CudaResult.INVALID_VALUE : CudaResult.SUCCESS;
    }

    /** Linear memory knows neither filters nor address modes: what lies beyond it is 0 (cuda.h, CUDA_TEXTURE_DESC). */
    Texture texture(int resource, Texels texels) {
        boolean plain = resource == ResourceDescriptor.LINEAR;
        AddressMode[] how = new AddressMode[modes.length];
        Arrays.setAll(how, i -> plain ? AddressMode.BORDER : mode(modes[i]));
        boolean fractions = (flags & READ_AS_INTEGER) == 0;
        int[] outside = new int[border.length];
        if (!plain) {
            Arrays.setAll(outside, i -> border(texels.format().channel(), fractions, border[i]));
        }
        boolean memory = resource != ResourceDescriptor.ARRAY;
        return new Texture(texels, memory, how, linear(resource), normalised() && !plain, fractions, outside);
    }

    /**
     * What a texel outside reads as: the border is kept as a texel of the texture would be. As on an H100: fractions are the
     * nearest ones, narrow integers the lowest bits.
     */
    private static int border(TexelFormat.Channel type, boolean fractions, int given) {
        float number = Float.intBitsToFloat(given);
        if (type == TexelFormat.Channel.HALF) {
            return Float.floatToRawIntBits(Float.float16ToFloat(Float.floatToFloat16(number)));
        }
        if (fractions && type.one() != 0) {
            float least = type.signed() ? -1 : 0;
            int nearest = (int) Math.floor(Math.clamp((double) number, least, 1) * type.one() + 0.5);
            return Float.floatToRawIntBits(TexelMath.fraction(nearest, type.one()));
        }
        int unused = Integer.SIZE - 8 * type.bytes();
        return type.signed() ? given << unused >> unused : given << unused >>> unused;
    }

    private boolean linear(int resource) {
        return filter == LINEAR_FILTER && resource != ResourceDescriptor.LINEAR;
    }

    private boolean normalised() {
        return (flags & NORMALISED_COORDINATES) != 0;
    }

    /** Without normalised coordinates there is no period: clamp takes the place of wrap and mirror (cuda.h, as above). */
    private AddressMode mode(int number) {
        return switch (number) {
            case MODE_WRAP -> normalised() ? AddressMode.WRAP : AddressMode.CLAMP;
            case MODE_MIRROR -> normalised() ? AddressMode.MIRROR : AddressMode.CLAMP;
            case MODE_BORDER -> AddressMode.BORDER;
            default -> AddressMode.CLAMP;
        };
    }
}
