package io.penstock.gpuserver.software;

import static io.penstock.gpuserver.software.CudaProgram.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Graphs built node by node: what a program is told of them, what it may change, and what a launch then does. */
final class GraphCallsTest {
    private static final int HOST = 1;
    private static final int DEVICE = 2;

    private final CudaProgram program = CudaProgram.started();
    private final SoftwareCudaDriver cuda = program.cuda;
    private final long device = program.alloc(64);
    private final long graph = program.longFrom(at -> cuda.cuGraphCreate(at, 0));

    @AfterEach
    void end() {
        program.close();
    }

    private long array(long... handles) {
        long at = program.room(8L * handles.length);
        for (int i = 0; i < handles.length; i++) {
            NativeMemory.putLong(at + 8L * i, handles[i]);
        }
        return at;
    }

    private long memsetParams(long target, int value) {
        long params = program.room(40);
        NativeMemory.putLong(params, target);
        NativeMemory.putInt(params + 16, value);
        NativeMemory.putInt(params + 20, 4);
        NativeMemory.putLong(params + 24, 1);
        NativeMemory.putLong(params + 32, 1);
        return params;
    }

    private long memset(long of, int value, long... after) {
        long params = memsetParams(device, value);
        return program.longFrom(at -> cuda.cuGraphAddMemsetNode(at, of, array(after), after.length, params, 0));
    }

    /** CUDA_MEMCPY3D of one row of ints. */
    private long copyParams(int fromType, long from, int toType, long to, int ints) {
        long params = program.room(200);
        NativeMemory.putInt(params + 32, fromType);
        NativeMemory.putLong(params + (fromType == HOST ? 40 : 48), from);
        NativeMemory.putLong(params + 72, 4L * ints);
        NativeMemory.putLong(params + 80, 1);
        NativeMemory.putInt(params + 88 + 32, toType);
        NativeMemory.putLong(params + 88 + (toType == HOST ? 40 : 48), to);
        NativeMemory.putLong(params + 88 + 72, 4L * ints);
        NativeMemory.putLong(params + 88 + 80, 1);
        NativeMemory.putLong(params + 176, 4L * ints);
        NativeMemory.putLong(params + 184, 1);
        NativeMemory.putLong(params + 192, 1);
        return params;
    }

    private long instantiate(long of) {
        return program.longFrom(at -> cuda.cuGraphInstantiateWithFlags(at, of, 0));
    }

    private void launch(long exec) {
        ok(cuda.cuGraphLaunch(exec, 0));
        ok(cuda.cuStreamSynchronize(0));
    }

