/* Nodes that call the program: what travels is the number under which callback.c knows the function and its argument. */
#define _GNU_SOURCE
#include "call.h"
#include "callback.h"
#include "calls.h"
#include "graph.h"
#include "graph_exec.h"
#include "process.h"

static CUresult number_of(const CUDA_HOST_NODE_PARAMS *params, uint64_t *id) {
    CUhostFn function = NULL;
    if (params != NULL) {
        function = (CUhostFn)(uintptr_t)params->fn;
    }
    if (function == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *id = callback_of_graph(function, params->userData);
    return *id != 0 ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

static CUresult set_number(uint32_t number, const uint64_t *handles, uint32_t count, uint64_t id) {
    call_t call;
    CUresult result = call_begin(&call, number, CALL_WAITS, 8u * count + 8);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_struct(&call, handles, 8u * count);
    call_put_u64(&call, id);
    result = call_wait(&call);
    call_end(&call);
    return result;
}

CUresult cuGraphAddHostNode(CUgraphNode *phGraphNode, CUgraph hGraph, const CUgraphNode *dependencies,
                            size_t numDependencies, const CUDA_HOST_NODE_PARAMS *nodeParams) {
    uint64_t id = 0;
    call_t call;
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS) {
        result = phGraphNode == NULL ? CUDA_ERROR_INVALID_VALUE : number_of(nodeParams, &id);
    }
    if (result == CUDA_SUCCESS) {
        result = graph_add_begin(&call, CALL_cuGraphAddHostNode, hGraph, dependencies, numDependencies, 8);
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_u64(&call, id);
    result = graph_add_wait(&call, phGraphNode);
    call_end(&call);
    return result;
}

CUresult cuGraphHostNodeGetParams(CUgraphNode hNode, CUDA_HOST_NODE_PARAMS *nodeParams) {
    uint64_t node = 0;
    CUhostFn function = NULL;
    call_t call;
    CUresult result = nodeParams == NULL ? CUDA_ERROR_INVALID_VALUE : handle_in(HANDLE_GRAPHNODE, hNode, &node);
    if (result == CUDA_SUCCESS) {
        result = call_begin(&call, CALL_cuGraphHostNodeGetParams, CALL_WAITS, 8);
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_handle(&call, node);
    result = call_wait(&call);
    if (result == CUDA_SUCCESS && !callback_find(call_get_u64(&call), &function, &nodeParams->userData)) {
        result = CUDA_ERROR_UNKNOWN;
    }
    if (result == CUDA_SUCCESS) {
        nodeParams->fn = (void *)(uintptr_t)function;
    }
    call_end(&call);
    return result;
}

CUresult cuGraphHostNodeSetParams(CUgraphNode hNode, const CUDA_HOST_NODE_PARAMS *nodeParams) {
    uint64_t node = 0;
    uint64_t id = 0;
    CUresult result = handle_in(HANDLE_GRAPHNODE, hNode, &node);
    if (result == CUDA_SUCCESS) {
        result = number_of(nodeParams, &id);
    }
    return result != CUDA_SUCCESS ? result : set_number(CALL_cuGraphHostNodeSetParams, &node, 1, id);
}

CUresult cuGraphExecHostNodeSetParams(CUgraphExec hGraphExec, CUgraphNode hNode,
                                      const CUDA_HOST_NODE_PARAMS *nodeParams) {
    uint64_t handles[2] = {0, 0};
    CUresult result = handle_in(HANDLE_GRAPHEXEC, hGraphExec, &handles[0]);
    if (result == CUDA_SUCCESS) {
        result = handle_in(HANDLE_GRAPHNODE, hNode, &handles[1]);
    }
    if (result == CUDA_SUCCESS && (nodeParams == NULL || nodeParams->fn == NULL)) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    uint64_t id = calls_number(hGraphExec, hNode, nodeParams);
    return id == 0 ? CUDA_ERROR_OUT_OF_MEMORY : set_number(CALL_cuGraphExecHostNodeSetParams, handles, 2, id);
}
