package io.penstock.gpuserver.software;

import io.penstock.gpuserver.software.ptx.TexelFormat;
import io.penstock.gpuserver.software.ptx.Texels;

/**
 * An array: memory of the device whose layout is the driver's own business. Here rows follow each other at multiples of the
 * largest access to memory, and slices or layers follow each other.
 *
 * @param block where it lies
 * @param texels the same, as kernels see it
 * @param descriptor what the program asked for
 */
record CudaArray(Block block, Texels texels, ArrayDescriptor descriptor) {
    private static final long ROW_ALIGNMENT_BYTES = 16;

    /** The memory an array needs; it has been accepted, so the number is small enough. */
    static long bytes(ArrayDescriptor descriptor, TexelFormat format) {
        return sliceBytes(descriptor, format) * Math.max(1, descriptor.depth());
    }

    static CudaArray in(Block block, ArrayDescriptor descriptor, TexelFormat format) {
        int slices = (int) Math.max(1, descriptor.depth());
        Texels texels = new Texels(
                block.base(),
                (int) descriptor.width(),
                (int) Math.max(1, descriptor.height()),
                descriptor.layered() ? 1 : slices,
                descriptor.layered() ? slices : 1,
                rowBytes(descriptor, format),
                sliceBytes(descriptor, format),
                format);
        return new CudaArray(block, texels, descriptor);
    }

    private static long rowBytes(ArrayDescriptor descriptor, TexelFormat format) {
        return (descriptor.width() * format.bytes() + ROW_ALIGNMENT_BYTES - 1) & -ROW_ALIGNMENT_BYTES;
    }

    private static long sliceBytes(ArrayDescriptor descriptor, TexelFormat format) {
        return rowBytes(descriptor, format) * Math.max(1, descriptor.height());
    }

    long widthBytes() {
        return (long) texels.width() * texels.format().bytes();
    }

    /** Whether a box of bytes, rows and slices lies in the array. */
    boolean holds(long x, long y, long z, long width, long height, long depth) {
        return inside(x, width, widthBytes())
                && inside(y, height, texels.height())
                && inside(z, depth, (long) texels.depth() * texels.layers());
    }

    private static boolean inside(long from, long length, long size) {
        return from >= 0 && length >= 0 && from <= size && length <= size - from;
    }
}
