package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.software.ptx.TexelFormat;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.Layouts;
import org.jspecify.annotations.Nullable;

/**
 * What a program asks of an array, as it says it: a dimension that the array lacks is 0.
 *
 * @param depth slices, or layers where the flags say so
 * @param format CUarray_format
 */
record ArrayDescriptor(long width, long height, long depth, int format, int channels, int flags) {
    /** CUDA_ARRAY3D_LAYERED. */
    static final int LAYERED = 1;
    /** CUDA_ARRAY3D_SURFACE_LDST. */
    static final int SURFACE = 2;
    /** CUDA_ARRAY3D_TEXTURE_GATHER. */
    static final int GATHER = 8;

    /** Every flag that the driver knows. */
    private static final int FLAGS_KNOWN = 0x1ff;

    static ArrayDescriptor of2D(long at) {
        return new ArrayDescriptor(
                NativeMemory.getLong(at + Layouts.CUDA_ARRAY_DESCRIPTOR.Width),
                NativeMemory.getLong(at + Layouts.CUDA_ARRAY_DESCRIPTOR.Height),
                0,
                NativeMemory.getInt(at + Layouts.CUDA_ARRAY_DESCRIPTOR.Format),
                NativeMemory.getInt(at + Layouts.CUDA_ARRAY_DESCRIPTOR.NumChannels),
                0);
    }

    static ArrayDescriptor of3D(long at) {
        return new ArrayDescriptor(
                NativeMemory.getLong(at + Layouts.CUDA_ARRAY3D_DESCRIPTOR.Width),
                NativeMemory.getLong(at + Layouts.CUDA_ARRAY3D_DESCRIPTOR.Height),
                NativeMemory.getLong(at + Layouts.CUDA_ARRAY3D_DESCRIPTOR.Depth),
                NativeMemory.getInt(at + Layouts.CUDA_ARRAY3D_DESCRIPTOR.Format),
                NativeMemory.getInt(at + Layouts.CUDA_ARRAY3D_DESCRIPTOR.NumChannels),
                NativeMemory.getInt(at + Layouts.CUDA_ARRAY3D_DESCRIPTOR.Flags));
    }

    void write2D(long at) {
        NativeMemory.putLong(at + Layouts.CUDA_ARRAY_DESCRIPTOR.Width, width);
        NativeMemory.putLong(at + Layouts.CUDA_ARRAY_DESCRIPTOR.Height, height);
        NativeMemory.putInt(at + Layouts.CUDA_ARRAY_DESCRIPTOR.Format, format);
        NativeMemory.putInt(at + Layouts.CUDA_ARRAY_DESCRIPTOR.NumChannels, channels);
    }

    void write3D(long at) {
        NativeMemory.putLong(at + Layouts.CUDA_ARRAY3D_DESCRIPTOR.Width, width);
        NativeMemory.putLong(at + Layouts.CUDA_ARRAY3D_DESCRIPTOR.Height, height);
        NativeMemory.putLong(at + Layouts.CUDA_ARRAY3D_DESCRIPTOR.Depth, depth);
        NativeMemory.putInt(at + Layouts.CUDA_ARRAY3D_DESCRIPTOR.Format, format);
        NativeMemory.putInt(at + Layouts.CUDA_ARRAY3D_DESCRIPTOR.NumChannels, channels);
        NativeMemory.putInt(at + Layouts.CUDA_ARRAY3D_DESCRIPTOR.Flags, flags);
    }

    boolean layered() {
        return (flags & LAYERED) != 0;
    }

    @Nullable
    TexelFormat texel() {
        return ArrayFormat.of(format, channels);
    }

    /** The code that refuses it, or 0. */
    int refusal() {
        boolean shape = layered() ? depth > 0 : depth == 0 || height > 0;
        if (width <= 0 || height < 0 || depth < 0 || !shape || (flags & ~FLAGS_KNOWN) != 0 || !fits()) {
            return CudaResult.INVALID_VALUE;
        }
        if ((flags & GATHER) != 0 && !canGather()) {
            return CudaResult.INVALID_VALUE;
        }
        boolean plain = (flags & ~(LAYERED | SURFACE | GATHER)) == 0;
        if (texel() == null) {
            return channels == 1 || channels == 2 || channels == 4
                    ? CudaResult.NOT_SUPPORTED
                    : CudaResult.INVALID_VALUE;
        }
        return plain ? CudaResult.SUCCESS : CudaResult.NOT_SUPPORTED;
    }

    /** Texels are gathered from two dimensions, of layers too; see device-attributes.tsv for the size. */
    private boolean canGather() {
        return height > 0 && (depth == 0 || layered()) && width <= 32768 && height <= 32768;
    }

    /** Within the device's limits on the width, height and depth of textures; see device-attributes.tsv. */
    private boolean fits() {
        if (layered()) {
            return width <= 32768 && height <= 32768 && depth <= 2048;
        }
        return depth > 0 ? width <= 16384 && height <= 16384 && depth <= 16384 : width <= 131072 && height <= 65536;
    }
}
