package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;

/**
 * Rows of bytes to be copied between two places in linear memory: {@code depth} slices of {@code height} rows of {@code
 * width} bytes.
 */
record CopyShape(Side source, Side destination, long width, long height, long depth) {

    /** Where one side's first byte is, and the distances between its rows and its slices. */
    record Side(long address, long pitch, long slice) {
        /** The bytes from the first row's start to the last row's end. */
        long span(long width, long height, long depth) {
            return width == 0 || height == 0 || depth == 0 ? 0 : (depth - 1) * slice + (height - 1) * pitch + width;
        }
    }

    private static final int HOST = 1;
    private static final int DEVICE = 2;
    private static final int ARRAY = 3;
    private static final int DESCRIPTOR_BYTES = 200;

    static CopyShape flat(long destination, long source, long bytes) {
        return new CopyShape(new Side(source, bytes, bytes), new Side(destination, bytes, bytes), bytes, 1, 1);
    }

    /** What CUDA_MEMCPY2D asks for; one without a shape says why in {@link Parsed#result}. */
    static Parsed of2D(long copy) {
        long width = NativeMemory.getLong(copy + 112);
        long height = NativeMemory.getLong(copy + 120);
        return parse(side2D(copy), side2D(copy + 56), new Extent(width, height, 1), copy, copy + 56, 16);
    }

    /** What CUDA_MEMCPY3D or CUDA_MEMCPY3D_PEER asks for; they differ only in reserved words. */
    static Parsed of3D(long copy) {
        Extent extent = new Extent(
                NativeMemory.getLong(copy + 176), NativeMemory.getLong(copy + 184), NativeMemory.getLong(copy + 192));
        return parse(side3D(copy, extent), side3D(copy + 88, extent), extent, copy, copy + 88, 32);
    }

    /** A shape, or the code that refuses it. */
    record Parsed(int result, CopyShape shape) {}

    private record Extent(long width, long height, long depth) {}

    private static Parsed parse(
            Side source, Side destination, Extent extent, long sourceAt, long destinationAt, int typeOffset) {
        CopyShape shape = new CopyShape(source, destination, extent.width, extent.height, extent.depth);
        boolean arrays = NativeMemory.getInt(sourceAt + typeOffset) == ARRAY
                || NativeMemory.getInt(destinationAt + typeOffset) == ARRAY;
        if (arrays) {
            return new Parsed(CudaResult.NOT_SUPPORTED, shape);
        }
        boolean rows = extent.height > 1 || extent.depth > 1;
        boolean overlapping = rows && (source.pitch < extent.width || destination.pitch < extent.width);
        boolean negative = extent.width < 0 || extent.height < 0 || extent.depth < 0;
        return new Parsed(overlapping || negative ? CudaResult.INVALID_VALUE : CudaResult.SUCCESS, shape);
    }

    /** x, y, memory type, host, device, array, pitch: one half of CUDA_MEMCPY2D. */
    private static Side side2D(long at) {
        long x = NativeMemory.getLong(at);
        long y = NativeMemory.getLong(at + 8);
        long pitch = NativeMemory.getLong(at + 48);
        return new Side(start(at + 16, at + 24, at + 32) + y * pitch + x, pitch, 0);
    }

    /** x, y, z, level, memory type, host, device, array, context, pitch, height: one half of CUDA_MEMCPY3D. */
    private static Side side3D(long at, Extent extent) {
        long x = NativeMemory.getLong(at);
        long y = NativeMemory.getLong(at + 8);
        long z = NativeMemory.getLong(at + 16);
        long pitch = NativeMemory.getLong(at + 72);
        long rows = NativeMemory.getLong(at + 80);
        long row = pitch == 0 ? extent.width : pitch;
        long slice = row * (rows == 0 ? extent.height : rows);
        return new Side(start(at + 32, at + 40, at + 48) + z * slice + y * row + x, row, slice);
    }

    /** The host pointer for memory type host (1), the device pointer for device (2) and unified (4). */
    private static long start(long type, long host, long device) {
        return NativeMemory.getLong(NativeMemory.getInt(type) == 1 ? host : device);
    }

    /** Writes CUDA_MEMCPY3D that asks for this. */
    void write3D(AddressSpace space, long at) {
        NativeMemory.fill(at, DESCRIPTOR_BYTES, (byte) 0);
        write(source, space, at);
        write(destination, space, at + 88);
        NativeMemory.putLong(at + 176, width);
        NativeMemory.putLong(at + 184, height);
        NativeMemory.putLong(at + 192, depth);
    }

    private void write(Side side, AddressSpace space, long at) {
        boolean device = space.contains(side.address);
        NativeMemory.putInt(at + 32, device ? DEVICE : HOST);
        NativeMemory.putLong(at + (device ? 48 : 40), side.address);
        NativeMemory.putLong(at + 72, side.pitch);
        NativeMemory.putLong(at + 80, side.pitch == 0 ? height : side.slice / side.pitch);
    }

    boolean isEmpty() {
        return width == 0 || height == 0 || depth == 0;
    }

    long sourceSpan() {
        return source.span(width, height, depth);
    }

    long destinationSpan() {
        return destination.span(width, height, depth);
    }

    void copy() {
        for (long z = 0; z < depth; z++) {
            for (long y = 0; y < height; y++) {
                NativeMemory.copy(
                        source.address + z * source.slice + y * source.pitch,
                        destination.address + z * destination.slice + y * destination.pitch,
                        width);
            }
        }
    }
}
