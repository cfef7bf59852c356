package io.penstock.gpuserver.software.ptx;

/**
 * A texture object: texels, and how they are read.
 *
 * @param linearMemory whether the texels are memory of the program's own and not an array
 * @param modes the address mode of each dimension
 * @param linear whether the texels around a place are blended; only where {@link #floats}
 * @param normalised whether coordinates go from 0 to 1
 * @param fractions whether integers of 8 and 16 bits are read as numbers between 0 or -1 and 1
 * @param border the bits of each value that a texel outside reads as
 */
@SuppressWarnings("ArrayRecordComponent") // written once, by the driver, and never compared
public record Texture(
        Texels texels,
        boolean linearMemory,
        AddressMode[] modes,
        boolean linear,
        boolean normalised,
        boolean fractions,
        int[] border) {

    /** Whether a fetch gives floating numbers; if not, it gives integers. */
    public boolean floats() {
        TexelFormat.Channel channel = texels.format().channel();
        return channel.floating() || (fractions && channel.one() != 0);
    }
}
