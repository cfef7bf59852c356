package io.penstock.gpuserver.software;

import io.penstock.protocol.codec.CudaResult;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The captures that are going on, and what they forbid.
 *
 * <p>A call that a capture forbids is refused and spoils the capture: its end answers 901. Guarded by itself; while no
 * capture is going on a question costs one volatile read.
 */
final class Captures {
    private final List<Capture> live = new ArrayList<>();
    private volatile boolean any;
    private long ids;

    boolean isCapturing(Stream stream) {
        return any && captureOf(stream) != null;
    }

    synchronized @Nullable Capture captureOf(Stream stream) {
        return stream.capture;
    }

    /** The handles of the nodes that the stream's next one will come after, as a C array that the stream keeps alive. */
    synchronized MemorySegment frontierHandles(Stream stream) {
        MemorySegment handles = Arena.ofAuto().allocate(8L * stream.frontier.size(), 8);
        for (int i = 0; i < stream.frontier.size(); i++) {
            handles.setAtIndex(ValueLayout.JAVA_LONG, i, stream.frontier.get(i).handle);
        }
        stream.frontierHandles = handles;
        return handles;
    }

    /** Changes what the stream's next node will come after. */
    synchronized void setFrontier(Stream stream, List<GraphNode> nodes, boolean add) {
        Set<GraphNode> frontier = new LinkedHashSet<>(add ? stream.frontier : List.of());
        frontier.addAll(nodes);
        stream.frontier = List.copyOf(frontier);
    }

    /** As {@link #begin}, in a graph of the program's, after some of its nodes. */
    synchronized int beginAfter(Stream stream, Graph graph, List<GraphNode> after, ThreadState thread, int mode) {
        int result = begin(stream, graph, thread, mode);
        Capture capture = stream.capture;
        if (result == CudaResult.SUCCESS && capture != null) {
            capture.ownsGraph = false;
            stream.frontier = List.copyOf(after);
        }
        return result;
    }

    /** Begins one; refuses the legacy stream (900) and a stream that captures already (401). */
    synchronized int begin(Stream stream, Graph graph, ThreadState thread, int mode) {
        if (stream.isLegacy()) {
            return CudaResult.STREAM_CAPTURE_UNSUPPORTED;
        }
        if (stream.capture != null) {
            return CudaResult.ILLEGAL_STATE;
        }
        Capture capture = new Capture(graph, stream, thread, mode, ++ids);
        stream.capture = capture;
        stream.frontier = List.of();
        live.add(capture);
        any = true;
        return CudaResult.SUCCESS;
    }

    /** Ends the capture that began on the stream; the graph is whole only when this answers 0. */
    synchronized int end(Stream stream, ThreadState thread) {
        Capture capture = stream.capture;
        if (capture == null) {
            return CudaResult.ILLEGAL_STATE;
        }
        if (capture.origin != stream) {
            return CudaResult.STREAM_CAPTURE_UNMATCHED;
        }
        if (capture.mode != Capture.MODE_RELAXED && capture.thread != thread) {
            return CudaResult.STREAM_CAPTURE_WRONG_THREAD;
        }
        boolean unjoined = capture.streams.stream()
                .anyMatch(joined -> joined != stream && !stream.frontierReaches(joined.frontier));
        for (Stream joined : capture.streams) {
            joined.capture = null;
            joined.frontier = List.of();
        }
        live.remove(capture);
        any = !live.isEmpty();
        if (capture.invalid) {
            return CudaResult.STREAM_CAPTURE_INVALIDATED;
        }
        return unjoined ? CudaResult.STREAM_CAPTURE_UNJOINED : CudaResult.SUCCESS;
    }

    /** Makes the work a node of the stream's capture; false when the stream does not capture. */
    boolean record(Stream stream, Work work) {
        if (!any) {
            return false;
        }
        synchronized (this) {
            Capture capture = stream.capture;
            if (capture == null) {
                return false;
            }
            stream.frontier = List.of(capture.graph.add(work, stream.frontier));
            return true;
        }
    }

