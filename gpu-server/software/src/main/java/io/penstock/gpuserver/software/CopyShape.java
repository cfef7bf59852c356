package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import org.jspecify.annotations.Nullable;

/**
 * Rows of bytes to be copied between two places in linear memory or arrays: {@code depth} slices of {@code height} rows of {@code
 * width} bytes.
 */
record CopyShape(Side source, Side destination, long width, long height, long depth) {

    /**
     * Where one side's first byte is, and the distances between its rows and its slices.
     *
     * @param place what of which array this is; null for linear memory
     */
    record Side(
            long address, long pitch, long slice, @Nullable ArrayPlace place) {
        static Side flat(long address, long bytes) {
            return new Side(address, bytes, bytes, null);
        }

        static Side of(CudaArray array, long handle, long x, long y, long z) {
            long row = array.texels().rowBytes();
            long slice = array.texels().sliceBytes();
            long address = array.texels().address() + z * slice + y * row + x;
            return new Side(address, row, slice, new ArrayPlace(handle, x, y, z));
        }

        /** The bytes from the first row's start to the last row's end. */
        long span(long width, long height, long depth) {
            return width == 0 || height == 0 || depth == 0 ? 0 : (depth - 1) * slice + (height - 1) * pitch + width;
        }
    }

    /**
     * A place in an array, as a program names it.
     *
     * @param handle the array's
     */
    record ArrayPlace(long handle, long x, long y, long z) {}

    private static final int DESCRIPTOR_BYTES = 200;

    static CopyShape flat(long destination, long source, long bytes) {
        return flat(Side.flat(destination, bytes), Side.flat(source, bytes), bytes);
    }

    /** One row of bytes. */
    static CopyShape flat(Side destination, Side source, long bytes) {
        return new CopyShape(source, destination, bytes, 1, 1);
    }

    /** What CUDA_MEMCPY2D asks for; one without a shape says why in {@link Parsed#result}. */
    static Parsed of2D(long copy, Machine machine) {
        long width = NativeMemory.getLong(copy + 112);
        long height = NativeMemory.getLong(copy + 120);
        return parse(CopyHalf.of2D(copy), CopyHalf.of2D(copy + 56), machine, width, height, 1);
    }

    /** What CUDA_MEMCPY3D or CUDA_MEMCPY3D_PEER asks for; they differ only in reserved words. */
    static Parsed of3D(long copy, Machine machine) {
        long width = NativeMemory.getLong(copy + 176);
        long height = NativeMemory.getLong(copy + 184);
        long depth = NativeMemory.getLong(copy + 192);
        CopyHalf source = CopyHalf.of3D(copy, width, height);
        CopyHalf destination = CopyHalf.of3D(copy + 88, width, height);
        return parse(source, destination, machine, width, height, depth);
    }

    /** A shape, or the code that refuses it. */
    record Parsed(int result, CopyShape shape) {}

    /** A box of bytes between two halves of a descriptor. */
    static Parsed parse(CopyHalf source, CopyHalf destination, Machine machine, long width, long height, long depth) {
        CudaArray from = source.type() == CopyHalf.ARRAY ? machine.array(source.array()) : null;
        CudaArray to = destination.type() == CopyHalf.ARRAY ? machine.array(destination.array()) : null;
        int refusal = source.refusal(from, width, height, depth);
        if (refusal == CudaResult.SUCCESS) {
            refusal = destination.refusal(to, width, height, depth);
        }
        return new Parsed(refusal, new CopyShape(source.side(from), destination.side(to), width, height, depth));
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
        ArrayPlace place = side.place;
        if (place != null) {
            NativeMemory.putLong(at, place.x);
            NativeMemory.putLong(at + 8, place.y);
            NativeMemory.putLong(at + 16, place.z);
            NativeMemory.putInt(at + 32, CopyHalf.ARRAY);
            NativeMemory.putLong(at + 56, place.handle);
            return;
        }
        boolean device = space.contains(side.address);
        NativeMemory.putInt(at + 32, device ? CopyHalf.DEVICE : CopyHalf.HOST);
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
