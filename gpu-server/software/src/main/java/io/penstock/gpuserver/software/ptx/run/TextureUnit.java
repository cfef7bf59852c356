package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.AddressMode;
import io.penstock.gpuserver.software.ptx.LaunchContext;
import io.penstock.gpuserver.software.ptx.PtxFault;
import io.penstock.gpuserver.software.ptx.TexelFormat;
import io.penstock.gpuserver.software.ptx.Texture;
import io.penstock.gpuserver.software.ptx.math.TexelMath;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Samples textures for one block, one lane at a time, and remembers the texture it sampled last. One thread at a time.
 *
 * <p>The CUDA C++ Programming Guide, Texture Fetching: nearest-point sampling takes the texel at {@code floor(x)}; linear
 * filtering takes {@code i = floor(x - 0.5)} and its neighbour, blended by the fraction of {@code x - 0.5} in fixed point with
 * 8 bits behind the point, and so in each dimension. An integer coordinate names a texel and is never filtered. The layer
 * of a layered texture is clamped to those there are. Channels that a texture lacks are 0.
 *
 * <p>What no document says is as on an H100: integer coordinates outside a texture read zeros whatever its address modes are, and
 * in one dimension they do so of every array; a row with a border in both directions is blended with it across too.
 */
final class TextureUnit {
    private static final int CHANNELS = 4;
    private static final int DIMENSIONS = 3;
    private static final int CORNERS = 1 << DIMENSIONS;
    /** Places further out are as good as this one, and their neighbours can still be counted. */
    private static final double FARTHEST = 1L << 40;

    /** Corners from (near, far) on, against the clock. */
    private static final int[] GATHERED = {2, 3, 1, 0};

    private final LaunchContext context;
    private long object;
    private @Nullable Texture texture;

    // the fetch under way: along each dimension a texel, its neighbour, and the neighbour's weight
    private final int[] near = new int[DIMENSIONS];
    private final int[] far = new int[DIMENSIONS];
    private final int[] weight = new int[DIMENSIONS];
    private final int[] shares = new int[CORNERS];
    private final int[] bits = new int[CHANNELS];
    private final double[] sums = new double[CHANNELS];

    TextureUnit(LaunchContext context) {
        this.context = context;
    }

    /** The bits of one of the four values fetched last. */
    int result(int channel) {
        return bits[channel];
    }

    @SuppressWarnings("checkstyle:parameternumber") // what an instruction says
    void fetch(Warp warp, int lane, long wanted, int[][] coordinates, Geometry geometry, boolean places, int site) {
        Texture found = find(warp, lane, wanted);
        boolean blended = found.linear() && places && found.floats();
        Arrays.fill(near, 0);
        Arrays.fill(weight, 0);
        if (geometry.layered()) {
            near[DIMENSIONS - 1] =
                    geometry.layer(coordinates, lane, found.texels().layers());
        }
        boolean inside = places || found.linearMemory() || geometry.dimensions() > 1 || geometry.layered();
        for (int dimension = 0; dimension < geometry.dimensions(); dimension++) {
            int coordinate = geometry.place(dimension, coordinates, lane);
            if (places) {
                around(found, dimension, place(found, dimension, Float.intBitsToFloat(coordinate)), blended);
            } else {
                near[dimension] = coordinate;
                inside &= coordinate >= 0 && coordinate < found.texels().size(dimension);
            }
        }
        if (!inside) {
            Arrays.fill(bits, 0);
        } else if (blended) {
            if (geometry.dimensions() == 1 && !geometry.layered() && found.modes()[1] == AddressMode.BORDER) {
                around(found, 1, place(found, 1, 0), true);
            }
            blend(warp, lane, found, site);
        } else {
            read(warp, lane, found, 0, site);
        }
    }

    /** Finds the four texels around a place, whatever the filter. The place is rounded as for linear filtering, and a mirror does not turn the order around (seen on an H100). */
    void begin(Warp warp, int lane, long wanted, int[][] coordinates, Geometry geometry) {
        Texture found = find(warp, lane, wanted);
        Arrays.fill(near, 0);
        if (geometry.layered()) {
            near[DIMENSIONS - 1] =
                    geometry.layer(coordinates, lane, found.texels().layers());
        }
        for (int dimension = 0; dimension < geometry.dimensions(); dimension++) {
            float coordinate = Float.intBitsToFloat(geometry.place(dimension, coordinates, lane));
            AddressMode mode = found.modes()[dimension];
            boolean turned = found.normalised() && mode == AddressMode.MIRROR;
            around(
                    found,
                    dimension,
                    turned ? coordinate * (double) found.texels().size(dimension) : place(found, dimension, coordinate),
                    true);
        }
    }