    /** Refuses the legacy stream while a blocking stream of its context captures: it would have to wait for the capture. */
    int refuseImplicit(Stream stream) {
        if (!any || !stream.isLegacy()) {
            return CudaResult.SUCCESS;
        }
        synchronized (this) {
            for (Capture capture : live) {
                if (capture.origin.context() == stream.context() && capture.origin.blocking()) {
                    capture.invalid = true;
                    return CudaResult.STREAM_CAPTURE_IMPLICIT;
                }
            }
            return CudaResult.SUCCESS;
        }
    }

    /** Marks the event inside the stream's capture; false when the stream does not capture. */
    boolean record(Stream stream, Event event, boolean asNode) {
        if (!any) {
            return false;
        }
        synchronized (this) {
            Capture capture = stream.capture;
            if (capture == null) {
                event.capture = null;
                return false;
            }
            if (asNode) {
                stream.frontier = List.of(capture.graph.add(new EventNodeWork.Mark(event), stream.frontier));
            } else {
                event.capture = capture;
                event.captured = stream.frontier;
            }
            return true;
        }
    }

    /** Orders the stream after a captured event, joining its capture; null when neither is part of one. */
    @Nullable
    Integer join(Stream stream, Event event) {
        if (!any) {
            return null;
        }
        synchronized (this) {
            Capture of = event.capture;
            if (of == null || !live.contains(of)) {
                return stream.capture == null ? null : isolate(stream.capture);
            }
            if (stream.capture != null && stream.capture != of) {
                return isolate(stream.capture);
            }
            Set<GraphNode> both = new LinkedHashSet<>(stream.capture == null ? List.of() : stream.frontier);
            both.addAll(event.captured);
            stream.capture = of;
            stream.frontier = List.copyOf(both);
            of.streams.add(stream);
            return CudaResult.SUCCESS;
        }
    }

    private static int isolate(Capture capture) {
        capture.invalid = true;
        return CudaResult.STREAM_CAPTURE_ISOLATION;
    }

    /** Refuses a wait for a context one of whose streams captures. */
    int refuse(ThreadState thread, Collection<Stream> streams) {
        if (!any) {
            return CudaResult.SUCCESS;
        }
        synchronized (this) {
            for (Stream stream : streams) {
                if (stream.capture != null) {
                    stream.capture.invalid = true;
                    return CudaResult.STREAM_CAPTURE_UNSUPPORTED;
                }
            }
        }
        return refuseUnsafe(thread);
    }

    /** Refuses to wait for, or ask about, a stream that captures, or the legacy stream while a blocking one does. */
    int refuseSynchronous(Stream stream) {
        if (!any) {
            return CudaResult.SUCCESS;
        }
        synchronized (this) {
            if (stream.capture != null) {
                stream.capture.invalid = true;
                return CudaResult.STREAM_CAPTURE_UNSUPPORTED;
            }
            return refuseImplicit(stream);
        }
    }

    /** Refuses calls that could hide a wait, by the modes of the captures and of the thread. */
    int refuseUnsafe(ThreadState thread) {
        if (!any) {
            return CudaResult.SUCCESS;
        }
        synchronized (this) {
            int result = CudaResult.SUCCESS;
            for (Capture capture : live) {
                if (capture.forbids(thread)) {
                    capture.invalid = true;
                    result = CudaResult.STREAM_CAPTURE_UNSUPPORTED;
                }
            }
            return result;
        }
    }

    /** Refuses questions about an event whose latest record lies in a capture. */
    int refuseCaptured(Event event) {
        if (!any) {
            return CudaResult.SUCCESS;
        }
        synchronized (this) {
            Capture capture = event.capture;
            if (capture == null || !live.contains(capture)) {
                return CudaResult.SUCCESS;
            }
            capture.invalid = true;
            return CudaResult.CAPTURED_EVENT;
        }
    }
}