    @Test
    void aSetNodeTellsItsParametersAndTakesOthersHereAndInAnExecutableGraph() {
        long node = memset(graph, 5);
        long told = program.room(40);
        ok(cuda.cuGraphMemsetNodeGetParams(node, told));
        assertThat(NativeMemory.getBytes(told, 40)).isEqualTo(NativeMemory.getBytes(memsetParams(device, 5), 40));
        long exec = instantiate(graph);
        ok(cuda.cuGraphExecMemsetNodeSetParams(exec, node, memsetParams(device, 6), 0));
        launch(exec);
        assertThat(program.intsAt(device, 1)).containsExactly(6);
        ok(cuda.cuGraphMemsetNodeSetParams(node, memsetParams(device, 7)));
        launch(instantiate(graph));
        assertThat(program.intsAt(device, 1)).containsExactly(7);
        assertThat(cuda.cuGraphMemsetNodeSetParams(node, memsetParams(device + 64, 7)))
                .as("memory that is none")
                .isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void aCopyNodeReadsItsSourceAtEachLaunchAndTellsItsDescriptor() {
        long host = program.ints(1, 2);
        long params = copyParams(HOST, host, DEVICE, device, 2);
        long node = program.longFrom(at -> cuda.cuGraphAddMemcpyNode(at, graph, 0, 0, params, 0));
        long told = program.room(200);
        ok(cuda.cuGraphMemcpyNodeGetParams(node, told));
        assertThat(NativeMemory.getBytes(told, 200)).isEqualTo(NativeMemory.getBytes(params, 200));
        long exec = instantiate(graph);
        NativeMemory.putInt(host, 9);
        launch(exec);
        assertThat(program.intsAt(device, 2)).containsExactly(9, 2);
        ok(cuda.cuGraphExecMemcpyNodeSetParams(exec, node, copyParams(DEVICE, device, DEVICE, device + 8, 2), 0));
        launch(exec);
        assertThat(program.intsAt(device, 4)).containsExactly(9, 2, 9, 2);
        assertThat(cuda.cuGraphMemcpyNodeSetParams(node, copyParams(DEVICE, device + 64, DEVICE, device, 1)))
                .as("memory that is none")
                .isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void anEventNodeTellsItsEventAndTakesAnother() {
        long first = program.longFrom(at -> cuda.cuEventCreate(at, 0));
        long second = program.longFrom(at -> cuda.cuEventCreate(at, 0));
        long node = program.longFrom(at -> cuda.cuGraphAddEventRecordNode(at, graph, 0, 0, first));
        assertThat(program.longFrom(at -> cuda.cuGraphEventRecordNodeGetEvent(node, at)))
                .isEqualTo(first);
        assertThat(cuda.cuGraphEventWaitNodeGetEvent(node, program.room(8))).isEqualTo(CudaResult.INVALID_VALUE);
        long exec = instantiate(graph);
        ok(cuda.cuGraphExecEventRecordNodeSetEvent(exec, node, second));
        launch(exec);
        ok(cuda.cuEventQuery(second));
        assertThat(cuda.cuEventElapsedTime_v2(program.room(4), first, second))
                .as("the first was never recorded")
                .isEqualTo(CudaResult.INVALID_HANDLE);
    }

    @Test
    void aChildGraphIsACopyAndRunsInItsPlace() {
        memset(graph, 1);
        long outer = program.longFrom(at -> cuda.cuGraphCreate(at, 0));
        long before = memset(outer, 2);
        long child = program.longFrom(at -> cuda.cuGraphAddChildGraphNode(at, outer, array(before), 1, graph));
        assertThat(program.intFrom(at -> cuda.cuGraphNodeGetType(child, at))).isEqualTo(4);
        long inside = program.longFrom(at -> cuda.cuGraphChildGraphNodeGetGraph(child, at));
        assertThat(inside).isNotEqualTo(graph);
        ok(cuda.cuGraphDestroy(graph));
        long exec = instantiate(outer);
        launch(exec);
        assertThat(program.intsAt(device, 1)).containsExactly(1);
        long other = program.longFrom(at -> cuda.cuGraphCreate(at, 0));
        memset(other, 8);
        ok(cuda.cuGraphExecChildGraphNodeSetParams(exec, child, other));
        launch(exec);
        assertThat(program.intsAt(device, 1)).containsExactly(8);
        ok(cuda.cuGraphDestroy(outer));
        assertThat(cuda.cuGraphGetNodes(inside, 0, program.room(8)))
                .as("it ends with the graph it is in")
                .isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void aCloneKnowsItsNodesByTheirOriginals() {
        long first = memset(graph, 1);
        long second = memset(graph, 2, first);
        long clone = program.longFrom(at -> cuda.cuGraphClone(at, graph));
        long twin = program.longFrom(at -> cuda.cuGraphNodeFindInClone(at, second, clone));
        assertThat(twin).isNotEqualTo(second);
        long dependency = array(0);
        ok(cuda.cuGraphNodeGetDependencies(twin, dependency, array(1)));
        assertThat(NativeMemory.getLong(dependency))
                .isEqualTo(program.longFrom(at -> cuda.cuGraphNodeFindInClone(at, first, clone)));
        assertThat(cuda.cuGraphNodeFindInClone(program.room(8), twin, graph)).isEqualTo(CudaResult.INVALID_VALUE);
    }

    @Test
    void anUpdateTakesOverWorkOfTheSameShapeAndNamesTheNodeThatDoesNotFit() {
        long exec = instantiate(chain(1, 2));
        long info = program.room(24);
        ok(cuda.cuGraphExecUpdate_v2(exec, chain(3, 4), info));
        launch(exec);
        assertThat(program.intsAt(device, 1)).containsExactly(4);

        long forked = program.longFrom(at -> cuda.cuGraphCreate(at, 0));
        memset(forked, 5);
        long loose = memset(forked, 6);
        assertThat(cuda.cuGraphExecUpdate_v2(exec, forked, info)).isEqualTo(CudaResult.GRAPH_EXEC_UPDATE_FAILURE);
        assertThat(NativeMemory.getInt(info)).as("topology").isEqualTo(2);
        assertThat(NativeMemory.getLong(info + 8)).isEqualTo(loose);

        long other = program.longFrom(at -> cuda.cuGraphCreate(at, 0));
        long first = memset(other, 5);
        long empty = program.longFrom(at -> cuda.cuGraphAddEmptyNode(at, other, array(first), 1));
        assertThat(cuda.cuGraphExecUpdate_v2(exec, other, info)).isEqualTo(CudaResult.GRAPH_EXEC_UPDATE_FAILURE);
        assertThat(NativeMemory.getInt(info)).as("node type").isEqualTo(3);
        assertThat(NativeMemory.getLong(info + 8)).isEqualTo(empty);
        launch(exec);
        assertThat(program.intsAt(device, 1)).as("unchanged").containsExactly(4);
    }

    private long chain(int first, int second) {
        long made = program.longFrom(at -> cuda.cuGraphCreate(at, 0));
        memset(made, second, memset(made, first));
        return made;
    }

    @Test
    void edgesAreToldWithPlainDataAndNoOtherIsTaken() {
        long first = memset(graph, 1);
        long second = memset(graph, 2);
        long data = array(1);
        assertThat(cuda.cuGraphAddDependencies_v2(graph, array(first), array(second), data, 1))
                .isEqualTo(CudaResult.NOT_SUPPORTED);
        ok(cuda.cuGraphAddDependencies_v2(graph, array(first), array(second), 0, 1));
        long from = array(0);
        long to = array(0);
        ok(cuda.cuGraphGetEdges_v2(graph, from, to, data, array(1)));
        assertThat(NativeMemory.getLong(from)).isEqualTo(first);
        assertThat(NativeMemory.getLong(to)).isEqualTo(second);
        assertThat(NativeMemory.getLong(data)).isZero();
        ok(cuda.cuGraphRemoveDependencies_v2(graph, from, to, 0, 1));
        assertThat(program.longFrom(at -> cuda.cuGraphGetRootNodes(graph, 0, at)))
                .isEqualTo(2);
    }

    @Test
    void aKernelNodesAttributesAreKeptCopiedAndObeyed() {
        long library = program.longFrom(at -> cuda.cuModuleLoadData(at, program.text(CudaProgram.KERNELS)));
        long function = program.longFrom(at -> cuda.cuModuleGetFunction(at, library, program.text("count")));
        long params = program.room(72);
        NativeMemory.putLong(params, function);
        for (int i = 0; i < 6; i++) {
            NativeMemory.putInt(params + 8 + 4L * i, 1);
        }
        long one = program.longFrom(at -> cuda.cuGraphAddKernelNode_v2(at, graph, 0, 0, params));
        long two = program.longFrom(at -> cuda.cuGraphAddKernelNode_v2(at, graph, 0, 0, params));
        long value = program.room(64);
        NativeMemory.putInt(value, 1);
        ok(cuda.cuGraphKernelNodeSetAttribute(one, KernelNodeAttributes.COOPERATIVE, value));
        ok(cuda.cuGraphKernelNodeCopyAttributes(two, one));
        long told = program.room(64);
        ok(cuda.cuGraphKernelNodeGetAttribute(two, KernelNodeAttributes.COOPERATIVE, told));
        assertThat(NativeMemory.getInt(told)).isEqualTo(1);
        assertThat(cuda.cuGraphKernelNodeGetAttribute(two, 99, told)).isEqualTo(CudaResult.INVALID_VALUE);
        assertThat(cuda.cuGraphKernelNodeSetAttribute(memset(graph, 1), 2, value))
                .isEqualTo(CudaResult.INVALID_VALUE);
        NativeMemory.putLong(value, 2L | 2L << 32);
        NativeMemory.putInt(value + 8, 1);
        assertThat(cuda.cuGraphKernelNodeSetAttribute(one, 4, value))
                .as("a cluster of four blocks")
                .isEqualTo(CudaResult.INVALID_CLUSTER_SIZE);
    }

    // ---- memory

    private long allocParams(long bytes) {
        long params = program.room(120);
        NativeMemory.putInt(params, 1);
        NativeMemory.putInt(params + 8, 1);
        NativeMemory.putLong(params + 104, bytes);
        return params;
    }

    @Test
    void memoryOfAGraphIsTheSameAtEachLaunchAndGivenBackInTheEnd() {
        long before = program.freeBytes();
        long params = allocParams(1 << 20);
        long alloc = program.longFrom(at -> cuda.cuGraphAddMemAllocNode(at, graph, 0, 0, params));
        long address = NativeMemory.getLong(params + 112);
        assertThat(program.freeBytes()).isLessThan(before);
        long set = memsetParams(address, 3);
        long use = program.longFrom(at -> cuda.cuGraphAddMemsetNode(at, graph, array(alloc), 1, set, 0));
        long copy = copyParams(DEVICE, address, DEVICE, device, 1);
        long out = program.longFrom(at -> cuda.cuGraphAddMemcpyNode(at, graph, array(use), 1, copy, 0));
        long free = program.longFrom(at -> cuda.cuGraphAddMemFreeNode(at, graph, array(out), 1, address));
        assertThat(program.longFrom(at -> cuda.cuGraphMemFreeNodeGetParams(free, at)))
                .isEqualTo(address);
        long told = program.room(120);
        ok(cuda.cuGraphMemAllocNodeGetParams(alloc, told));
        assertThat(NativeMemory.getLong(told + 112)).isEqualTo(address);
        assertThat(cuda.cuGraphDestroyNode(alloc)).isEqualTo(CudaResult.NOT_SUPPORTED);
        assertThat(cuda.cuGraphClone(program.room(8), graph)).isEqualTo(CudaResult.NOT_SUPPORTED);
        long exec = instantiate(graph);
        assertThat(cuda.cuGraphInstantiateWithFlags(program.room(8), graph, 0))
                .as("a second executable graph of the same memory")
                .isEqualTo(CudaResult.INVALID_VALUE);
        launch(exec);
        launch(exec);
        assertThat(program.intsAt(device, 1)).containsExactly(3);
        assertThat(cuda.cuMemFree_v2(address)).as("freed inside").isEqualTo(CudaResult.INVALID_VALUE);
        ok(cuda.cuGraphDestroy(graph));
        ok(cuda.cuGraphExecDestroy(exec));
        assertThat(program.freeBytes()).isEqualTo(before);
    }

    @Test
    void whatAGraphLeavesAllocatedIsTheProgramsToFree() {
        long before = program.freeBytes();
        long params = allocParams(1 << 20);
        program.longFrom(at -> cuda.cuGraphAddMemAllocNode(at, graph, 0, 0, params));
        long address = NativeMemory.getLong(params + 112);
        long exec = instantiate(graph);
        launch(exec);
        assertThat(program.longFrom(at -> cuda.cuDeviceGetGraphMemAttribute(0, 0, at)))
                .isEqualTo(1 << 20);
        assertThat(cuda.cuGraphLaunch(exec, 0)).as("allocated twice").isEqualTo(CudaResult.INVALID_VALUE);
        ok(cuda.cuMemFree_v2(address));
        launch(exec);
        ok(cuda.cuGraphExecDestroy(exec));
        ok(cuda.cuGraphDestroy(graph));
        ok(cuda.cuMemsetD8_v2(address, (byte) 1, 1 << 20));
        assertThat(program.freeBytes()).isLessThan(before);
        ok(cuda.cuMemFreeAsync(address, 0));
        assertThat(program.freeBytes()).isEqualTo(before);
    }

    @Test
    void aLaunchMayFreeWhatTheLastOneLeft() {
        long params = allocParams(1 << 20);
        program.longFrom(at -> cuda.cuGraphAddMemAllocNode(at, graph, 0, 0, params));
        long exec = program.longFrom(at -> cuda.cuGraphInstantiateWithFlags(at, graph, GraphCalls.AUTO_FREE_ON_LAUNCH));
        launch(exec);
        launch(exec);
    }

    @Test
    void memoryThatADeviceDoesNotHaveIsRefused() {
        long params = allocParams(2 * CudaProgram.MEMORY_BYTES);
        assertThat(cuda.cuGraphAddMemAllocNode(program.room(8), graph, 0, 0, params))
                .isEqualTo(CudaResult.OUT_OF_MEMORY);
        NativeMemory.putInt(params + 12, 5);
        assertThat(cuda.cuGraphAddMemAllocNode(program.room(8), graph, 0, 0, params))
                .isEqualTo(CudaResult.INVALID_DEVICE);
    }

    @Test
    void oneNodeWritesSeveralWords() {
        long operations = program.room(96);
        NativeMemory.putInt(operations, 2);
        NativeMemory.putLong(operations + 8, device);
        NativeMemory.putLong(operations + 16, 11);
        NativeMemory.putInt(operations + 48, 2);
        NativeMemory.putLong(operations + 48 + 8, device + 4);
        NativeMemory.putLong(operations + 48 + 16, 12);
        long params = program.room(32);
        NativeMemory.putInt(params + 8, 2);
        NativeMemory.putLong(params + 16, operations);
        long node = program.longFrom(at -> cuda.cuGraphAddBatchMemOpNode(at, graph, 0, 0, params));
        long told = program.room(32);
        ok(cuda.cuGraphBatchMemOpNodeGetParams(node, told));
        assertThat(NativeMemory.getInt(told + 8)).isEqualTo(2);
        assertThat(NativeMemory.getBytes(NativeMemory.getLong(told + 16), 96))
                .isEqualTo(NativeMemory.getBytes(operations, 96));
        long exec = instantiate(graph);
        launch(exec);
        assertThat(program.intsAt(device, 2)).containsExactly(11, 12);
        NativeMemory.putLong(operations + 16, 13);
        ok(cuda.cuGraphExecBatchMemOpNodeSetParams(exec, node, params));
        launch(exec);
        assertThat(program.intsAt(device, 2)).containsExactly(13, 12);
        NativeMemory.putLong(operations + 8, device + 64);
        assertThat(cuda.cuGraphBatchMemOpNodeSetParams(node, params)).isEqualTo(CudaResult.INVALID_VALUE);
    }
}
