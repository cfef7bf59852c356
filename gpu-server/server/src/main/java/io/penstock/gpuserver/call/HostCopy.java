package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.Layouts;
import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.codec.Reader;
import java.lang.foreign.Arena;

/**
 * Copies of two and three dimensions. A host side travels as a payload of packed rows: its pitch is the width, its
 * height the copy's height, and it starts at zero. Executor thread only.
 */
enum HostCopy {
    TWO_DIMENSIONS(Layouts.CUDA_MEMCPY2D.BYTES),
    THREE_DIMENSIONS(Layouts.CUDA_MEMCPY3D.BYTES),
    PEERS(Layouts.CUDA_MEMCPY3D_PEER.BYTES);

    private static final int MEMORY_HOST = 1;
    private static final int MEMORY_ARRAY = 3;

    private final int bytes;

    HostCopy(int bytes) {
        this.bytes = bytes;
    }

    /** Reads the descriptor and what follows it, and issues the copy on the stream. */
    int execute(CallContext context, long streamWire, Reader in) {
        long stream = context.handles().nativeOf(HandleKind.STREAM, streamWire);
        long copy = in.readStruct(bytes);
        if (stream == HandleTable.INVALID || !translate(context, copy)) {
            return CudaResult.INVALID_HANDLE;
        }
        long total = packedBytes(copy);
        if (total < 0) {
            return CudaResult.INVALID_VALUE;
        }
        if (memoryType(copy, true) == MEMORY_HOST) {
            return up(context, stream, copy, in);
        }
        if (memoryType(copy, false) == MEMORY_HOST) {
            long capacity = in.readU64();
            long id = in.readU64();
            in.end();
            if (capacity != total) {
                return CudaResult.INVALID_VALUE;
            }
            return context.downs().copy(context.defer(), context.contextOf(stream), stream, id, total, staging -> {
                pack(copy, false, staging);
                return issue(context, copy, stream);
            });
        }
        in.end();
        return issue(context, copy, stream);
    }

    private int up(CallContext context, long stream, long copy, Reader in) {
        long total = in.readU64();
        long id = in.readU64();
        if (total != packedBytes(copy) || (id == 0 && total > Limits.INLINE_PAYLOAD_BYTES_MAX)) {
            return CudaResult.INVALID_VALUE;
        }
        if (id == 0) {
            pack(copy, true, in.readBlock(total).address());
            in.end();
            return issue(context, copy, stream);
        }
        in.end();
        // gathered whole: the driver reads pageable memory before it returns
        try (Arena arena = Arena.ofConfined()) {
            long whole = arena.allocate(total, 16).address();
            int result = CopyExecutors.whole(context, id, total, whole);
            pack(copy, true, whole);
            return result == CudaResult.SUCCESS ? issue(context, copy, stream) : result;
        }
    }

    private int issue(CallContext context, long copy, long stream) {
        return switch (this) {
            case TWO_DIMENSIONS -> context.driver().cuMemcpy2DAsync_v2(copy, stream);
            case THREE_DIMENSIONS -> context.driver().cuMemcpy3DAsync_v2(copy, stream);
            case PEERS -> context.driver().cuMemcpy3DPeerAsync(copy, stream);
        };
    }

    private boolean translate(CallContext context, long copy) {
        return array(context, copy, true) && array(context, copy, false) && contexts(context, copy);
    }

    private boolean array(CallContext context, long copy, boolean source) {
        return memoryType(copy, source) != MEMORY_ARRAY
                || context.handles().toNative(HandleKind.ARRAY, copy + arrayAt(source), 1);
    }

    private boolean contexts(CallContext context, long copy) {
        if (this != PEERS) {
            return true;
        }
        HandleTable handles = context.handles();
        return handles.toNative(HandleKind.CONTEXT, copy + Layouts.CUDA_MEMCPY3D_PEER.srcContext, 1)
                && handles.toNative(HandleKind.CONTEXT, copy + Layouts.CUDA_MEMCPY3D_PEER.dstContext, 1);
    }

