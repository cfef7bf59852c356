package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import org.jspecify.annotations.Nullable;

/**
 * One half of CUDA_MEMCPY2D or CUDA_MEMCPY3D: where in which memory a box lies.
 *
 * @param x bytes into a row
 * @param y rows
 * @param z slices
 * @param type CUmemorytype
 * @param start the host or device address that the type asks for
 * @param array the handle, if the type asks for one
 * @param pitch bytes from row to row in linear memory
 * @param rows rows from slice to slice in linear memory
 */
record CopyHalf(long x, long y, long z, int type, long start, long array, long pitch, long rows) {
    static final int HOST = 1;
    static final int DEVICE = 2;
    static final int ARRAY = 3;
    /** By address: what lies in the device address space is device memory. */
    static final int UNIFIED = 4;

    /** Bytes in linear memory. */
    static CopyHalf flat(long address, long bytes) {
        return new CopyHalf(0, 0, 0, UNIFIED, address, 0, bytes, 1);
    }

    /** Bytes in an array's first row. */
    static CopyHalf inArray(long array, long offset) {
        return new CopyHalf(offset, 0, 0, ARRAY, 0, array, 0, 0);
    }

    /** x, y, memory type, host, device, array, pitch. */
    static CopyHalf of2D(long at) {
        int type = NativeMemory.getInt(at + 16);
        return new CopyHalf(
                NativeMemory.getLong(at),
                NativeMemory.getLong(at + 8),
                0,
                type,
                NativeMemory.getLong(at + (type == HOST ? 24 : 32)),
                NativeMemory.getLong(at + 40),
                NativeMemory.getLong(at + 48),
                0);
    }

    /** x, y, z, level, memory type, host, device, array, context, pitch, height. */
    static CopyHalf of3D(long at, long width, long height) {
        int type = NativeMemory.getInt(at + 32);
        long pitch = NativeMemory.getLong(at + 72);
        long rows = NativeMemory.getLong(at + 80);
        return new CopyHalf(
                NativeMemory.getLong(at),
                NativeMemory.getLong(at + 8),
                NativeMemory.getLong(at + 16),
                type,
                NativeMemory.getLong(at + (type == HOST ? 40 : 48)),
                NativeMemory.getLong(at + 56),
                pitch == 0 ? width : pitch,
                rows == 0 ? height : rows);
    }

    /** The code that refuses a box of this size there, or 0. */
    int refusal(@Nullable CudaArray found, long width, long height, long depth) {
        if (width < 0 || height < 0 || depth < 0) {
            return CudaResult.INVALID_VALUE;
        }
        if (type == ARRAY) {
            if (found == null) {
                return CudaResult.INVALID_HANDLE;
            }
            return found.holds(x, y, z, width, height, depth) ? CudaResult.SUCCESS : CudaResult.INVALID_VALUE;
        }
        boolean overlapping = (height > 1 || depth > 1) && pitch < width;
        return overlapping ? CudaResult.INVALID_VALUE : CudaResult.SUCCESS;
    }

    CopyShape.Side side(@Nullable CudaArray found) {
        if (found != null) {
            return CopyShape.Side.of(found, array, x, y, z);
        }
        long slice = pitch * rows;
        return new CopyShape.Side(start + z * slice + y * pitch + x, pitch, slice, null);
    }
}
