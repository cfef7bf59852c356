package io.penstock.gpuserver.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CallNumbers;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.Layouts;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.codec.Writer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Graphs built node by node over the wire, on a software GPU: handles, packed parameters, and the lease's memory. */
final class GraphExecutorsTest extends SoftwareSession {
    private static final long FUNCTION = 1L << 32 | 2;
    private static final long KERNEL = 1L << 32 | 3;
    private static final String PTX = """
            .version 7.0
            .target sm_50
            .address_size 64
            .visible .entry k(.param .u64 a, .param .u32 b) { ret; }
            """;

    private long graph() {
        return call(CallNumbers.cuGraphCreate, body -> body.putU32(0)).readHandle();
    }

    private void destroy(long graph) {
        call(CallNumbers.cuGraphDestroy, body -> body.putHandle(graph));
    }

    // ---- kernels

    private void load() {
        long out = room(8);
        assertThat(driver.cuModuleLoadData(
                        out, arena.allocateFrom(PTX, StandardCharsets.UTF_8).address()))
                .isZero();
        long module = NativeMemory.getLong(out);
        assertThat(driver.cuModuleGetFunction(
                        out, module, arena.allocateFrom("k").address()))
                .isZero();
        context.handles().bind(HandleKind.FUNCTION, FUNCTION, NativeMemory.getLong(out));
    }

    private static void putKernel(Writer body, long function, long kernel, long a, int b) {
        body.putHandle(function);
        for (int i = 0; i < 6; i++) {
            body.putU32(1);
        }
        body.putU32(0).putU32(0);
        body.putU64(0xbad).putU64(0xbad); // pointers of the client's mean nothing here
        body.putHandle(kernel).putHandle(0);
        body.putU64(12).putU64(a).putU64(b);
    }

    private long addKernel(long graph, long function, long kernel) {
        return call(CallNumbers.cuGraphAddKernelNode_v2, body -> {
                    body.putHandle(graph).putU64(0);
                    putKernel(body, function, kernel, 0x1234, 77);
                })
                .readHandle();
    }

    private void expectKernel(long node, long function, long kernel, long a, int b) {
        Reader told = call(CallNumbers.cuGraphKernelNodeGetParams_v2, body -> body.putHandle(node));
        assertThat(result).isZero();
        long params = told.readStruct(Layouts.CUDA_KERNEL_NODE_PARAMS.BYTES);
        assertThat(NativeMemory.getLong(params)).isEqualTo(function);
        assertThat(NativeMemory.getLong(params + Layouts.CUDA_KERNEL_NODE_PARAMS.kern))
                .isEqualTo(kernel);
        assertThat(NativeMemory.getLong(params + Layouts.CUDA_KERNEL_NODE_PARAMS.kernelParams))
                .as("an address of the server's")
                .isZero();
        assertThat(NativeMemory.getLong(params + Layouts.CUDA_KERNEL_NODE_PARAMS.ctx))
                .isEqualTo(CONTEXT);
        assertThat(told.readU64()).isEqualTo(12);
        assertThat(told.readU64()).isEqualTo(a);
        assertThat(told.readU32()).isEqualTo(b);
    }

    @Test
    void aKernelNodeIsToldInTheClientsHandlesWithItsParametersPacked() {
        load();
        long node = addKernel(graph(), FUNCTION, 0);
        expectKernel(node, FUNCTION, 0, 0x1234, 77);
        call(CallNumbers.cuGraphKernelNodeSetParams_v2, body -> {
            body.putHandle(node);
            putKernel(body, FUNCTION, 0, 0x99, 3);
        });
        assertThat(result).isZero();
        expectKernel(node, FUNCTION, 0, 0x99, 3);
    }

