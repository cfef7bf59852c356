package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.driver.Scratch;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.Layouts;
import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.codec.Writer;

/**
 * Stream capture. All threads of the client share one executor, so each capture is RELAXED here; which calls a stricter
 * mode forbids its thread is the shim's affair. Our own marks never touch a capturing stream.
 */
interface CaptureExecutors extends HandCalls {
    /** CU_STREAM_CAPTURE_MODE_RELAXED. */
    int RELAXED = 2;

    @Override
    default int cuStreamBeginCapture_v2(CallContext context, Reader in, Writer out) {
        long stream = context.handles().nativeOf(HandleKind.STREAM, in.readHandle());
        in.readU32();
        in.end();
        if (stream == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        int result = context.driver().cuStreamBeginCapture_v2(stream, RELAXED);
        if (result == CudaResult.SUCCESS) {
            context.streams().setCapturing(stream, true);
        }
        return result;
    }

    @Override
    default int cuStreamBeginCaptureToGraph(CallContext context, Reader in, Writer out) {
        long stream = context.handles().nativeOf(HandleKind.STREAM, in.readHandle());
        long graph = context.handles().nativeOf(HandleKind.GRAPH, in.readHandle());
        long dependencies = in.readPresent() ? in.readArray(Long.BYTES) : 0;
        long named = dependencies == 0 ? 0 : in.lastCount();
        long edges = in.readPresent() ? in.readArray(Layouts.CUgraphEdgeData.BYTES) : 0;
        long data = edges == 0 ? 0 : in.lastCount();
        long count = in.readU64();
        in.readU32();
        in.end();
        in.requireCount("dependencies", named, dependencies == 0 ? 0 : count);
        in.requireCount("dependencyData", data, edges == 0 ? 0 : count);
        if (stream == HandleTable.INVALID
                || graph == HandleTable.INVALID
                || !context.handles().toNative(HandleKind.GRAPHNODE, dependencies, named)) {
            return CudaResult.INVALID_HANDLE;
        }
        int result = context.driver().cuStreamBeginCaptureToGraph(stream, graph, dependencies, edges, count, RELAXED);
        if (result == CudaResult.SUCCESS) {
            graphMemory().capturesInto(stream);
            context.streams().setCapturing(stream, true);
        }
        return result;
    }

    /** This session's one. */
    GraphMemory graphMemory();

    /** The graph into which a capturing stream records, as the driver knows it; 0 for a stream that does not capture. */
    static long graphOf(CallContext context, long stream) {
        try (Scratch scratch = new Scratch()) {
            long status = scratch.room(Integer.BYTES);
            long graph = scratch.room(Long.BYTES);
            int result = context.driver().cuStreamGetCaptureInfo_v2(stream, status, 0, graph, 0, 0);
            return result == CudaResult.SUCCESS ? NativeMemory.getLong(graph) : 0;
        }
    }

    @Override
    default int cuStreamEndCapture(CallContext context, Reader in, Writer out) {
        long stream = context.handles().nativeOf(HandleKind.STREAM, in.readHandle());
        in.end();
        long graph = out.reserveU64();
        if (stream == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        int result = context.driver().cuStreamEndCapture(stream, graph);
        context.streams().setCapturing(stream, false);
        GraphMemory.release(
                context, graphMemory().captureEnded(stream, result != CudaResult.SUCCESS), CudaResult.SUCCESS);
        if (result == CudaResult.SUCCESS) {
            context.handles().toWire(HandleKind.GRAPH, graph, 1);
        }
        return result;
    }

    @Override
    default int cuStreamGetCaptureInfo_v2(CallContext context, Reader in, Writer out) {
        return captureInfo(context, in, out, false);
    }

    @Override
    default int cuStreamGetCaptureInfo_v3(CallContext context, Reader in, Writer out) {
        return captureInfo(context, in, out, true);
    }

    private static int captureInfo(CallContext context, Reader in, Writer out, boolean withEdges) {
        long stream = context.handles().nativeOf(HandleKind.STREAM, in.readHandle());
        in.end();
        if (stream == HandleTable.INVALID) {
            return CudaResult.INVALID_HANDLE;
        }
        long status = out.reserveI32();
        out.putU32(0);
        long id = out.reserveU64();
        long graph = out.reserveU64();
        try (Scratch scratch = new Scratch()) {
            long nodes = scratch.room(Long.BYTES);
            long edges = scratch.room(Long.BYTES);
            long count = scratch.room(Long.BYTES);
            int result = withEdges
                    ? context.driver().cuStreamGetCaptureInfo_v3(stream, status, id, graph, nodes, edges, count)
                    : context.driver().cuStreamGetCaptureInfo_v2(stream, status, id, graph, nodes, count);
            if (result != CudaResult.SUCCESS) {
                return result;
            }
            context.handles().toWire(HandleKind.GRAPH, graph, 1);
            writeDependencies(context, nodes, withEdges ? edges : 0, NativeMemory.getLong(count), out);
            return result;
        }
    }

    private static void writeDependencies(CallContext context, long nodes, long edges, long count, Writer out) {
        long from = NativeMemory.getLong(nodes);
        long present = from == 0 ? 0 : Math.min(count, Limits.ARRAY_ELEMENTS_MAX);
        long copy = out.reserveArray(present, Long.BYTES);
        if (present > 0) {
            NativeMemory.copy(from, copy, present * Long.BYTES);
            context.handles().toWire(HandleKind.GRAPHNODE, copy, present);
        }
        if (edges != 0) {
            long data = NativeMemory.getLong(edges);
            long kept = data == 0 ? 0 : present;
            long to = out.reserveArray(kept, Layouts.CUgraphEdgeData.BYTES);
            if (kept > 0) {
                NativeMemory.copy(data, to, kept * Layouts.CUgraphEdgeData.BYTES);
            }
        }
    }
}
