/* Graphs built node by node, against the fake agent: what the program may read back, and when its memory is read. */
#define _GNU_SOURCE
#include "program.h"

#include <string.h>

#include "calls.h"
#include "fake_agent.h"
#include "prototypes.h"

enum { BYTES = 1024 };

static fake_agent_t agent;

static CUgraph start(void) {
    CUcontext context = NULL;
    CUgraph graph = NULL;
    fake_agent_start(&agent);
    CHECK(cuInit(0) == CUDA_SUCCESS);
    CHECK(cuDevicePrimaryCtxRetain(&context, 0) == CUDA_SUCCESS);
    CHECK(cuCtxSetCurrent(context) == CUDA_SUCCESS);
    CHECK(cuGraphCreate(&graph, 0) == CUDA_SUCCESS && graph != NULL);
    return graph;
}

static uint32_t calls(uint32_t number) {
    return __atomic_load_n(&agent.calls[number], __ATOMIC_ACQUIRE);
}

static CUfunction load(void) {
    static const char ptx[] = ".version 7.0\n.target sm_50\n.address_size 64\n.visible .entry k(){ ret; }\n";
    CUmodule module = NULL;
    CUfunction function = NULL;
    CHECK(cuModuleLoadData(&module, ptx) == CUDA_SUCCESS);
    CHECK(cuModuleGetFunction(&function, module, "k") == CUDA_SUCCESS);
    return function;
}

/* ---- kernels: the fake function takes 8, 4 and 8 bytes, the last at 16 ---- */

static void expect_kernel(CUgraphNode node, CUfunction function) {
    CUDA_KERNEL_NODE_PARAMS told;
    CUDA_KERNEL_NODE_PARAMS_v1 narrow;
    CHECK(cuGraphKernelNodeGetParams_v2(node, &told) == CUDA_SUCCESS);
    void **values = told.kernelParams;
    CHECK(told.func == function && told.kern == NULL && told.gridDimX == 3 && told.blockDimX == 64 && told.extra == NULL);
    CHECK(*(uint64_t *)values[0] == 0x1111 && *(uint32_t *)values[1] == 0x2222 && *(uint64_t *)values[2] == 0x3333);
    CHECK(cuGraphKernelNodeGetParams(node, &narrow) == CUDA_SUCCESS);
    values = narrow.kernelParams;
    CHECK(narrow.func == function && *(uint32_t *)values[1] == 0x2222);
}

static void kernel_nodes(void) {
    CUgraph graph = start();
    CUfunction function = load();
    CUgraphNode node = NULL;
    CUgraphExec exec = NULL;
    uint64_t one = 0x1111;
    uint32_t two = 0x2222;
    uint64_t three = 0x3333;
    void *pointers[] = {&one, &two, &three};
    CUDA_KERNEL_NODE_PARAMS params = {function, 3, 1, 1, 64, 1, 1, 0, pointers, NULL, NULL, NULL};
    CHECK(cuGraphAddKernelNode_v2(&node, graph, NULL, 0, &params) == CUDA_SUCCESS && node != NULL);
    one = two = three = 0; /* the node has its own */
    expect_kernel(node, function);

    CHECK(cuGraphInstantiate_v2(&exec, graph, NULL, NULL, 0) == CUDA_SUCCESS);
    CHECK(calls(CALL_cuGraphGetNodes) == 0); /* nothing to ask: no copy has a host side */
    CHECK(cuGraphExecKernelNodeSetParams_v2(exec, node, &params) == CUDA_SUCCESS);
    CHECK(cuGraphKernelNodeSetParams_v2(node, &params) == CUDA_SUCCESS);
    CHECK(cuGraphKernelNodeSetParams_v2((CUgraphNode)graph, &params) == CUDA_ERROR_INVALID_HANDLE);
    CHECK(cuGraphExecKernelNodeSetParams_v2(exec, node, NULL) == CUDA_ERROR_INVALID_VALUE);
    params.gridDimX = 0;
    CHECK(cuGraphExecKernelNodeSetParams_v2(exec, node, &params) == CUDA_ERROR_INVALID_VALUE);
    params.gridDimX = 3;
    params.func = NULL;
    CHECK(cuGraphAddKernelNode_v2(&node, graph, NULL, 0, &params) == CUDA_ERROR_INVALID_HANDLE);
    CHECK(cuGraphDestroy(graph) == CUDA_SUCCESS);
    CHECK(cuGraphKernelNodeGetParams_v2(node, &params) == CUDA_ERROR_INVALID_HANDLE);
    CHECK(cuGraphExecDestroy(exec) == CUDA_SUCCESS);
    fake_agent_stop(&agent);
}

