package io.penstock.gpuserver.software;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Captures: streams that record what they are given as a graph. */
interface CaptureCalls extends DriverCalls {
    /** CUstreamCaptureStatus: none, active, invalidated. */
    int STATUS_NONE = 0;
    /** See {@link #STATUS_NONE}. */
    int STATUS_ACTIVE = 1;
    /** See {@link #STATUS_NONE}. */
    int STATUS_INVALIDATED = 2;

    @Override
    default int cuStreamBeginCapture(long hStream) {
        return cuStreamBeginCapture_v2(hStream, Capture.MODE_GLOBAL);
    }

    @Override
    default int cuStreamBeginCapture_v2(long hStream, int mode) {
        return onStream(hStream, stream -> {
            if (mode < Capture.MODE_GLOBAL || mode > Capture.MODE_RELAXED) {
                return CudaResult.INVALID_VALUE;
            }
            Graph graph = new Graph(machine());
            int result = machine().captures().begin(stream, graph, machine().thread(), mode);
            if (result != CudaResult.SUCCESS) {
                graph.forget();
            }
            return result;
        });
    }

    /** What the stream records goes into a graph of the program, after nodes that are there already. */
    @Override
    default int cuStreamBeginCaptureToGraph(
            long hStream, long hGraph, long dependencies, long dependencyData, long numDependencies, int mode) {
        return onStream(hStream, stream -> {
            Graph graph = machine().handles().get(hGraph, Graph.class);
            if (graph == null || mode < Capture.MODE_GLOBAL || mode > Capture.MODE_RELAXED) {
                return CudaResult.INVALID_VALUE;
            }
            List<GraphNode> after = graph.nodesAt(dependencies, numDependencies);
            return after == null
                    ? CudaResult.INVALID_VALUE
                    : machine()
                            .captures()
                            .beginAfter(stream, graph, after, machine().thread(), mode);
        });
    }

    @Override
    default int cuStreamEndCapture(long hStream, long phGraph) {
        return onStream(hStream, stream -> {
            Capture capture = machine().captures().captureOf(stream);
            int result = machine().captures().end(stream, machine().thread());
            if (phGraph != 0) {
                NativeMemory.putLong(phGraph, 0);
            }
            if (capture == null || machine().captures().isCapturing(stream)) {
                return result;
            }
            if (result != CudaResult.SUCCESS) {
                capture.giveUp();
            } else if (phGraph != 0) {
                NativeMemory.putLong(phGraph, capture.graph.handle());
            }
            return result;
        });
    }

    @Override
    default int cuStreamIsCapturing(long hStream, long captureStatus) {
        return onStream(hStream, stream -> {
            int refusal = machine().captures().refuseImplicit(stream);
            if (refusal == CudaResult.SUCCESS) {
                NativeMemory.putInt(captureStatus, status(stream));
            }
            return refusal;
        });
    }

    private int status(Stream stream) {
        Capture capture = machine().captures().captureOf(stream);
        if (capture == null) {
            return STATUS_NONE;
        }
        return capture.invalid ? STATUS_INVALIDATED : STATUS_ACTIVE;
    }

    @Override
    default int cuStreamGetCaptureInfo(long hStream, long captureStatus_out, long id_out) {
        return cuStreamGetCaptureInfo_v3(hStream, captureStatus_out, id_out, 0, 0, 0, 0);
    }

    @Override
    default int cuStreamGetCaptureInfo_v2(
            long hStream,
            long captureStatus_out,
            long id_out,
            long graph_out,
            long dependencies_out,
            long numDependencies_out) {
        return cuStreamGetCaptureInfo_v3(
                hStream, captureStatus_out, id_out, graph_out, dependencies_out, 0, numDependencies_out);
    }

    /** The list of dependencies lives until the next question about the stream. */
    @Override
    default int cuStreamGetCaptureInfo_v3(
            long hStream,
            long captureStatus_out,
            long id_out,
            long graph_out,
            long dependencies_out,
            long edgeData_out,
            long numDependencies_out) {
        return onStream(hStream, stream -> {
            if (captureStatus_out == 0) {
                return CudaResult.INVALID_VALUE;
            }
            int status = status(stream);
            NativeMemory.putInt(captureStatus_out, status);
            Capture capture = machine().captures().captureOf(stream);
            if (status != STATUS_ACTIVE || capture == null) {
                return CudaResult.SUCCESS;
            }
            if (id_out != 0) {
                NativeMemory.putLong(id_out, capture.id);
            }
            if (graph_out != 0) {
                NativeMemory.putLong(graph_out, capture.graph.handle());
            }
            MemorySegment dependencies = machine().captures().frontierHandles(stream);
            if (dependencies_out != 0) {
                NativeMemory.putLong(dependencies_out, dependencies.address());
            }
            if (edgeData_out != 0) {
                NativeMemory.putLong(edgeData_out, 0); // every edge is a plain one
            }
            if (numDependencies_out != 0) {
                NativeMemory.putLong(numDependencies_out, dependencies.byteSize() / Long.BYTES);
            }
            return CudaResult.SUCCESS;
        });
    }

    @Override
    default int cuStreamUpdateCaptureDependencies(long hStream, long dependencies, long numDependencies, int flags) {
        return cuStreamUpdateCaptureDependencies_v2(hStream, dependencies, 0, numDependencies, flags);
    }

    /** Flags: 0 adds to what the stream's next node comes after, 1 replaces it. */
    @Override
    default int cuStreamUpdateCaptureDependencies_v2(
            long hStream, long dependencies, long dependencyData, long numDependencies, int flags) {
        return onStream(hStream, stream -> {
            Capture capture = machine().captures().captureOf(stream);
            if (capture == null) {
                return CudaResult.ILLEGAL_STATE;
            }
            List<GraphNode> nodes = capture.graph.nodesAt(dependencies, numDependencies);
            if (nodes == null || flags < 0 || flags > 1) {
                return CudaResult.INVALID_VALUE;
            }
            machine().captures().setFrontier(stream, nodes, flags == 0);
            return CudaResult.SUCCESS;
        });
    }
}
