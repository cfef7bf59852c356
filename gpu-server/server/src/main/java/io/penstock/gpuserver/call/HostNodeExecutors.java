package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.driver.Scratch;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.Layouts;
import io.penstock.protocol.codec.ProtocolException;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.codec.Writer;
import java.util.function.LongToIntFunction;

/** Nodes that call the program: the driver calls us, with the client's number of the function as the argument. */
interface HostNodeExecutors extends HandCalls {
    private static int withFunction(CallContext context, long id, LongToIntFunction call) {
        if (!GraphCallbacks.isOfGraph(id)) {
            throw new ProtocolException("host function 0x" + Long.toHexString(id) + " of a graph lacks bit 63");
        }
        try (Scratch scratch = new Scratch()) {
            long params = scratch.room(Layouts.CUDA_HOST_NODE_PARAMS.BYTES);
            NativeMemory.putLong(
                    params + Layouts.CUDA_HOST_NODE_PARAMS.fn,
                    context.graphCallbacks().function());
            NativeMemory.putLong(params + Layouts.CUDA_HOST_NODE_PARAMS.userData, id);
            return call.applyAsInt(params);
        }
    }

    @Override
    default int cuGraphAddHostNode(CallContext context, Reader in, Writer out) {
        GraphNodeExecutors.Place at = GraphNodeExecutors.Place.read(context, in);
        long id = in.readU64();
        in.end();
        long node = out.reserveU64();
        if (!at.valid()) {
            return CudaResult.INVALID_HANDLE;
        }
        return withFunction(
                context,
                id,
                params -> GraphNodeExecutors.added(
                        context,
                        node,
                        context.driver().cuGraphAddHostNode(node, at.graph(), at.after(), at.count(), params)));
    }

    @Override
    default int cuGraphHostNodeGetParams(CallContext context, Reader in, Writer out) {
        long node = context.handles().nativeOf(HandleKind.GRAPHNODE, in.readHandle());
        in.end();
        if (node == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        try (Scratch scratch = new Scratch()) {
            long params = scratch.room(Layouts.CUDA_HOST_NODE_PARAMS.BYTES);
            int result = context.driver().cuGraphHostNodeGetParams(node, params);
            if (result == CudaResult.SUCCESS) {
                out.putU64(NativeMemory.getLong(params + Layouts.CUDA_HOST_NODE_PARAMS.userData));
            }
            return result;
        }
    }

    @Override
    default int cuGraphHostNodeSetParams(CallContext context, Reader in, Writer out) {
        long node = context.handles().nativeOf(HandleKind.GRAPHNODE, in.readHandle());
        long id = in.readU64();
        in.end();
        return node == HandleTable.INVALID
                ? CudaResult.INVALID_HANDLE
                : withFunction(context, id, params -> context.driver().cuGraphHostNodeSetParams(node, params));
    }

    @Override
    default int cuGraphExecHostNodeSetParams(CallContext context, Reader in, Writer out) {
        long exec = context.handles().nativeOf(HandleKind.GRAPHEXEC, in.readHandle());
        long node = context.handles().nativeOf(HandleKind.GRAPHNODE, in.readHandle());
        long id = in.readU64();
        in.end();
        return exec == HandleTable.INVALID || node == HandleTable.INVALID
                ? CudaResult.INVALID_HANDLE
                : withFunction(
                        context, id, params -> context.driver().cuGraphExecHostNodeSetParams(exec, node, params));
    }
}
