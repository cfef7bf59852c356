package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.Layouts;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.codec.Writer;
import java.util.function.IntSupplier;
import java.util.function.LongToIntFunction;

/** Arrays: memory of the lease like any other, in the size that their elements need. */
interface ArrayExecutors extends HandCalls {
    @Override
    default int cuArrayCreate_v2(CallContext context, Reader in, Writer out) {
        long descriptor = in.readStruct(Layouts.CUDA_ARRAY_DESCRIPTOR.BYTES);
        in.end();
        long bytes = bytesOf(
                NativeMemory.getLong(descriptor + Layouts.CUDA_ARRAY_DESCRIPTOR.Width),
                NativeMemory.getLong(descriptor + Layouts.CUDA_ARRAY_DESCRIPTOR.Height),
                0,
                elementBytes(
                        NativeMemory.getInt(descriptor + Layouts.CUDA_ARRAY_DESCRIPTOR.Format),
                        NativeMemory.getInt(descriptor + Layouts.CUDA_ARRAY_DESCRIPTOR.NumChannels)));
        long handle = out.reserveU64();
        return create(
                context, HandleKind.ARRAY, handle, bytes, () -> context.driver().cuArrayCreate_v2(handle, descriptor));
    }

    @Override
    default int cuArray3DCreate_v2(CallContext context, Reader in, Writer out) {
        long descriptor = in.readStruct(Layouts.CUDA_ARRAY3D_DESCRIPTOR.BYTES);
        in.end();
        long handle = out.reserveU64();
        return create(
                context,
                HandleKind.ARRAY,
                handle,
                bytesOf3D(descriptor),
                () -> context.driver().cuArray3DCreate_v2(handle, descriptor));
    }

    @Override
    default int cuMipmappedArrayCreate(CallContext context, Reader in, Writer out) {
        long descriptor = in.readStruct(Layouts.CUDA_ARRAY3D_DESCRIPTOR.BYTES);
        int levels = in.readU32();
        in.end();
        long handle = out.reserveU64();
        long first = bytesOf3D(descriptor);
        // every further level is at most half as large
        return create(
                context,
                HandleKind.MIPMAPPEDARRAY,
                handle,
                levels > 1 ? Math.min(first, Long.MAX_VALUE / 2) * 2 : first,
                () -> context.driver().cuMipmappedArrayCreate(handle, descriptor, levels));
    }

    private static int create(CallContext context, HandleKind kind, long handle, long bytes, IntSupplier driver) {
        int result = MemoryExecutors.allocate(context, bytes, driver, () -> NativeMemory.getLong(handle));
        if (result == CudaResult.SUCCESS) {
            context.handles().toWire(kind, handle, 1);
        }
        return result;
    }

    private static long bytesOf3D(long descriptor) {
        return bytesOf(
                NativeMemory.getLong(descriptor + Layouts.CUDA_ARRAY3D_DESCRIPTOR.Width),
                NativeMemory.getLong(descriptor + Layouts.CUDA_ARRAY3D_DESCRIPTOR.Height),
                NativeMemory.getLong(descriptor + Layouts.CUDA_ARRAY3D_DESCRIPTOR.Depth),
                elementBytes(
                        NativeMemory.getInt(descriptor + Layouts.CUDA_ARRAY3D_DESCRIPTOR.Format),
                        NativeMemory.getInt(descriptor + Layouts.CUDA_ARRAY3D_DESCRIPTOR.NumChannels)));
    }

    /** Elements times their size; larger than any memory when it cannot be counted. */
    private static long bytesOf(long width, long height, long depth, long element) {
        try {
            long rows = Math.multiplyExact(Math.max(1, height), Math.max(1, depth));
            return Math.multiplyExact(Math.multiplyExact(Math.max(1, width), rows), element);
        } catch (ArithmeticException tooLarge) {
            return Long.MAX_VALUE;
        }
    }

    /** The driver's CUarray_format names the size of a channel in its low bits: 1, 2 or 4 bytes; others count as 4. */
    private static long elementBytes(int format, int channels) {
        int channel = switch (format) {
            case 0x01, 0x08 -> 1;
            case 0x02, 0x09, 0x10 -> 2;
            default -> 4;
        };
        return (long) channel * Math.clamp(channels, 1, 4);
    }

    @Override
    default int cuArrayDestroy(CallContext context, Reader in, Writer out) {
        return destroy(context, HandleKind.ARRAY, in, context.driver()::cuArrayDestroy);
    }

    @Override
    default int cuMipmappedArrayDestroy(CallContext context, Reader in, Writer out) {
        return destroy(context, HandleKind.MIPMAPPEDARRAY, in, context.driver()::cuMipmappedArrayDestroy);
    }

    private static int destroy(CallContext context, HandleKind kind, Reader in, LongToIntFunction driver) {
        long wire = in.readHandle();
        in.end();
        long array = context.handles().nativeOf(kind, wire);
        if (array == HandleTable.INVALID || array == 0) {
            return CudaResult.INVALID_HANDLE;
        }
        context.handles().drop(kind, wire);
        return MemoryExecutors.free(context, array, () -> driver.applyAsInt(array));
    }
}
