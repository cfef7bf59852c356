package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.CudaDriver;
import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.driver.Scratch;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.Layouts;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.codec.Writer;
import java.util.function.LongToIntFunction;

/** Nodes whose parameters point at more memory: kernels, allocations, operations on words. */
interface GraphNodeExecutors extends HandCalls {
    /** CU_MEM_LOCATION_TYPE_DEVICE. */
    int LOCATION_DEVICE = 1;

    /** This session's one. */
    LaunchExecutors.LaunchBlock launchBlock();

    /** This session's one. */
    GraphMemory graphMemory();

    /**
     * Where a node goes, as requests begin.
     *
     * @param after address of the driver's handles of the nodes it comes after
     */
    record Place(long graph, long after, long count) {
        static Place read(CallContext context, Reader in) {
            long graph = context.handles().nativeOf(HandleKind.GRAPH, in.readHandle());
            long after = in.readArray(Long.BYTES);
            long count = in.lastCount();
            boolean valid = graph != 0 && context.handles().toNative(HandleKind.GRAPHNODE, after, count);
            return new Place(valid ? graph : HandleTable.INVALID, after, count);
        }

        boolean valid() {
            return graph != HandleTable.INVALID;
        }
    }

    /** Replaces the driver's handle in a reply by the wire's. */
    static int added(CallContext context, long node, int result) {
        if (result == CudaResult.SUCCESS) {
            context.handles().toWire(HandleKind.GRAPHNODE, node, 1);
        }
        return result;
    }

    // ---- kernels

    @Override
    default int cuGraphAddKernelNode_v2(CallContext context, Reader in, Writer out) {
        Place at = Place.read(context, in);
        long node = out.reserveU64();
        return kernel(
                context,
                in,
                at.valid(),
                params -> added(
                        context,
                        node,
                        context.driver().cuGraphAddKernelNode_v2(node, at.graph(), at.after(), at.count(), params)));
    }

    @Override
    default int cuGraphKernelNodeSetParams_v2(CallContext context, Reader in, Writer out) {
        long node = context.handles().nativeOf(HandleKind.GRAPHNODE, in.readHandle());
        return kernel(
                context,
                in,
                node != HandleTable.INVALID,
                params -> context.driver().cuGraphKernelNodeSetParams_v2(node, params));
    }

    @Override
    default int cuGraphExecKernelNodeSetParams_v2(CallContext context, Reader in, Writer out) {
        long exec = context.handles().nativeOf(HandleKind.GRAPHEXEC, in.readHandle());
        long node = context.handles().nativeOf(HandleKind.GRAPHNODE, in.readHandle());
        return kernel(
                context,
                in,
                exec != HandleTable.INVALID && node != HandleTable.INVALID,
                params -> context.driver().cuGraphExecKernelNodeSetParams_v2(exec, node, params));
    }

    /** Reads CUDA_KERNEL_NODE_PARAMS and the packed parameters behind it, and makes the driver's form of them. */
    private int kernel(CallContext context, Reader in, boolean valid, LongToIntFunction call) {
        long params = in.readStruct(Layouts.CUDA_KERNEL_NODE_PARAMS.BYTES);
        long extra = launchBlock().readParameters(in);
        in.end();
        NativeMemory.putLong(params + Layouts.CUDA_KERNEL_NODE_PARAMS.kernelParams, 0);
        NativeMemory.putLong(params + Layouts.CUDA_KERNEL_NODE_PARAMS.extra, extra);
        HandleTable handles = context.handles();
        boolean known = valid
                && handles.toNative(HandleKind.FUNCTION, params + Layouts.CUDA_KERNEL_NODE_PARAMS.func, 1)
                && handles.toNative(HandleKind.KERNEL, params + Layouts.CUDA_KERNEL_NODE_PARAMS.kern, 1)
                && handles.toNative(HandleKind.CONTEXT, params + Layouts.CUDA_KERNEL_NODE_PARAMS.ctx, 1);
        return known ? call.applyAsInt(params) : CudaResult.INVALID_HANDLE;
    }