    @Test
    void aLibrarysKernelIsToldAsTheKernelItIs() {
        long out = room(8);
        long image = arena.allocateFrom(PTX, StandardCharsets.UTF_8).address();
        assertThat(driver.cuLibraryLoadData(out, image, 0, 0, 0, 0, 0, 0)).isZero();
        long library = NativeMemory.getLong(out);
        assertThat(driver.cuLibraryGetKernel(
                        out, library, arena.allocateFrom("k").address()))
                .isZero();
        context.handles().bind(HandleKind.KERNEL, KERNEL, NativeMemory.getLong(out));
        expectKernel(addKernel(graph(), 0, KERNEL), 0, KERNEL, 0x1234, 77);
    }

    @Test
    void anUnknownHandleIsRefusedWhereverItStands() {
        load();
        long graph = graph();
        addKernel(graph, FUNCTION + 1, 0);
        assertThat(result).isEqualTo(CudaResult.INVALID_HANDLE);
        addKernel(graph + 1, FUNCTION, 0);
        assertThat(result).isEqualTo(CudaResult.INVALID_HANDLE);
        addKernel(0, FUNCTION, 0);
        assertThat(result).isEqualTo(CudaResult.INVALID_HANDLE);
        call(CallNumbers.cuGraphAddKernelNode_v2, body -> {
            body.putHandle(graph).putU64(1).putHandle(0xdead);
            putKernel(body, FUNCTION, 0, 1, 1);
        });
        assertThat(result).isEqualTo(CudaResult.INVALID_HANDLE);
    }

    @Test
    void theHandlesOfNodesEndWithTheirGraph() {
        load();
        long graph = graph();
        long node = addKernel(graph, FUNCTION, 0);
        destroy(graph);
        assertThat(context.handles().nativeOf(HandleKind.GRAPHNODE, node)).isEqualTo(HandleTable.INVALID);
        assertThat(context.handles().nativeOf(HandleKind.GRAPH, graph)).isEqualTo(HandleTable.INVALID);
    }

    // ---- memory

    /** Adds an allocation of so many bytes; its address, or 0 when it was refused. */
    private long alloc(long graph, long bytes) {
        Reader added = call(CallNumbers.cuGraphAddMemAllocNode, body -> {
            body.putHandle(graph).putU64(0);
            body.putU32(1).putU32(0).putU32(1).putU32(0);
            body.putBlock(arena.allocate(Layouts.CUmemPoolProps.BYTES - 16L, 8));
            body.putU64(0).putU64(bytes);
        });
        if (result != CudaResult.SUCCESS) {
            return 0;
        }
        added.readHandle();
        return added.readU64();
    }

    private void free(long graph, long address) {
        call(
                CallNumbers.cuGraphAddMemFreeNode,
                body -> body.putHandle(graph).putU64(0).putU64(0).putU64(address));
        assertThat(result).isZero();
    }

    private long instantiate(long graph) {
        long exec = call(
                        CallNumbers.cuGraphInstantiateWithFlags,
                        body -> body.putHandle(graph).putU64(0))
                .readHandle();
        assertThat(result).isZero();
        return exec;
    }

    private void launch(long exec) {
        call(CallNumbers.cuGraphLaunch, body -> body.putHandle(exec).putHandle(0));
        assertThat(result).isZero();
        assertThat(driver.cuCtxSynchronize()).isZero();
    }

    private void endExec(long exec) {
        call(CallNumbers.cuGraphExecDestroy, body -> body.putHandle(exec));
    }

    @Test
    void memoryOfAGraphIsTheLeasesUntilGraphAndExecutableGraphAreGone() {
        long graph = graph();
        long address = alloc(graph, 3 << 20);
        free(graph, address);
        assertThat(ledger.usedHere(0)).isEqualTo(3 << 20);
        assertThat(alloc(graph, 2 << 20)).isZero();
        assertThat(result).as("3 + 2 MiB of 4").isEqualTo(CudaResult.OUT_OF_MEMORY);
        assertThat(ledger.usedHere(0)).isEqualTo(3 << 20);
        long exec = instantiate(graph);
        launch(exec);
        destroy(graph);
        assertThat(ledger.usedHere(0)).as("it can still be launched").isEqualTo(3 << 20);
        launch(exec);
        endExec(exec);
        assertThat(ledger.usedHere(0)).isZero();
    }

