package io.penstock.gpuserver.software.ptx;

/**
 * What a texture's coordinate means outside the texture.
 *
 * <p>The CUDA C++ Programming Guide, Texture Fetching, states the rules for coordinates: clamp goes to the nearest edge, border
 * has a value of its own, wrap keeps the fraction of a normalised coordinate, and mirror does so and turns it around in every
 * second period. Here a coordinate is first brought into its period ({@link #place}) and the texels around it are then
 * brought into the texture ({@link #index}), because linear filtering needs neighbours that may lie beyond an edge.
 */
public enum AddressMode {
    WRAP,
    CLAMP,
    MIRROR,
    BORDER;

    /** The index of a texel outside a texture that has a border. */
    public static final int OUTSIDE = -1;

    /** Where a normalised coordinate lies among {@code size} texels. */
    public double place(double normalised, int size) {
        double period = Math.floor(normalised);
        double fraction = normalised - period;
        return switch (this) {
            // the fraction of a tiny negative number rounds to 1, which would be the first texel again
            case WRAP -> Math.min(fraction * size, Math.nextDown((double) size));
            case MIRROR -> (period % 2 == 0 ? fraction : 1 - fraction) * size;
            case CLAMP, BORDER -> normalised * size;
        };
    }

    /** The texel that stands for the one at a place, or {@link #OUTSIDE}. */
    public int index(long place, int size) {
        return switch (this) {
            case WRAP -> (int) Math.floorMod(place, (long) size);
            case CLAMP -> Math.clamp(place, 0, size - 1);
            case MIRROR -> {
                int folded = (int) Math.floorMod(place, 2L * size);
                yield folded < size ? folded : 2 * size - 1 - folded;
            }
            case BORDER -> place < 0 || place >= size ? OUTSIDE : (int) place;
        };
    }
}
