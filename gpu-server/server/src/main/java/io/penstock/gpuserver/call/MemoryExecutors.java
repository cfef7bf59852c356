package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.Layouts;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.codec.Writer;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * Memory of the GPU, bounded by the lease: what the lease does not have is a native out-of-memory, and the driver is
 * not asked. Frees wait for the streams and are done by a waiter; an allocation that fails lets them finish first.
 */
interface MemoryExecutors extends HandCalls {
    /** This session's one. */
    GraphMemory graphMemory();

    @Override
    default int cuMemAlloc_v2(CallContext context, Reader in, Writer out) {
        long bytes = in.readU64();
        in.end();
        long pointer = out.reserveU64();
        return allocate(
                context,
                bytes,
                () -> context.driver().cuMemAlloc_v2(pointer, bytes),
                () -> NativeMemory.getLong(pointer));
    }

    @Override
    default int cuMemAllocPitch_v2(CallContext context, Reader in, Writer out) {
        long width = in.readU64();
        long height = in.readU64();
        int element = in.readU32();
        in.end();
        long pointer = out.reserveU64();
        long pitch = out.reserveU64();
        if (width < 0 || height < 0 || width > PITCH_BYTES_MAX || height > Long.MAX_VALUE / (2 * PITCH_BYTES_MAX)) {
            return CudaResult.OUT_OF_MEMORY;
        }
        // the pitch is known only afterwards; the driver rounds a row up to at most 512 bytes
        long most = (width + 511 & -512) * height;
        return allocate(
                context,
                most,
                () -> context.driver().cuMemAllocPitch_v2(pointer, pitch, width, height, element),
                () -> NativeMemory.getLong(pointer));
    }

    /** A row longer than this is no row. */
    long PITCH_BYTES_MAX = 1L << 31;

