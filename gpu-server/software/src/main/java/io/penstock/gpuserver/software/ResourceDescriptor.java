package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.software.ptx.TexelFormat;
import io.penstock.gpuserver.software.ptx.Texels;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.Layouts;
import org.jspecify.annotations.Nullable;

/**
 * What CUDA_RESOURCE_DESC names, looked up.
 *
 * @param result the code that refuses it, or 0
 * @param type CUresourcetype
 * @param texels null where it is refused
 * @param array null where it is refused or linear memory
 */
record ResourceDescriptor(
        int result,
        int type,
        @Nullable Texels texels,
        @Nullable CudaArray array) {
    static final int ARRAY = 0;
    static final int MIPMAPPED_ARRAY = 1;
    static final int LINEAR = 2;
    static final int PITCH2D = 3;

    // what the device's attributes say
    private static final int ALIGNMENT_BYTES = 512;
    private static final int PITCH_ALIGNMENT_BYTES = 32;
    private static final long LINEAR_TEXELS_MAX = 1L << 28;
    private static final long PITCH2D_WIDTH_MAX = 131072;
    private static final long PITCH2D_HEIGHT_MAX = 65000;
    private static final long PITCH2D_BYTES_MAX = 2097120;

    static ResourceDescriptor of(long at, Machine machine) {
        int type = NativeMemory.getInt(at + Layouts.CUDA_RESOURCE_DESC.resType);
        long union = at + Layouts.CUDA_RESOURCE_DESC.res;
        if (NativeMemory.getInt(at + Layouts.CUDA_RESOURCE_DESC.flags) != 0) {
            return refused(CudaResult.INVALID_VALUE, type);
        }
        return switch (type) {
            case ARRAY -> array(machine.array(NativeMemory.getLong(union)));
            case MIPMAPPED_ARRAY -> refused(CudaResult.INVALID_HANDLE, type); // there are none
            case LINEAR -> linear(union, machine);
            case PITCH2D -> pitched(union, machine);
            default -> refused(CudaResult.INVALID_VALUE, type);
        };
    }

    private static ResourceDescriptor refused(int result, int type) {
        return new ResourceDescriptor(result, type, null, null);
    }

    private static ResourceDescriptor array(@Nullable CudaArray array) {
        return array == null
                ? refused(CudaResult.INVALID_HANDLE, ARRAY)
                : new ResourceDescriptor(CudaResult.SUCCESS, ARRAY, array.texels(), array);
    }

    /** Address, format, channels, bytes. */
    private static ResourceDescriptor linear(long union, Machine machine) {
        long address = NativeMemory.getLong(union);
        TexelFormat format = format(union);
        long bytes = NativeMemory.getLong(union + 16);
        long width = format == null ? 0 : bytes / format.bytes();
        if (format == null || width <= 0 || width > LINEAR_TEXELS_MAX || !usable(address, bytes, machine)) {
            return refused(CudaResult.INVALID_VALUE, LINEAR);
        }
        return new ResourceDescriptor(
                CudaResult.SUCCESS, LINEAR, new Texels(address, (int) width, 1, 1, 1, bytes, bytes, format), null);
    }

    /** Address, format, channels, width and height in texels, bytes from row to row. */
    private static ResourceDescriptor pitched(long union, Machine machine) {
        long address = NativeMemory.getLong(union);
        TexelFormat format = format(union);
        long width = NativeMemory.getLong(union + 16);
        long height = NativeMemory.getLong(union + 24);
        long pitch = NativeMemory.getLong(union + 32);
        boolean size = width > 0 && width <= PITCH2D_WIDTH_MAX && height > 0 && height <= PITCH2D_HEIGHT_MAX;
        boolean rows = pitch % PITCH_ALIGNMENT_BYTES == 0 && pitch <= PITCH2D_BYTES_MAX;
        if (format == null || !size || !rows || pitch < width * format.bytes()) {
            return refused(CudaResult.INVALID_VALUE, PITCH2D);
        }
        long bytes = (height - 1) * pitch + width * format.bytes();
        if (!usable(address, bytes, machine)) {
            return refused(CudaResult.INVALID_VALUE, PITCH2D);
        }
        Texels texels = new Texels(address, (int) width, (int) height, 1, 1, pitch, pitch * height, format);
        return new ResourceDescriptor(CudaResult.SUCCESS, PITCH2D, texels, null);
    }

    private static @Nullable TexelFormat format(long union) {
        return ArrayFormat.of(NativeMemory.getInt(union + 8), NativeMemory.getInt(union + 12));
    }

    private static boolean usable(long address, long bytes, Machine machine) {
        return address % ALIGNMENT_BYTES == 0 && machine.isDeviceRange(address, bytes);
    }
}
