package io.penstock.gpuserver.software;

import static io.penstock.gpuserver.software.CudaProgram.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class CaptureCallsTest {
    private final CudaProgram program = CudaProgram.started();
    private final SoftwareCudaDriver cuda = program.cuda;
    private final long device = program.alloc(64);
    private final long stream = program.longFrom(at -> cuda.cuStreamCreate(at, 0));

    @AfterEach
    void end() {
        program.close();
    }

    private long endCapture() {
        return program.longFrom(at -> cuda.cuStreamEndCapture(stream, at));
    }

    private int status(long of) {
        return program.intFrom(at -> cuda.cuStreamIsCapturing(of, at));
    }

    @Test
    void whatACaptureRecordsRunsAtEachLaunchAndNotBefore() {
        long host = program.longFrom(at -> cuda.cuMemHostAlloc(at, 8, 0));
        ok(cuda.cuStreamBeginCapture_v2(stream, Capture.MODE_RELAXED));
        assertThat(status(stream)).isEqualTo(1);
        ok(cuda.cuMemcpyHtoDAsync_v2(device, host, 4, stream));
        ok(cuda.cuMemsetD32Async(device + 4, 9, 1, stream));
        long graph = endCapture();
        assertThat(status(stream)).isZero();
        assertThat(program.longFrom(at -> cuda.cuGraphGetNodes(graph, 0, at))).isEqualTo(2);
        assertThat(program.longFrom(at -> cuda.cuGraphGetRootNodes(graph, 0, at)))
                .isEqualTo(1);
        assertThat(program.intsAt(device, 2)).containsExactly(0, 0);
        long exec = program.longFrom(at -> cuda.cuGraphInstantiateWithFlags(at, graph, 0));
        ok(cuda.cuGraphDestroy(graph));
        for (int round = 1; round <= 3; round++) {
            NativeMemory.putInt(host, round);
            ok(cuda.cuGraphLaunch(exec, stream));
            ok(cuda.cuStreamSynchronize(stream));
            assertThat(program.intsAt(device, 2)).containsExactly(round, 9);
        }
        ok(cuda.cuGraphExecDestroy(exec));
        assertThat(cuda.cuGraphLaunch(exec, stream)).isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void anUnsafeCallIsRefusedWith900AndSpoilsAGlobalCapture() {
        ok(cuda.cuStreamBeginCapture_v2(stream, Capture.MODE_GLOBAL));
        assertThat(cuda.cuMemAlloc_v2(program.room(8), 8)).isEqualTo(CudaResult.STREAM_CAPTURE_UNSUPPORTED);
        assertThat(status(stream)).isEqualTo(2);
        assertThat(cuda.cuStreamEndCapture(stream, program.room(8))).isEqualTo(CudaResult.STREAM_CAPTURE_INVALIDATED);
        assertThat(status(stream)).isZero();
        program.alloc(8);
    }

    @Test
    void aRelaxedThreadMayAllocateDuringAGlobalCapture() {
        ok(cuda.cuStreamBeginCapture_v2(stream, Capture.MODE_GLOBAL));
        long mode = program.ints(Capture.MODE_RELAXED);
        ok(cuda.cuThreadExchangeStreamCaptureMode(mode));
        assertThat(NativeMemory.getInt(mode)).isEqualTo(Capture.MODE_GLOBAL);
        program.alloc(8);
        endCapture();
    }

    @Test
    void askingACapturingStreamIsRefusedAndTheLegacyStreamImplicitly() {
        ok(cuda.cuStreamBeginCapture_v2(stream, Capture.MODE_RELAXED));
        assertThat(cuda.cuStreamQuery(stream)).isEqualTo(CudaResult.STREAM_CAPTURE_UNSUPPORTED);
        assertThat(cuda.cuStreamEndCapture(stream, program.room(8))).isEqualTo(CudaResult.STREAM_CAPTURE_INVALIDATED);
        ok(cuda.cuStreamBeginCapture_v2(stream, Capture.MODE_RELAXED));
        assertThat(cuda.cuStreamSynchronize(0)).isEqualTo(CudaResult.STREAM_CAPTURE_IMPLICIT);
        assertThat(cuda.cuStreamBeginCapture_v2(0, 0)).isEqualTo(CudaResult.STREAM_CAPTURE_UNSUPPORTED);
        assertThat(cuda.cuStreamBeginCapture_v2(stream, 0)).isEqualTo(CudaResult.ILLEGAL_STATE);
    }

    @Test
    void captureSpreadsThroughAnEventAndMustComeBack() {
        long other = program.longFrom(at -> cuda.cuStreamCreate(at, Stream.NON_BLOCKING));
        long fork = program.longFrom(at -> cuda.cuEventCreate(at, 0));
        long join = program.longFrom(at -> cuda.cuEventCreate(at, 0));
        ok(cuda.cuStreamBeginCapture_v2(stream, Capture.MODE_RELAXED));
        ok(cuda.cuMemsetD32Async(device, 1, 1, stream));
        ok(cuda.cuEventRecord(fork, stream));
        ok(cuda.cuStreamWaitEvent(other, fork, 0));
        assertThat(status(other)).isEqualTo(1);
        ok(cuda.cuMemsetD32Async(device + 4, 2, 1, other));
        assertThat(cuda.cuEventQuery(fork)).as("captured event").isEqualTo(CudaResult.CAPTURED_EVENT);
        assertThat(cuda.cuStreamEndCapture(stream, program.room(8))).isEqualTo(CudaResult.STREAM_CAPTURE_INVALIDATED);

        ok(cuda.cuStreamBeginCapture_v2(stream, Capture.MODE_RELAXED));
        ok(cuda.cuEventRecord(fork, stream));
        ok(cuda.cuStreamWaitEvent(other, fork, 0));
        ok(cuda.cuMemsetD32Async(device + 4, 2, 1, other));
        assertThat(cuda.cuStreamEndCapture(stream, program.room(8))).isEqualTo(CudaResult.STREAM_CAPTURE_UNJOINED);

        ok(cuda.cuStreamBeginCapture_v2(stream, Capture.MODE_RELAXED));
        ok(cuda.cuEventRecord(fork, stream));
        ok(cuda.cuStreamWaitEvent(other, fork, 0));
        ok(cuda.cuMemsetD32Async(device + 4, 2, 1, other));
        ok(cuda.cuEventRecord(join, other));
        ok(cuda.cuStreamWaitEvent(stream, join, 0));
        long graph = endCapture();
        assertThat(program.longFrom(at -> cuda.cuGraphGetNodes(graph, 0, at))).isEqualTo(1);
    }

    @Test
    void aGraphBuiltByHandRunsInTheOrderOfItsEdges() {
        long graph = program.longFrom(at -> cuda.cuGraphCreate(at, 0));
        long first = memset(graph, 1, 0, 0);
        long dependencies = program.room(8);
        NativeMemory.putLong(dependencies, first);
        long second = memset(graph, 2, dependencies, 1);
        assertThat(program.intFrom(at -> cuda.cuGraphNodeGetType(second, at))).isEqualTo(2);
        long list = program.room(8);
        long count = program.room(8);
        NativeMemory.putLong(count, 1);
        ok(cuda.cuGraphNodeGetDependencies(second, list, count));
        assertThat(NativeMemory.getLong(list)).isEqualTo(first);
        long exec = program.longFrom(at -> cuda.cuGraphInstantiateWithFlags(at, graph, 0));
        ok(cuda.cuGraphLaunch(exec, 0));
        assertThat(program.intsAt(device, 1)).containsExactly(2);
        ok(cuda.cuGraphNodeSetEnabled(exec, second, 0));
        ok(cuda.cuGraphLaunch(exec, 0));
        assertThat(program.intsAt(device, 1)).containsExactly(1);
        NativeMemory.putLong(list, second);
        ok(cuda.cuGraphAddDependencies(graph, list, dependencies, 1));
        assertThat(cuda.cuGraphInstantiateWithFlags(program.room(8), graph, 0))
                .as("a circle")
                .isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void aCaptureTellsItsGraphAndWhatTheNextNodeComesAfter() {
        ok(cuda.cuStreamBeginCapture_v2(stream, Capture.MODE_RELAXED));
        ok(cuda.cuMemsetD32Async(device, 1, 1, stream));
        long status = program.room(8);
        long graph = program.room(8);
        long dependencies = program.room(8);
        long count = program.room(8);
        ok(cuda.cuStreamGetCaptureInfo_v3(stream, status, 0, graph, dependencies, 0, count));
        assertThat(NativeMemory.getInt(status)).isEqualTo(1);
        assertThat(NativeMemory.getLong(count)).isEqualTo(1);
        long first = NativeMemory.getLong(NativeMemory.getLong(dependencies));
        assertThat(program.intFrom(at -> cuda.cuGraphNodeGetType(first, at))).isEqualTo(2);
        ok(cuda.cuStreamUpdateCaptureDependencies_v2(stream, 0, 0, 0, 1));
        ok(cuda.cuMemsetD32Async(device, 2, 1, stream));
        assertThat(endCapture()).isEqualTo(NativeMemory.getLong(graph));
        assertThat(program.longFrom(at -> cuda.cuGraphGetRootNodes(NativeMemory.getLong(graph), 0, at)))
                .as("the second memset no longer comes after the first")
                .isEqualTo(2);
    }

    @Test
    void whatACaptureAllocatesIsAllocatedAndFreedByEachLaunch() {
        ok(cuda.cuStreamBeginCapture_v2(stream, Capture.MODE_GLOBAL));
        long memory = program.longFrom(at -> cuda.cuMemAllocAsync(at, 1 << 20, stream));
        ok(cuda.cuMemsetD32Async(memory, 6, 1, stream));
        ok(cuda.cuMemcpyDtoDAsync_v2(device, memory, 4, stream));
        ok(cuda.cuMemFreeAsync(memory, stream));
        assertThat(cuda.cuMemFreeAsync(device, stream))
                .as("no allocation of a graph")
                .isEqualTo(1);
        long graph = endCapture();
        assertThat(program.longFrom(at -> cuda.cuGraphGetNodes(graph, 0, at))).isEqualTo(4);
        long exec = program.longFrom(at -> cuda.cuGraphInstantiateWithFlags(at, graph, 0));
        for (int round = 0; round < 3; round++) {
            ok(cuda.cuMemsetD32_v2(device, 0, 1));
            ok(cuda.cuGraphLaunch(exec, stream));
            ok(cuda.cuStreamSynchronize(stream));
            assertThat(program.intsAt(device, 1)).containsExactly(6);
        }
        ok(cuda.cuGraphExecDestroy(exec));
        ok(cuda.cuGraphDestroy(graph));
        assertThat(program.freeBytes()).isEqualTo(CudaProgram.MEMORY_BYTES - 512);
    }

    @Test
    void aCaptureThatFailsKeepsNoMemory() {
        ok(cuda.cuStreamBeginCapture_v2(stream, Capture.MODE_GLOBAL));
        program.longFrom(at -> cuda.cuMemAllocAsync(at, 1 << 20, stream));
        assertThat(cuda.cuStreamSynchronize(stream)).isEqualTo(CudaResult.STREAM_CAPTURE_UNSUPPORTED);
        assertThat(cuda.cuStreamEndCapture(stream, program.room(8))).isEqualTo(CudaResult.STREAM_CAPTURE_INVALIDATED);
        assertThat(program.freeBytes()).isEqualTo(CudaProgram.MEMORY_BYTES - 512);
    }

    @Test
    void aCaptureGoesIntoAGraphOfTheProgramBehindItsNodes() {
        long graph = program.longFrom(at -> cuda.cuGraphCreate(at, 0));
        long first = memset(graph, 4, 0, 0);
        long after = program.room(8);
        NativeMemory.putLong(after, first);
        ok(cuda.cuStreamBeginCaptureToGraph(stream, graph, after, 0, 1, Capture.MODE_RELAXED));
        ok(cuda.cuMemcpyDtoDAsync_v2(device + 4, device, 4, stream));
        assertThat(endCapture()).isEqualTo(graph);
        assertThat(program.longFrom(at -> cuda.cuGraphGetRootNodes(graph, 0, at)))
                .isEqualTo(1);
        long exec = program.longFrom(at -> cuda.cuGraphInstantiateWithFlags(at, graph, 0));
        ok(cuda.cuGraphLaunch(exec, stream));
        ok(cuda.cuStreamSynchronize(stream));
        assertThat(program.intsAt(device, 2)).containsExactly(4, 4);
    }

    @Test
    void aProgramsGraphOutlivesACaptureIntoItThatFails() {
        long graph = program.longFrom(at -> cuda.cuGraphCreate(at, 0));
        memset(graph, 4, 0, 0);
        ok(cuda.cuStreamBeginCaptureToGraph(stream, graph, 0, 0, 0, Capture.MODE_RELAXED));
        assertThat(cuda.cuStreamSynchronize(stream)).isEqualTo(CudaResult.STREAM_CAPTURE_UNSUPPORTED);
        assertThat(cuda.cuStreamEndCapture(stream, program.room(8))).isEqualTo(CudaResult.STREAM_CAPTURE_INVALIDATED);
        assertThat(program.longFrom(at -> cuda.cuGraphGetNodes(graph, 0, at))).isEqualTo(1);
        ok(cuda.cuGraphDestroy(graph));
    }

    private long memset(long graph, int value, long dependencies, long count) {
        long params = program.room(40);
        NativeMemory.putLong(params, device);
        NativeMemory.putInt(params + 16, value);
        NativeMemory.putInt(params + 20, 4);
        NativeMemory.putLong(params + 24, 1);
        NativeMemory.putLong(params + 32, 1);
        return program.longFrom(at -> cuda.cuGraphAddMemsetNode(at, graph, dependencies, count, params, 0));
    }
}