static void packed_parameters_and_nodes_of_any_type(void) {
    CUgraph graph = start();
    CUfunction function = load();
    CUgraphNode node = NULL;
    struct {
        uint64_t one;
        uint32_t two, gap;
        uint64_t three;
    } packed = {0x1111, 0x2222, 0, 0x3333};
    size_t bytes = sizeof packed;
    void *extra[] = {(void *)1, &packed, (void *)2, &bytes, NULL};
    CUDA_KERNEL_NODE_PARAMS kernel = {function, 3, 1, 1, 64, 1, 1, 0, NULL, extra, NULL, NULL};
    CUgraphNodeParams any;
    memset(&any, 0, sizeof any);
    any.type = CU_GRAPH_NODE_TYPE_KERNEL;
    memcpy(any.reserved1, &kernel, sizeof kernel);
    CHECK(cuGraphAddNode_v2(&node, graph, NULL, NULL, 0, &any) == CUDA_SUCCESS);
    expect_kernel(node, function);
    any.reserved2 = 1;
    CHECK(cuGraphAddNode(&node, graph, NULL, 0, &any) == CUDA_ERROR_INVALID_VALUE);
    any.reserved2 = 0;
    any.type = CU_GRAPH_NODE_TYPE_CONDITIONAL;
    CHECK(cuGraphAddNode(&node, graph, NULL, 0, &any) == CUDA_ERROR_NOT_SUPPORTED);
    any.type = 99;
    CHECK(cuGraphAddNode(&node, graph, NULL, 0, &any) == CUDA_ERROR_INVALID_VALUE);
    bytes++;
    any.type = CU_GRAPH_NODE_TYPE_KERNEL;
    CHECK(cuGraphAddNode(&node, graph, NULL, 0, &any) == CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES);
    CHECK(cuGraphDestroy(graph) == CUDA_SUCCESS);
    fake_agent_stop(&agent);
}

/* ---- host memory ---- */

static CUDA_MEMCPY3D flat(void *from_host, CUdeviceptr from, void *to_host, CUdeviceptr to) {
    enum { HOST = 1, DEVICE = 2 };
    return (CUDA_MEMCPY3D){.srcMemoryType = from_host != NULL ? HOST : DEVICE,
                           .srcHost = from_host,
                           .srcDevice = from,
                           .dstMemoryType = to_host != NULL ? HOST : DEVICE,
                           .dstHost = to_host,
                           .dstDevice = to,
                           .WidthInBytes = BYTES,
                           .Height = 1,
                           .Depth = 1};
}

static void host_memory_is_read_and_written_at_each_launch(void) {
    static unsigned char source[BYTES];
    static unsigned char target[BYTES];
    CUgraph graph = start();
    CUgraphExec exec = NULL;
    CUgraphNode nodes[2];
    CUdeviceptr device = 0;
    CHECK(cuMemAlloc_v2(&device, BYTES) == CUDA_SUCCESS);
    CUDA_MEMCPY3D up = flat(source, 0, NULL, device);
    CUDA_MEMCPY3D down = flat(NULL, device, target, 0);
    CUDA_MEMCPY3D told;
    agent.node_type = CU_GRAPH_NODE_TYPE_MEMCPY;
    CHECK(cuGraphAddMemcpyNode(&nodes[0], graph, NULL, 0, &up, NULL) == CUDA_SUCCESS);
    CHECK(cuGraphAddMemcpyNode(&nodes[1], graph, NULL, 0, &down, NULL) == CUDA_SUCCESS);
    CHECK(cuGraphMemcpyNodeGetParams(nodes[0], &told) == CUDA_SUCCESS);
    CHECK(told.srcMemoryType == 1 && told.srcHost == source && told.dstDevice == device);
    CHECK(cuGraphMemcpyNodeGetParams(nodes[1], &told) == CUDA_SUCCESS);
    CHECK(told.dstMemoryType == 1 && told.dstHost == target && told.srcDevice == device);

    CHECK(cuGraphInstantiateWithFlags(&exec, graph, 0) == CUDA_SUCCESS);
    CHECK(calls(CALL_cuMemcpyHtoDAsync_v2) == 0); /* not before a launch */
    CHECK(cuGraphDestroy(graph) == CUDA_SUCCESS);
    for (int round = 1; round <= 3; round++) {
        memset(source, round, sizeof source);
        CHECK(cuGraphLaunch(exec, NULL) == CUDA_SUCCESS);
        memset(source, 99, sizeof source);
        CHECK(cuStreamSynchronize(NULL) == CUDA_SUCCESS);
        CHECK(target[0] == round && target[BYTES - 1] == round);
    }
    CHECK(calls(CALL_cuMemFree_v2) == 0); /* the stages live as long as what can be launched */
    CHECK(cuGraphExecDestroy(exec) == CUDA_SUCCESS);
    CHECK(cuCtxSynchronize() == CUDA_SUCCESS);
    CHECK(calls(CALL_cuMemFree_v2) == 2);
    CHECK(cuGraphLaunch(exec, NULL) == CUDA_ERROR_INVALID_HANDLE);
    fake_agent_stop(&agent);
}

