/* Nodes that allocate memory, and nodes that write and await words of it. */
#define _GNU_SOURCE
#include <string.h>

#include "calls.h"
#include "graph.h"
#include "limits.h"
#include "mapped.h"
#include "memory.h"
#include "process.h"

/* Ends an exchange that brought no result of its own. */
static CUresult finish(call_t *call) {
    CUresult result = call_wait(call);
    call_end(call);
    return result;
}

/* Asks about a node: the reply follows; call_end after it. */
static CUresult ask(call_t *call, uint32_t number, CUgraphNode node) {
    uint64_t wire = 0;
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS) {
        result = handle_in(HANDLE_GRAPHNODE, node, &wire);
    }
    if (result == CUDA_SUCCESS) {
        result = call_begin(call, number, CALL_WAITS, 8);
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_handle(call, wire);
    result = call_wait(call);
    if (result != CUDA_SUCCESS) {
        call_end(call);
    }
    return result;
}

/* An array in the reply, copied to where the program may read it until it asks again; NULL when it is empty. */
static CUresult show_array(call_t *call, CUgraphNode node, size_t element_bytes, void **shown, size_t *count) {
    uint64_t elements = call_get_u64(call);
    *shown = NULL;
    *count = elements;
    if (elements == 0) {
        return CUDA_SUCCESS;
    }
    *shown = elements > ARRAY_ELEMENTS_MAX ? NULL : graph_node_show(node, elements * element_bytes);
    if (*shown == NULL) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    call_get_struct(call, *shown, elements * element_bytes);
    return CUDA_SUCCESS;
}

/* ---- allocation ---- */

static CUresult remember(const CUDA_MEM_ALLOC_NODE_PARAMS *params) {
    return memory_add((memory_range_t){
        .base = params->dptr, .size = params->bytesize, .kind = MEMORY_GRAPH, .device = params->poolProps.location.id});
}

