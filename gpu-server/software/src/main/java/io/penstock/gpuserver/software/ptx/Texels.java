package io.penstock.gpuserver.software.ptx;

/**
 * Texels in device memory, row after row. Every size is at least 1; what a grid lacks in dimensions is 1.
 *
 * @param address of the first one
 * @param layers how many layers it has, which are no dimension; 1 where it has none
 * @param rowBytes from one row to the next
 * @param sliceBytes from one slice or layer to the next
 */
public record Texels(
        long address,
        int width,
        int height,
        int depth,
        int layers,
        long rowBytes,
        long sliceBytes,
        TexelFormat format) {

    /** How many texels lie along a dimension: 0 is x, 1 is y, 2 is z. */
    public int size(int dimension) {
        return dimension == 0 ? width : dimension == 1 ? height : depth;
    }

    /** The address of a texel; its slice is its z or its layer. */
    public long at(int x, int y, int slice) {
        return address + slice * sliceBytes + y * rowBytes + (long) x * format.bytes();
    }
}