    @Override
    default int cuMemAllocAsync(CallContext context, Reader in, Writer out) {
        long bytes = in.readU64();
        long stream = context.handles().nativeOf(HandleKind.STREAM, in.readHandle());
        in.end();
        long pointer = out.reserveU64();
        if (stream == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        int result = allocate(
                context,
                bytes,
                () -> context.driver().cuMemAllocAsync(pointer, bytes, stream),
                () -> NativeMemory.getLong(pointer));
        return allocated(context, stream, pointer, result);
    }

    /** What a capture allocates is its graph's: it is charged as long as the graph can be launched. */
    private int allocated(CallContext context, long stream, long pointer, int result) {
        if (result == CudaResult.SUCCESS && context.isCapturing(stream)) {
            long address = NativeMemory.getLong(pointer);
            graphMemory()
                    .captured(
                            stream,
                            CaptureExecutors.graphOf(context, stream),
                            address,
                            context.memory().take(address));
        }
        return result;
    }

    @Override
    default int cuMemAllocFromPoolAsync(CallContext context, Reader in, Writer out) {
        long bytes = in.readU64();
        long pool = context.handles().nativeOf(HandleKind.MEMPOOL, in.readHandle());
        long stream = context.handles().nativeOf(HandleKind.STREAM, in.readHandle());
        in.end();
        long pointer = out.reserveU64();
        if (pool == HandleTable.INVALID || stream == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        int result = allocate(
                context,
                bytes,
                () -> context.driver().cuMemAllocFromPoolAsync(pointer, bytes, pool, stream),
                () -> NativeMemory.getLong(pointer));
        return allocated(context, stream, pointer, result);
    }

    @Override
    default int cuMemCreate(CallContext context, Reader in, Writer out) {
        long bytes = in.readU64();
        long properties = in.readStruct(Layouts.CUmemAllocationProp.BYTES);
        long flags = in.readU64();
        in.end();
        long handle = out.reserveU64();
        int result = allocate(
                context,
                bytes,
                () -> context.driver().cuMemCreate(handle, bytes, properties, flags),
                () -> NativeMemory.getLong(handle));
        if (result == CudaResult.SUCCESS) {
            context.handles().toWire(HandleKind.MEMORY, handle, 1);
        }
        return result;
    }

    /** Takes the bytes from the lease, asks the driver, and on its refusal once more after the frees under way. */
    static int allocate(CallContext context, long bytes, IntSupplier driver, LongSupplier key) {
        int gpu = context.device();
        return gpu < 0 ? CudaResult.INVALID_CONTEXT : allocate(context, gpu, bytes, driver, key);
    }

    /** As the other, from the memory of a GPU that is not asked of the context. */
    static int allocate(CallContext context, int gpu, long bytes, IntSupplier driver, LongSupplier key) {
        if (bytes <= 0) {
            return bytes == 0 ? CudaResult.INVALID_VALUE : CudaResult.OUT_OF_MEMORY;
        }
        if (!context.memory().reserve(gpu, bytes)) {
            if (!drainFrees(context) || !context.memory().reserve(gpu, bytes)) {
                return CudaResult.OUT_OF_MEMORY;
            }
        }
        int result = driver.getAsInt();
        if (result == CudaResult.OUT_OF_MEMORY && drainFrees(context)) {
            result = driver.getAsInt();
        }
        if (result == CudaResult.SUCCESS) {
            context.memory().record(key.getAsLong(), gpu, bytes);
        } else {
            context.memory().unreserve(gpu, bytes);
        }
        return result;
    }

    private static boolean drainFrees(CallContext context) {
        try {
            context.waits().drain(Fence.RECLAIM_LANE);
            return true;
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    default int cuMemFree_v2(CallContext context, Reader in, Writer out) {
        long pointer = in.readU64();
        in.end();
        if (pointer == 0) {
            return CudaResult.SUCCESS;
        }
        if (graphMemory().holds(pointer)) {
            List<DeviceMemory.Block> unused = graphMemory().freed(pointer);
            return later(
                    context,
                    () -> GraphMemory.release(context, unused, context.driver().cuMemFree_v2(pointer)));
        }
        return free(context, pointer, () -> context.driver().cuMemFree_v2(pointer));
    }

    @Override
    default int cuMemFreeAsync(CallContext context, Reader in, Writer out) {
        long pointer = in.readU64();
        long stream = context.handles().nativeOf(HandleKind.STREAM, in.readHandle());
        in.end();
        if (stream == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        boolean captured = context.isCapturing(stream);
        int result = context.driver().cuMemFreeAsync(pointer, stream);
        if (result != CudaResult.SUCCESS) {
            return result;
        }
        if (captured && graphMemory().holds(pointer)) {
            graphMemory().frees(CaptureExecutors.graphOf(context, stream), pointer);
            return CudaResult.SUCCESS;
        }
        DeviceMemory.Block block = context.memory().remove(pointer);
        if (block != null) {
            releaseAfter(context, stream, List.of(block));
        } else if (graphMemory().holds(pointer)) {
            releaseAfter(context, stream, graphMemory().freed(pointer));
        }
        return CudaResult.SUCCESS;
    }

    private static void releaseAfter(CallContext context, long stream, List<DeviceMemory.Block> blocks) {
        if (blocks.isEmpty()) {
            return;
        }
        int marked = context.fence()
                .after(
                        stream,
                        context.contextOf(stream),
                        new long[] {stream},
                        passed -> blocks.forEach(context.memory()::release));
        if (marked != CudaResult.SUCCESS) {
            blocks.forEach(context.memory()::release);
        }
    }

    @Override
    default int cuMemRelease(CallContext context, Reader in, Writer out) {
        long wire = in.readHandle();
        in.end();
        long handle = context.handles().nativeOf(HandleKind.MEMORY, wire);
        if (handle == HandleTable.INVALID || handle == 0) {
            return CudaResult.INVALID_VALUE;
        }
        if (context.memory().releasesRetained(handle)) {
            return later(context, () -> context.driver().cuMemRelease(handle));
        }
        context.handles().drop(HandleKind.MEMORY, wire);
        return free(context, handle, () -> context.driver().cuMemRelease(handle));
    }

    @Override
    default int cuMemRetainAllocationHandle(CallContext context, Reader in, Writer out) {
        long address = in.readU64();
        in.end();
        long handle = out.reserveU64();
        int result = context.driver().cuMemRetainAllocationHandle(handle, address);
        if (result == CudaResult.SUCCESS) {
            context.memory().retain(NativeMemory.getLong(handle));
            context.handles().toWire(HandleKind.MEMORY, handle, 1);
        }
        return result;
    }

    @Override
    default int cuMemAddressReserve(CallContext context, Reader in, Writer out) {
        long size = in.readU64();
        long alignment = in.readU64();
        long address = in.readU64();
        long flags = in.readU64();
        in.end();
        return context.driver().cuMemAddressReserve(out.reserveU64(), size, alignment, address, flags);
    }

    @Override
    default int cuMemAddressFree(CallContext context, Reader in, Writer out) {
        long address = in.readU64();
        long size = in.readU64();
        in.end();
        return later(context, () -> context.driver().cuMemAddressFree(address, size));
    }

    @Override
    default int cuMemUnmap(CallContext context, Reader in, Writer out) {
        long address = in.readU64();
        long size = in.readU64();
        in.end();
        return later(context, () -> context.driver().cuMemUnmap(address, size));
    }

    /** Frees a block that is ours, when the streams of the context have passed this moment. */
    static int free(CallContext context, long key, IntSupplier driver) {
        DeviceMemory.Block block = context.memory().remove(key);
        if (block == null) {
            return CudaResult.INVALID_VALUE;
        }
        return later(context, () -> {
            int result = driver.getAsInt();
            if (result == CudaResult.SUCCESS) {
                context.memory().release(block);
            }
            return result;
        });
    }

    /**
     * Runs something that may block or that must not overtake work under way, behind all work of the context. Where that work
     * has failed this is the answer: whoever runs the call then can enter the context no more and is told nothing of use.
     */
    static int later(CallContext context, IntSupplier action) {
        if (context.context() == 0) {
            return action.getAsInt();
        }
        Pending call = context.defer();
        int marked = context.fence().afterAll(Fence.RECLAIM_LANE, context.context(), passed -> {
            int result = action.getAsInt();
            context.replies().finish(call, passed == CudaResult.SUCCESS ? result : passed, Replies.NO_OUTS);
        });
        return marked == CudaResult.SUCCESS ? CallDispatcher.DEFERRED : marked;
    }

    @Override
    default int cuMemHostRegister_v2(CallContext context, Reader in, Writer out) {
        long address = in.readU64();
        long bytes = in.readU64();
        in.end();
        out.putU64(address);
        boolean ending = context.mapped().ending(); // asked first: its pages may go at any moment
        int result = context.mapped().map(address, bytes);
        if (result != CudaResult.SUCCESS && ending && drainFrees(context)) {
            result = context.mapped().map(address, bytes); // a block that has ended had the address, or the room
        }
        return result;
    }

    @Override
    default int cuMemHostUnregister(CallContext context, Reader in, Writer out) {
        long address = in.readU64();
        in.end();
        return context.mapped().end(address, release -> later(context, release));
    }

    @Override
    default int cuMemGetInfo_v2(CallContext context, Reader in, Writer out) {
        in.end();
        long free = out.reserveU64();
        long total = out.reserveU64();
        int result = context.driver().cuMemGetInfo_v2(free, total);
        if (result == CudaResult.SUCCESS) {
            int gpu = context.device();
            long limit = Math.min(context.memory().limit(gpu), NativeMemory.getLong(total));
            long left = Math.max(0, limit - context.memory().used(gpu));
            NativeMemory.putLong(total, limit);
            NativeMemory.putLong(free, Math.min(left, NativeMemory.getLong(free)));
        }
        return result;
    }
}