    @Override
    default int cuGraphKernelNodeGetParams_v2(CallContext context, Reader in, Writer out) {
        long node = context.handles().nativeOf(HandleKind.GRAPHNODE, in.readHandle());
        in.end();
        long params = out.reserve(Layouts.CUDA_KERNEL_NODE_PARAMS.BYTES);
        if (node == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        int result = context.driver().cuGraphKernelNodeGetParams_v2(node, params);
        if (result == CudaResult.SUCCESS) {
            KernelParameters.write(context, params, out);
        }
        return result;
    }

    // ---- memory

    @Override
    default int cuGraphAddMemAllocNode(CallContext context, Reader in, Writer out) {
        Place at = Place.read(context, in);
        long props = in.readStruct(Layouts.CUmemPoolProps.BYTES);
        long descriptions = in.readArray(Layouts.CUmemAccessDesc.BYTES);
        long count = in.lastCount();
        long bytes = in.readU64();
        in.end();
        long node = out.reserveU64();
        long address = out.reserveU64();
        int location = NativeMemory.getInt(props + Layouts.CUmemPoolProps.location);
        int gpu = NativeMemory.getInt(props + Layouts.CUmemPoolProps.location + Layouts.CUmemLocation.id);
        if (!at.valid()) {
            return CudaResult.INVALID_HANDLE;
        }
        if (location != LOCATION_DEVICE || gpu < 0 || gpu >= context.memory().gpus()) {
            return CudaResult.INVALID_VALUE;
        }
        try (Scratch scratch = new Scratch()) {
            long params = scratch.room(Layouts.CUDA_MEM_ALLOC_NODE_PARAMS.BYTES);
            NativeMemory.copy(props, params, Layouts.CUmemPoolProps.BYTES);
            NativeMemory.putLong(
                    params + Layouts.CUDA_MEM_ALLOC_NODE_PARAMS.accessDescs, count == 0 ? 0 : descriptions);
            NativeMemory.putLong(params + Layouts.CUDA_MEM_ALLOC_NODE_PARAMS.accessDescCount, count);
            NativeMemory.putLong(params + Layouts.CUDA_MEM_ALLOC_NODE_PARAMS.bytesize, bytes);
            long given = params + Layouts.CUDA_MEM_ALLOC_NODE_PARAMS.dptr;
            CudaDriver driver = context.driver();
            int result = MemoryExecutors.allocate(
                    context,
                    gpu,
                    bytes,
                    () -> driver.cuGraphAddMemAllocNode(node, at.graph(), at.after(), at.count(), params),
                    () -> NativeMemory.getLong(given));
            if (result == CudaResult.SUCCESS) {
                // the program frees what a launch allocates; the node itself keeps its claim
                long pointer = NativeMemory.getLong(given);
                graphMemory().allocates(at.graph(), pointer, context.memory().take(pointer));
                NativeMemory.putLong(address, pointer);
            }
            return added(context, node, result);
        }
    }

    @Override
    default int cuGraphMemAllocNodeGetParams(CallContext context, Reader in, Writer out) {
        long node = context.handles().nativeOf(HandleKind.GRAPHNODE, in.readHandle());
        in.end();
        if (node == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        try (Scratch scratch = new Scratch()) {
            long params = scratch.room(Layouts.CUDA_MEM_ALLOC_NODE_PARAMS.BYTES);
            int result = context.driver().cuGraphMemAllocNodeGetParams(node, params);
            if (result == CudaResult.SUCCESS) {
                NativeMemory.copy(params, out.reserve(Layouts.CUmemPoolProps.BYTES), Layouts.CUmemPoolProps.BYTES);
                putArray(
                        out,
                        NativeMemory.getLong(params + Layouts.CUDA_MEM_ALLOC_NODE_PARAMS.accessDescs),
                        NativeMemory.getLong(params + Layouts.CUDA_MEM_ALLOC_NODE_PARAMS.accessDescCount),
                        Layouts.CUmemAccessDesc.BYTES);
                out.putU64(NativeMemory.getLong(params + Layouts.CUDA_MEM_ALLOC_NODE_PARAMS.bytesize));
                out.putU64(NativeMemory.getLong(params + Layouts.CUDA_MEM_ALLOC_NODE_PARAMS.dptr));
            }
            return result;
        }
    }

    private static void putArray(Writer out, long from, long count, int bytes) {
        long to = out.reserveArray(from == 0 ? 0 : count, bytes);
        if (from != 0) {
            NativeMemory.copy(from, to, count * bytes);
        }
    }

    @Override
    default int cuGraphAddMemFreeNode(CallContext context, Reader in, Writer out) {
        long graph = context.handles().nativeOf(HandleKind.GRAPH, in.readHandle());
        long after = in.readPresent() ? in.readArray(Long.BYTES) : 0;
        long named = after == 0 ? 0 : in.lastCount();
        long count = in.readU64();
        long address = in.readU64();
        in.end();
        in.requireCount("dependencies", named, after == 0 ? 0 : count);
        if (graph == HandleTable.INVALID || !context.handles().toNative(HandleKind.GRAPHNODE, after, named)) {
            return CudaResult.INVALID_HANDLE;
        }
        long node = out.reserveU64();
        int result = context.driver().cuGraphAddMemFreeNode(node, graph, after, count, address);
        if (result == CudaResult.SUCCESS) {
            graphMemory().frees(graph, address);
        }
        return added(context, node, result);
    }

    // ---- operations on words

    @Override
    default int cuGraphAddBatchMemOpNode(CallContext context, Reader in, Writer out) {
        Place at = Place.read(context, in);
        long node = out.reserveU64();
        return batch(
                context,
                in,
                at.valid(),
                params -> added(
                        context,
                        node,
                        context.driver().cuGraphAddBatchMemOpNode(node, at.graph(), at.after(), at.count(), params)));
    }

    @Override
    default int cuGraphBatchMemOpNodeSetParams(CallContext context, Reader in, Writer out) {
        long node = context.handles().nativeOf(HandleKind.GRAPHNODE, in.readHandle());
        return batch(
                context,
                in,
                node != HandleTable.INVALID,
                params -> context.driver().cuGraphBatchMemOpNodeSetParams(node, params));
    }

    @Override
    default int cuGraphExecBatchMemOpNodeSetParams(CallContext context, Reader in, Writer out) {
        long exec = context.handles().nativeOf(HandleKind.GRAPHEXEC, in.readHandle());
        long node = context.handles().nativeOf(HandleKind.GRAPHNODE, in.readHandle());
        return batch(
                context,
                in,
                exec != HandleTable.INVALID && node != HandleTable.INVALID,
                params -> context.driver().cuGraphExecBatchMemOpNodeSetParams(exec, node, params));
    }

    private static int batch(CallContext context, Reader in, boolean valid, LongToIntFunction call) {
        long owner = context.handles().nativeOf(HandleKind.CONTEXT, in.readHandle());
        int flags = in.readU32();
        in.readU32();
        long operations = in.readArray(Layouts.CUstreamBatchMemOpParams.BYTES);
        long count = in.lastCount();
        in.end();
        if (!valid || owner == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        try (Scratch scratch = new Scratch()) {
            long params = scratch.room(Layouts.CUDA_BATCH_MEM_OP_NODE_PARAMS.BYTES);
            NativeMemory.putLong(params + Layouts.CUDA_BATCH_MEM_OP_NODE_PARAMS.ctx, owner);
            NativeMemory.putInt(params + Layouts.CUDA_BATCH_MEM_OP_NODE_PARAMS.count, (int) count);
            NativeMemory.putLong(params + Layouts.CUDA_BATCH_MEM_OP_NODE_PARAMS.paramArray, operations);
            NativeMemory.putInt(params + Layouts.CUDA_BATCH_MEM_OP_NODE_PARAMS.flags, flags);
            return call.applyAsInt(params);
        }
    }

    @Override
    default int cuGraphBatchMemOpNodeGetParams(CallContext context, Reader in, Writer out) {
        long node = context.handles().nativeOf(HandleKind.GRAPHNODE, in.readHandle());
        in.end();
        if (node == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        try (Scratch scratch = new Scratch()) {
            long params = scratch.room(Layouts.CUDA_BATCH_MEM_OP_NODE_PARAMS.BYTES);
            int result = context.driver().cuGraphBatchMemOpNodeGetParams(node, params);
            if (result == CudaResult.SUCCESS) {
                long owner = NativeMemory.getLong(params + Layouts.CUDA_BATCH_MEM_OP_NODE_PARAMS.ctx);
                out.putHandle(context.handles().wireOf(HandleKind.CONTEXT, owner));
                out.putU32(NativeMemory.getInt(params + Layouts.CUDA_BATCH_MEM_OP_NODE_PARAMS.flags));
                out.putU32(0);
                putArray(
                        out,
                        NativeMemory.getLong(params + Layouts.CUDA_BATCH_MEM_OP_NODE_PARAMS.paramArray),
                        NativeMemory.getInt(params + Layouts.CUDA_BATCH_MEM_OP_NODE_PARAMS.count),
                        Layouts.CUstreamBatchMemOpParams.BYTES);
            }
            return result;
        }
    }
}