    /** A component of one of the four, counted as {@code tld4} has them: PTX ISA, tld4. Signed bytes have 16 bits on the way to a fraction (seen on an H100). */
    int gathered(Warp warp, int lane, int index, int component, int site) {
        Texture found = Objects.requireNonNull(texture);
        read(warp, lane, found, GATHERED[index], site);
        boolean widened = found.floats() && found.texels().format().channel() == TexelFormat.Channel.SIGNED8;
        return widened
                ? Float.floatToRawIntBits(TexelMath.fractionOf16(Float.intBitsToFloat(bits[component])))
                : bits[component];
    }

    private Texture find(Warp warp, int lane, long wanted) {
        Texture found = texture;
        if (found == null || object != wanted) {
            found = context.texture(wanted);
            if (found == null) {
                throw warp.fault(
                        PtxFault.Kind.ILLEGAL_ADDRESS,
                        lane,
                        String.format(Locale.ROOT, "0x%x is no texture object of this context", wanted));
            }
            object = wanted;
            texture = found;
        }
        return found;
    }

    private static double place(Texture found, int dimension, float coordinate) {
        int size = found.texels().size(dimension);
        return found.normalised() ? found.modes()[dimension].place(coordinate, size) : coordinate;
    }

    private void around(Texture found, int dimension, double place, boolean blended) {
        AddressMode mode = found.modes()[dimension];
        int size = found.texels().size(dimension);
        double from = blended ? place - 0.5 : place;
        double floor = Math.floor(from);
        long texel = (long) Math.clamp(floor, -FARTHEST, FARTHEST);
        near[dimension] = mode.index(texel, size);
        if (blended) {
            int share = TexelMath.weight(from - floor);
            if (share == TexelMath.WHOLE) {
                texel++;
                near[dimension] = mode.index(texel, size);
                share = 0;
            }
            far[dimension] = mode.index(texel + 1, size);
            weight[dimension] = share;
        }
    }

    private void blend(Warp warp, int lane, Texture found, int site) {
        Arrays.fill(sums, 0);
        TexelMath.shares(weight, shares);
        for (int corner = 0; corner < CORNERS; corner++) {
            if (shares[corner] == 0) {
                continue;
            }
            read(warp, lane, found, corner, site);
            for (int channel = 0; channel < CHANNELS; channel++) {
                sums[channel] += shares[corner] * (double) Float.intBitsToFloat(bits[channel]);
            }
        }
        TexelFormat.Channel type = found.texels().format().channel();
        for (int channel = 0; channel < CHANNELS; channel++) {
            bits[channel] = Float.floatToRawIntBits(blended(type, sums[channel] / TexelMath.WHOLE));
        }
    }

    private static float blended(TexelFormat.Channel type, double exact) {
        return switch (type) {
            case UNSIGNED8, UNSIGNED16 -> TexelMath.blendedFraction(exact);
            case HALF -> TexelMath.blendedHalf(exact);
            default -> (float) exact;
        };
    }

    /** The texel of a corner: where its number has a bit, the neighbour in that dimension. */
    private void read(Warp warp, int lane, Texture found, int corner, int site) {
        int x = (corner & 1) != 0 ? far[0] : near[0];
        int y = (corner & 2) != 0 ? far[1] : near[1];
        int slice = (corner & 4) != 0 ? far[2] : near[2];
        int channels = found.texels().format().channels();
        Arrays.fill(bits, channels, CHANNELS, 0);
        if (x < 0 || y < 0 || slice < 0) {
            System.arraycopy(found.border(), 0, bits, 0, channels);
            return;
        }
        long address = found.texels().at(x, y, slice);
        Addresses.checkGlobal(warp, lane, address, found.texels().format().bytes(), site);
        for (int channel = 0; channel < channels; channel++) {
            bits[channel] = TexelReader.read(found.texels().format().channel(), address, channel, found.floats());
        }
    }
}