    @Test
    void whatALaunchLeavesAllocatedIsTheLeasesUntilTheProgramFreesIt() {
        long graph = graph();
        long address = alloc(graph, 1 << 20);
        long exec = instantiate(graph);
        launch(exec);
        call(CallNumbers.cuMemFree_v2, body -> body.putU64(address));
        assertThat(ledger.usedHere(0)).as("the next launch allocates it again").isEqualTo(1 << 20);
        launch(exec);
        destroy(graph);
        endExec(exec);
        assertThat(ledger.usedHere(0)).as("allocated").isEqualTo(1 << 20);
        call(CallNumbers.cuMemFreeAsync, body -> body.putU64(address).putHandle(0));
        assertThat(result).isZero();
        assertThat(ledger.usedHere(0)).isZero();
    }

    private static final long STREAM = 1L << 32 | 9;

    private void beginCapture() {
        call(CallNumbers.cuStreamCreate, body -> body.putHandle(STREAM).putU32(1));
        call(CallNumbers.cuStreamBeginCapture_v2, body -> body.putHandle(STREAM).putU32(0));
        assertThat(result).isZero();
    }

    private Reader endCapture() {
        return call(CallNumbers.cuStreamEndCapture, body -> body.putHandle(STREAM));
    }

    private long allocInCapture() {
        long address = call(
                        CallNumbers.cuMemAllocAsync,
                        body -> body.putU64(1 << 20).putHandle(STREAM))
                .readU64();
        assertThat(result).isZero();
        return address;
    }

    @Test
    void whatACaptureAllocatesIsTheLeasesAsLongAsItsGraphCanBeLaunched() {
        beginCapture();
        long address = allocInCapture();
        call(CallNumbers.cuMemFreeAsync, body -> body.putU64(address).putHandle(STREAM));
        assertThat(result).isZero();
        long graph = endCapture().readHandle();
        assertThat(result).isZero();
        assertThat(ledger.usedHere(0)).isEqualTo(1 << 20);
        long exec = instantiate(graph);
        launch(exec);
        destroy(graph);
        assertThat(ledger.usedHere(0)).isEqualTo(1 << 20);
        endExec(exec);
        assertThat(ledger.usedHere(0)).isZero();
    }

    @Test
    void aCaptureThatFailsGivesItsMemoryBack() {
        beginCapture();
        allocInCapture();
        driver.cuStreamQuery(context.handles().nativeOf(HandleKind.STREAM, STREAM));
        endCapture();
        assertThat(result).isEqualTo(CudaResult.STREAM_CAPTURE_INVALIDATED);
        assertThat(ledger.usedHere(0)).isZero();
    }

    @Test
    void aGraphThatWasNeverLaunchedGivesItsMemoryBackAtItsEnd() {
        long graph = graph();
        alloc(graph, 1 << 20);
        alloc(graph, 1 << 20);
        assertThat(ledger.usedHere(0)).isEqualTo(2 << 20);
        destroy(graph);
        assertThat(ledger.usedHere(0)).isZero();
    }

    @Test
    void anUpdateThatFailsTellsWhy() {
        load();
        long one = graph();
        addKernel(one, FUNCTION, 0);
        long two = graph();
        addKernel(two, FUNCTION, 0);
        addKernel(two, FUNCTION, 0);
        long exec = instantiate(one);
        Reader told = call(
                CallNumbers.cuGraphExecUpdate_v2, body -> body.putHandle(exec).putHandle(two));
        assertThat(result).isEqualTo(CudaResult.GRAPH_EXEC_UPDATE_FAILURE);
        assertThat(told.readU32()).as("topology").isEqualTo(2);
    }
}
