package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.driver.Scratch;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.Layouts;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.codec.Writer;
import java.util.List;

/** Graphs as a whole: made executable, updated, launched, destroyed. */
interface GraphExecutors extends HandCalls {
    /** This session's one. */
    GraphMemory graphMemory();

    @Override
    default int cuGraphInstantiateWithFlags(CallContext context, Reader in, Writer out) {
        long graph = context.handles().nativeOf(HandleKind.GRAPH, in.readHandle());
        long flags = in.readU64();
        in.end();
        if (graph == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        long exec = out.reserveU64();
        return instantiated(context, graph, exec, context.driver().cuGraphInstantiateWithFlags(exec, graph, flags));
    }

    @Override
    default int cuGraphInstantiateWithParams(CallContext context, Reader in, Writer out) {
        long graph = context.handles().nativeOf(HandleKind.GRAPH, in.readHandle());
        long given = in.readStruct(Layouts.CUDA_GRAPH_INSTANTIATE_PARAMS.BYTES);
        in.end();
        long exec = out.reserveU64();
        long params = out.reserve(Layouts.CUDA_GRAPH_INSTANTIATE_PARAMS.BYTES);
        NativeMemory.copy(given, params, Layouts.CUDA_GRAPH_INSTANTIATE_PARAMS.BYTES);
        long stream = params + Layouts.CUDA_GRAPH_INSTANTIATE_PARAMS.hUploadStream;
        if (graph == HandleTable.INVALID || !context.handles().toNative(HandleKind.STREAM, stream, 1)) {
            return CudaResult.INVALID_HANDLE;
        }
        int result =
                instantiated(context, graph, exec, context.driver().cuGraphInstantiateWithParams(exec, graph, params));
        if (result == CudaResult.SUCCESS) {
            context.handles().toWire(HandleKind.STREAM, stream, 1);
            context.handles()
                    .toWire(HandleKind.GRAPHNODE, params + Layouts.CUDA_GRAPH_INSTANTIATE_PARAMS.hErrNode_out, 1);
        }
        return result;
    }

    private int instantiated(CallContext context, long graph, long exec, int result) {
        if (result == CudaResult.SUCCESS) {
            graphMemory().instantiated(graph, NativeMemory.getLong(exec));
            context.handles().toWire(HandleKind.GRAPHEXEC, exec, 1);
        }
        return result;
    }

    /** The reply tells why also when the update fails. */
    @Override
    default int cuGraphExecUpdate_v2(CallContext context, Reader in, Writer out) {
        long exec = context.handles().nativeOf(HandleKind.GRAPHEXEC, in.readHandle());
        long graph = context.handles().nativeOf(HandleKind.GRAPH, in.readHandle());
        in.end();
        long info = out.reserve(Layouts.CUgraphExecUpdateResultInfo.BYTES);
        if (exec == HandleTable.INVALID || graph == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        int result = context.driver().cuGraphExecUpdate_v2(exec, graph, info);
        context.handles().toWire(HandleKind.GRAPHNODE, info + Layouts.CUgraphExecUpdateResultInfo.errorNode, 2);
        return result;
    }

    @Override
    default int cuGraphLaunch(CallContext context, Reader in, Writer out) {
        long exec = context.handles().nativeOf(HandleKind.GRAPHEXEC, in.readHandle());
        long stream = context.handles().nativeOf(HandleKind.STREAM, in.readHandle());
        in.end();
        if (exec == HandleTable.INVALID || stream == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        int result = context.driver().cuGraphLaunch(exec, stream);
        if (result == CudaResult.SUCCESS) {
            graphMemory().launched(exec);
        }
        return result;
    }

    @Override
    default int cuGraphExecDestroy(CallContext context, Reader in, Writer out) {
        long wire = in.readHandle();
        in.end();
        long exec = context.handles().nativeOf(HandleKind.GRAPHEXEC, wire);
        if (exec == HandleTable.INVALID || exec == 0) {
            return CudaResult.INVALID_HANDLE;
        }
        context.handles().drop(HandleKind.GRAPHEXEC, wire);
        List<DeviceMemory.Block> unused = graphMemory().ended(exec);
        return MemoryExecutors.later(
                context,
                () -> GraphMemory.release(context, unused, context.driver().cuGraphExecDestroy(exec)));
    }

    /** Its nodes end with it, and so do their handles. */
    @Override
    default int cuGraphDestroy(CallContext context, Reader in, Writer out) {
        long wire = in.readHandle();
        in.end();
        long graph = context.handles().nativeOf(HandleKind.GRAPH, wire);
        if (graph == HandleTable.INVALID || graph == 0) {
            return CudaResult.INVALID_HANDLE;
        }
        long[] nodes = nodes(context, graph);
        int result = context.driver().cuGraphDestroy(graph);
        if (result != CudaResult.SUCCESS) {
            return result;
        }
        context.handles().drop(HandleKind.GRAPH, wire);
        for (long node : nodes) {
            context.handles().forget(HandleKind.GRAPHNODE, node);
        }
        return GraphMemory.release(context, graphMemory().ended(graph), result);
    }

    private static long[] nodes(CallContext context, long graph) {
        try (Scratch scratch = new Scratch()) {
            long count = scratch.room(Long.BYTES);
            if (context.driver().cuGraphGetNodes(graph, 0, count) != CudaResult.SUCCESS) {
                return new long[0];
            }
            long array = scratch.room(Long.BYTES * Math.max(1, NativeMemory.getLong(count)));
            context.driver().cuGraphGetNodes(graph, array, count);
            long[] nodes = new long[(int) NativeMemory.getLong(count)];
            for (int i = 0; i < nodes.length; i++) {
                nodes[i] = NativeMemory.getLong(array + (long) Long.BYTES * i);
            }
            return nodes;
        }
    }
}