    private int memoryType(long copy, boolean source) {
        int at = this == TWO_DIMENSIONS
                ? source ? Layouts.CUDA_MEMCPY2D.srcMemoryType : Layouts.CUDA_MEMCPY2D.dstMemoryType
                : source ? Layouts.CUDA_MEMCPY3D.srcMemoryType : Layouts.CUDA_MEMCPY3D.dstMemoryType;
        return NativeMemory.getInt(copy + at);
    }

    private int arrayAt(boolean source) {
        return this == TWO_DIMENSIONS
                ? source ? Layouts.CUDA_MEMCPY2D.srcArray : Layouts.CUDA_MEMCPY2D.dstArray
                : source ? Layouts.CUDA_MEMCPY3D.srcArray : Layouts.CUDA_MEMCPY3D.dstArray;
    }

    private long width(long copy) {
        return NativeMemory.getLong(copy
                + (this == TWO_DIMENSIONS ? Layouts.CUDA_MEMCPY2D.WidthInBytes : Layouts.CUDA_MEMCPY3D.WidthInBytes));
    }

    private long height(long copy) {
        return NativeMemory.getLong(
                copy + (this == TWO_DIMENSIONS ? Layouts.CUDA_MEMCPY2D.Height : Layouts.CUDA_MEMCPY3D.Height));
    }

    private long depth(long copy) {
        return this == TWO_DIMENSIONS ? 1 : NativeMemory.getLong(copy + Layouts.CUDA_MEMCPY3D.Depth);
    }

    /** Bytes of the packed rows, or -1 when they exceed every limit. */
    private long packedBytes(long copy) {
        long width = width(copy);
        long height = height(copy);
        long depth = depth(copy);
        if (width < 0 || height < 0 || depth < 0) {
            return -1;
        }
        long high = Math.multiplyHigh(width, height);
        long rows = width * height;
        boolean fits = high == 0 && rows >= 0 && Math.multiplyHigh(rows, depth) == 0 && rows * depth >= 0;
        return fits && rows * depth <= Limits.PAYLOAD_BYTES_MAX ? rows * depth : -1;
    }

    /** Points a host side of the descriptor at packed rows. */
    private void pack(long copy, boolean source, long address) {
        if (this == TWO_DIMENSIONS) {
            int start = source ? Layouts.CUDA_MEMCPY2D.srcXInBytes : Layouts.CUDA_MEMCPY2D.dstXInBytes;
            NativeMemory.putLong(copy + start, 0);
            NativeMemory.putLong(copy + start + 8, 0);
            NativeMemory.putLong(
                    copy + (source ? Layouts.CUDA_MEMCPY2D.srcHost : Layouts.CUDA_MEMCPY2D.dstHost), address);
            NativeMemory.putLong(
                    copy + (source ? Layouts.CUDA_MEMCPY2D.srcPitch : Layouts.CUDA_MEMCPY2D.dstPitch), width(copy));
            return;
        }
        int start = source ? Layouts.CUDA_MEMCPY3D.srcXInBytes : Layouts.CUDA_MEMCPY3D.dstXInBytes;
        NativeMemory.fill(copy + start, 32, (byte) 0);
        NativeMemory.putLong(copy + (source ? Layouts.CUDA_MEMCPY3D.srcHost : Layouts.CUDA_MEMCPY3D.dstHost), address);
        NativeMemory.putLong(
                copy + (source ? Layouts.CUDA_MEMCPY3D.srcPitch : Layouts.CUDA_MEMCPY3D.dstPitch), width(copy));
        NativeMemory.putLong(
                copy + (source ? Layouts.CUDA_MEMCPY3D.srcHeight : Layouts.CUDA_MEMCPY3D.dstHeight), height(copy));
    }
}