CUresult cuGraphAddMemAllocNode(CUgraphNode *phGraphNode, CUgraph hGraph, const CUgraphNode *dependencies,
                                size_t numDependencies, CUDA_MEM_ALLOC_NODE_PARAMS *nodeParams) {
    if (phGraphNode == NULL || nodeParams == NULL || nodeParams->bytesize == 0
        || nodeParams->accessDescCount > ARRAY_ELEMENTS_MAX
        || (nodeParams->accessDescs == NULL && nodeParams->accessDescCount > 0)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    CUmemPoolProps props = nodeParams->poolProps;
    props.win32SecurityAttributes = NULL;
    size_t descriptions = nodeParams->accessDescCount * sizeof(CUmemAccessDesc);
    call_t call;
    CUresult result = graph_add_begin(&call, CALL_cuGraphAddMemAllocNode, hGraph, dependencies, numDependencies,
                                      sizeof props + 8 + call_padded(descriptions) + 8);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_struct(&call, &props, sizeof props);
    call_put_array(&call, nodeParams->accessDescs, nodeParams->accessDescCount, sizeof(CUmemAccessDesc));
    call_put_u64(&call, nodeParams->bytesize);
    result = graph_add_wait(&call, phGraphNode);
    if (result == CUDA_SUCCESS) {
        nodeParams->dptr = call_get_u64(&call);
        result = remember(nodeParams);
    }
    call_end(&call);
    return result;
}

CUresult cuGraphMemAllocNodeGetParams(CUgraphNode hNode, CUDA_MEM_ALLOC_NODE_PARAMS *params_out) {
    call_t call;
    CUresult result =
        params_out == NULL ? CUDA_ERROR_INVALID_VALUE : ask(&call, CALL_cuGraphMemAllocNodeGetParams, hNode);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    CUDA_MEM_ALLOC_NODE_PARAMS params;
    memset(&params, 0, sizeof params);
    call_get_struct(&call, &params.poolProps, sizeof params.poolProps);
    result = show_array(&call, hNode, sizeof(CUmemAccessDesc), &params.accessDescs, &params.accessDescCount);
    params.bytesize = call_get_u64(&call);
    params.dptr = call_get_u64(&call);
    if (result == CUDA_SUCCESS) {
        *params_out = params;
    }
    call_end(&call);
    return result;
}

/* ---- words of memory: u64 context, u32 flags, u32 zero, array of operations ---- */

static CUresult check(const CUDA_BATCH_MEM_OP_NODE_PARAMS *params, uint64_t *context) {
    enum { OPERATIONS_MAX = 256 };
    if (params == NULL || params->count > OPERATIONS_MAX || (params->count > 0 && params->paramArray == NULL)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS) {
        result = handle_in(HANDLE_CONTEXT, params->ctx, context);
    }
    return result != CUDA_SUCCESS ? result : mapped_use_operations("cuGraphAddBatchMemOpNode", params->paramArray, params->count);
}

static uint64_t batch_bytes(const CUDA_BATCH_MEM_OP_NODE_PARAMS *params) {
    return 24 + params->count * sizeof(CUstreamBatchMemOpParams);
}

static void put_batch(call_t *call, const CUDA_BATCH_MEM_OP_NODE_PARAMS *params, uint64_t context) {
    call_put_handle(call, context);
    call_put_u32(call, params->flags);
    call_put_u32(call, 0);
    call_put_array(call, params->paramArray, params->count, sizeof(CUstreamBatchMemOpParams));
}

CUresult cuGraphAddBatchMemOpNode(CUgraphNode *phGraphNode, CUgraph hGraph, const CUgraphNode *dependencies,
                                  size_t numDependencies, const CUDA_BATCH_MEM_OP_NODE_PARAMS *nodeParams) {
    uint64_t context = 0;
    call_t call;
    CUresult result = phGraphNode == NULL ? CUDA_ERROR_INVALID_VALUE : check(nodeParams, &context);
    if (result == CUDA_SUCCESS) {
        result = graph_add_begin(&call, CALL_cuGraphAddBatchMemOpNode, hGraph, dependencies, numDependencies,
                                 batch_bytes(nodeParams));
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    put_batch(&call, nodeParams, context);
    result = graph_add_wait(&call, phGraphNode);
    call_end(&call);
    return result;
}

CUresult cuGraphBatchMemOpNodeGetParams(CUgraphNode hNode, CUDA_BATCH_MEM_OP_NODE_PARAMS *nodeParams_out) {
    call_t call;
    CUresult result =
        nodeParams_out == NULL ? CUDA_ERROR_INVALID_VALUE : ask(&call, CALL_cuGraphBatchMemOpNodeGetParams, hNode);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    CUDA_BATCH_MEM_OP_NODE_PARAMS params;
    size_t count = 0;
    memset(&params, 0, sizeof params);
    params.ctx = handle_out(HANDLE_CONTEXT, call_get_handle(&call));
    params.flags = call_get_u32(&call);
    (void)call_get_u32(&call);
    result = show_array(&call, hNode, sizeof(CUstreamBatchMemOpParams), &params.paramArray, &count);
    params.count = (unsigned)count;
    if (result == CUDA_SUCCESS) {
        *nodeParams_out = params;
    }
    call_end(&call);
    return result;
}

static CUresult set_batch(uint32_t number, const uint64_t *handles, uint32_t count,
                          const CUDA_BATCH_MEM_OP_NODE_PARAMS *params) {
    uint64_t context = 0;
    call_t call;
    CUresult result = check(params, &context);
    if (result == CUDA_SUCCESS) {
        result = call_begin(&call, number, CALL_WAITS, 8u * count + batch_bytes(params));
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_struct(&call, handles, 8u * count);
    put_batch(&call, params, context);
    return finish(&call);
}

CUresult cuGraphBatchMemOpNodeSetParams(CUgraphNode hNode, const CUDA_BATCH_MEM_OP_NODE_PARAMS *nodeParams) {
    uint64_t node = 0;
    CUresult result = handle_in(HANDLE_GRAPHNODE, hNode, &node);
    return result != CUDA_SUCCESS ? result : set_batch(CALL_cuGraphBatchMemOpNodeSetParams, &node, 1, nodeParams);
}

CUresult cuGraphExecBatchMemOpNodeSetParams(CUgraphExec hGraphExec, CUgraphNode hNode,
                                            const CUDA_BATCH_MEM_OP_NODE_PARAMS *nodeParams) {
    uint64_t handles[2] = {0, 0};
    CUresult result = handle_in(HANDLE_GRAPHEXEC, hGraphExec, &handles[0]);
    if (result == CUDA_SUCCESS) {
        result = handle_in(HANDLE_GRAPHNODE, hNode, &handles[1]);
    }
    return result != CUDA_SUCCESS ? result
                                  : set_batch(CALL_cuGraphExecBatchMemOpNodeSetParams, handles, 2, nodeParams);
}