static void count(void *counter) {
    (*(int *)counter)++;
}

/* What travels is a number: the same for the same pair, and the pair is told back. */
static void host_nodes(void) {
    CUgraph graph = start();
    CUgraphNode nodes[3];
    int counters[2] = {0, 0};
    CUDA_HOST_NODE_PARAMS one = {(void *)(uintptr_t)count, &counters[0]};
    CUDA_HOST_NODE_PARAMS two = {(void *)(uintptr_t)count, &counters[1]};
    CUDA_HOST_NODE_PARAMS told = {NULL, NULL};
    CUgraphNodeParams any = {.type = CU_GRAPH_NODE_TYPE_HOST};
    memcpy(any.reserved1, &one, sizeof one);
    CHECK(cuGraphAddHostNode(&nodes[0], graph, NULL, 0, &one) == CUDA_SUCCESS);
    CHECK(cuGraphAddHostNode(&nodes[1], graph, &nodes[0], 1, &two) == CUDA_SUCCESS);
    CHECK(cuGraphAddNode(&nodes[2], graph, &nodes[1], 1, &any) == CUDA_SUCCESS);
    CHECK(memcmp(agent.node[0], agent.node[2], 8) == 0 && memcmp(agent.node[0], agent.node[1], 8) != 0);
    CHECK((agent.node[0][7] & 0x80) != 0);
    CHECK(cuGraphHostNodeGetParams(nodes[1], &told) == CUDA_SUCCESS && told.fn == two.fn && told.userData == &counters[1]);
    CHECK(counters[0] == 0 && counters[1] == 0);
    CHECK(cuGraphDestroy(graph) == CUDA_SUCCESS);
    fake_agent_stop(&agent);
}

/* Who waits for an event that a graph records behind a copy finds the bytes: it is recorded once more, behind them. */
static void events_behind_copies(void) {
    enum { COPIES = 2, MARKS = COPIES }; /* each copy's stage has an event of its own, recorded at each launch */
    static unsigned char target[BYTES];
    CUgraph graph = start();
    CUgraphExec exec = NULL;
    CUgraphNode copy[COPIES];
    CUgraphNode node = NULL;
    CUevent events[2] = {NULL, NULL};
    CUdeviceptr device = 0;
    CHECK(cuMemAlloc_v2(&device, BYTES) == CUDA_SUCCESS);
    CHECK(cuEventCreate(&events[0], 0) == CUDA_SUCCESS && cuEventCreate(&events[1], 0) == CUDA_SUCCESS);
    CUDA_MEMCPY3D down = flat(NULL, device, target, 0);
    for (int i = 0; i < COPIES; i++) {
        CHECK(cuGraphAddMemcpyNode(&copy[i], graph, NULL, 0, &down, NULL) == CUDA_SUCCESS);
    }
    CHECK(cuGraphAddEventRecordNode(&node, graph, copy, COPIES, events[0]) == CUDA_SUCCESS);
    agent.node_type = CU_GRAPH_NODE_TYPE_EVENT_RECORD; /* each of the two copies, as far as the shim can see */
    CHECK(cuGraphInstantiateWithFlags(&exec, graph, 0) == CUDA_SUCCESS);
    CHECK(cuGraphLaunch(exec, NULL) == CUDA_SUCCESS);
    CHECK(cuStreamSynchronize(NULL) == CUDA_SUCCESS);
    CHECK(calls(CALL_cuEventRecord) == MARKS + 2);
    CHECK(cuGraphExecEventRecordNodeSetEvent(exec, copy[0], events[1]) == CUDA_SUCCESS);
    CHECK(cuGraphExecEventRecordNodeSetEvent(exec, copy[1], events[1]) == CUDA_SUCCESS);
    CHECK(cuEventDestroy_v2(events[0]) == CUDA_SUCCESS); /* nobody records it any more */
    CHECK(cuGraphLaunch(exec, NULL) == CUDA_SUCCESS);
    CHECK(cuStreamSynchronize(NULL) == CUDA_SUCCESS);
    CHECK(calls(CALL_cuEventRecord) == 2 * (MARKS + 2));
    CHECK(cuGraphExecDestroy(exec) == CUDA_SUCCESS);
    CHECK(cuGraphDestroy(graph) == CUDA_SUCCESS);
    fake_agent_stop(&agent);
}

/* The handle of memory that the program has had back from an address is released once more than it was made. */
static void a_handle_ends_with_its_last_release(void) {
    CUgraph graph = start();
    const CUmemAllocationProp prop = {.type = 1};
    CUmemGenericAllocationHandle made = 0;
    CUmemGenericAllocationHandle again = 0;
    CHECK(cuMemCreate(&made, BYTES, &prop, 0) == CUDA_SUCCESS);
    CHECK(cuMemRetainAllocationHandle(&again, NULL) == CUDA_SUCCESS && again == made);
    CHECK(cuMemRelease(made) == CUDA_SUCCESS);
    CHECK(cuMemRelease(made) == CUDA_SUCCESS);
    CHECK(cuMemRelease(made) == CUDA_ERROR_INVALID_HANDLE);
    CHECK(cuGraphDestroy(graph) == CUDA_SUCCESS);
    CHECK(cuCtxSynchronize() == CUDA_SUCCESS);
    CHECK(calls(CALL_cuMemRelease) == 2);
    fake_agent_stop(&agent);
}

static void what_cannot_be_sound_is_refused(void) {
    static unsigned char target[BYTES];
    CUgraph graph = start();
    CUgraphNode node = NULL;
    CUdeviceptr device = 0;
    CHECK(cuMemAlloc_v2(&device, BYTES) == CUDA_SUCCESS);
    CUDA_MEMCPY3D down = flat(NULL, device, target, 0);
    CUDA_MEMCPY3D wrong = down;
    wrong.dstHost = NULL;
    CHECK(cuGraphAddMemcpyNode(&node, graph, NULL, 0, &wrong, NULL) == CUDA_ERROR_INVALID_VALUE);
    wrong.dstMemoryType = 7;
    CHECK(cuGraphAddMemcpyNode(&node, graph, NULL, 0, &wrong, NULL) == CUDA_ERROR_INVALID_VALUE);
    wrong = down;
    wrong.Height = SIZE_MAX;
    CHECK(cuGraphAddMemcpyNode(&node, graph, NULL, 0, &wrong, NULL) == CUDA_ERROR_INVALID_VALUE);
    wrong = down;
    wrong.Height = 2 * FAKE_MEMORY_BYTES / BYTES;
    CHECK(cuGraphAddMemcpyNode(&node, graph, NULL, 0, &wrong, NULL) == CUDA_ERROR_OUT_OF_MEMORY);
    CHECK(cuGraphAddMemcpyNode(&node, graph, NULL, 0, &down, NULL) == CUDA_SUCCESS);
    CHECK(cuGraphAddChildGraphNode(&node, graph, NULL, 0, graph) == CUDA_ERROR_NOT_SUPPORTED);
    CUDA_HOST_NODE_PARAMS nothing = {NULL, NULL};
    CHECK(cuGraphAddHostNode(&node, graph, NULL, 0, &nothing) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuGraphAddHostNode(&node, graph, NULL, 0, NULL) == CUDA_ERROR_INVALID_VALUE);
    CHECK(calls(CALL_cuGraphAddHostNode) == 0);
    CHECK(cuGraphDestroy(graph) == CUDA_SUCCESS);
    CHECK(cuCtxSynchronize() == CUDA_SUCCESS);
    CHECK(calls(CALL_cuMemFree_v2) == 1);
    fake_agent_stop(&agent);
}

PROGRAM(kernel_nodes)
PROGRAM(packed_parameters_and_nodes_of_any_type)
PROGRAM(host_memory_is_read_and_written_at_each_launch)
PROGRAM(host_nodes)
PROGRAM(events_behind_copies)
PROGRAM(a_handle_ends_with_its_last_release)
PROGRAM(what_cannot_be_sound_is_refused)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernel_nodes),
        cmocka_unit_test(test_packed_parameters_and_nodes_of_any_type),
        cmocka_unit_test(test_host_memory_is_read_and_written_at_each_launch),
        cmocka_unit_test(test_host_nodes),
        cmocka_unit_test(test_events_behind_copies),
        cmocka_unit_test(test_a_handle_ends_with_its_last_release),
        cmocka_unit_test(test_what_cannot_be_sound_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
