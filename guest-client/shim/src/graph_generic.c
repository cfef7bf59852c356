/* Nodes of any type by one call: each type has its own call, and that is made. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "process.h"

/* The parameters inside CUgraphNodeParams, by type. */
#define AS(type, params) ((type *)(void *)(params)->reserved1)

static bool sound(const CUgraphNodeParams *params) {
    static const unsigned char zero[sizeof params->reserved0];
    return params != NULL && params->reserved2 == 0 && memcmp(params->reserved0, zero, sizeof zero) == 0;
}

static CUresult refuse(const char *name, const char *why) {
    return call_refused(name, CUDA_ERROR_NOT_SUPPORTED, why);
}

/* Where a node goes. */
typedef struct place {
    CUgraphNode *node;
    CUgraph graph;
    const CUgraphNode *after;
    size_t count;
} place_t;

static CUresult add_child(const place_t *at, const CUDA_CHILD_GRAPH_NODE_PARAMS *child) {
    enum { CLONE = 0 };
    return child->ownership == CLONE ? cuGraphAddChildGraphNode(at->node, at->graph, at->after, at->count, child->graph)
                                     : refuse("cuGraphAddNode", "A child graph is copied; it cannot change hands yet.");
}

static CUresult add(const place_t *at, CUgraphNodeParams *params) {
    const CUDA_MEMCPY_NODE_PARAMS *copy = AS(CUDA_MEMCPY_NODE_PARAMS, params);
    const CUDA_MEMSET_NODE_PARAMS_v2 *set = AS(CUDA_MEMSET_NODE_PARAMS_v2, params);
    switch (params->type) {
    case CU_GRAPH_NODE_TYPE_KERNEL:
        return cuGraphAddKernelNode_v2(at->node, at->graph, at->after, at->count, AS(CUDA_KERNEL_NODE_PARAMS, params));
    case CU_GRAPH_NODE_TYPE_MEMCPY:
        return cuGraphAddMemcpyNode(at->node, at->graph, at->after, at->count, &copy->copyParams, copy->copyCtx);
    case CU_GRAPH_NODE_TYPE_MEMSET:
        return cuGraphAddMemsetNode(at->node, at->graph, at->after, at->count, AS(CUDA_MEMSET_NODE_PARAMS, params),
                                    set->ctx);
    case CU_GRAPH_NODE_TYPE_GRAPH:
        return add_child(at, AS(CUDA_CHILD_GRAPH_NODE_PARAMS, params));
    case CU_GRAPH_NODE_TYPE_EMPTY:
        return cuGraphAddEmptyNode(at->node, at->graph, at->after, at->count);
    case CU_GRAPH_NODE_TYPE_WAIT_EVENT:
        return cuGraphAddEventWaitNode(at->node, at->graph, at->after, at->count,
                                       AS(CUDA_EVENT_WAIT_NODE_PARAMS, params)->event);
    case CU_GRAPH_NODE_TYPE_EVENT_RECORD:
        return cuGraphAddEventRecordNode(at->node, at->graph, at->after, at->count,
                                         AS(CUDA_EVENT_RECORD_NODE_PARAMS, params)->event);
    case CU_GRAPH_NODE_TYPE_MEM_ALLOC:
        return cuGraphAddMemAllocNode(at->node, at->graph, at->after, at->count, AS(CUDA_MEM_ALLOC_NODE_PARAMS, params));
    case CU_GRAPH_NODE_TYPE_MEM_FREE:
        return cuGraphAddMemFreeNode(at->node, at->graph, at->after, at->count,
                                     AS(CUDA_MEM_FREE_NODE_PARAMS, params)->dptr);
    case CU_GRAPH_NODE_TYPE_BATCH_MEM_OP:
        return cuGraphAddBatchMemOpNode(at->node, at->graph, at->after, at->count,
                                        AS(CUDA_BATCH_MEM_OP_NODE_PARAMS, params));
    case CU_GRAPH_NODE_TYPE_HOST:
        return cuGraphAddHostNode(at->node, at->graph, at->after, at->count, AS(CUDA_HOST_NODE_PARAMS, params));
    case CU_GRAPH_NODE_TYPE_EXT_SEMAS_SIGNAL:
    case CU_GRAPH_NODE_TYPE_EXT_SEMAS_WAIT:
        return refuse("cuGraphAddNode", "External semaphores are file descriptors of the client's machine.");
    case CU_GRAPH_NODE_TYPE_CONDITIONAL:
        return refuse("cuGraphAddNode", "Not built yet: conditional nodes.");
    default:
        return CUDA_ERROR_INVALID_VALUE;
    }
}

CUresult cuGraphAddNode(CUgraphNode *phGraphNode, CUgraph hGraph, const CUgraphNode *dependencies,
                        size_t numDependencies, CUgraphNodeParams *nodeParams) {
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS && !sound(nodeParams)) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    const place_t at = {phGraphNode, hGraph, dependencies, numDependencies};
    return result != CUDA_SUCCESS ? result : add(&at, nodeParams);
}

static bool plain(const CUgraphEdgeData *data, size_t count) {
    static const CUgraphEdgeData zero;
    bool plain = true;
    for (size_t i = 0; data != NULL && i < count && plain; i++) {
        plain = memcmp(&data[i], &zero, sizeof zero) == 0;
    }
    return plain;
}

/* Ties a new node to what it comes after, edge by edge. */
static CUresult connect(CUgraph graph, const CUgraphNode *from, CUgraphNode node, const CUgraphEdgeData *data,
                        size_t count) {
    CUgraphNode *to = calloc(count, sizeof *to);
    if (to == NULL) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        to[i] = node;
    }
    CUresult result = cuGraphAddDependencies_v2(graph, from, to, data, count);
    free(to);
    return result;
}

CUresult cuGraphAddNode_v2(CUgraphNode *phGraphNode, CUgraph hGraph, const CUgraphNode *dependencies,
                           const CUgraphEdgeData *dependencyData, size_t numDependencies,
                           CUgraphNodeParams *nodeParams) {
    if (dependencies == NULL || plain(dependencyData, numDependencies)) {
        return cuGraphAddNode(phGraphNode, hGraph, dependencies, numDependencies, nodeParams);
    }
    CUresult result = cuGraphAddNode(phGraphNode, hGraph, NULL, 0, nodeParams);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    result = connect(hGraph, dependencies, *phGraphNode, dependencyData, numDependencies);
    if (result != CUDA_SUCCESS) {
        (void)cuGraphDestroyNode(*phGraphNode);
    }
    return result;
}

CUresult cuGraphNodeSetParams(CUgraphNode hNode, CUgraphNodeParams *nodeParams) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS || !sound(nodeParams)) {
        return result != CUDA_SUCCESS ? result : CUDA_ERROR_INVALID_VALUE;
    }
    switch (nodeParams->type) {
    case CU_GRAPH_NODE_TYPE_KERNEL:
        return cuGraphKernelNodeSetParams_v2(hNode, AS(CUDA_KERNEL_NODE_PARAMS, nodeParams));
    case CU_GRAPH_NODE_TYPE_MEMCPY:
        return cuGraphMemcpyNodeSetParams(hNode, &AS(CUDA_MEMCPY_NODE_PARAMS, nodeParams)->copyParams);
    case CU_GRAPH_NODE_TYPE_MEMSET:
        return cuGraphMemsetNodeSetParams(hNode, AS(CUDA_MEMSET_NODE_PARAMS, nodeParams));
    case CU_GRAPH_NODE_TYPE_HOST:
        return cuGraphHostNodeSetParams(hNode, AS(CUDA_HOST_NODE_PARAMS, nodeParams));
    case CU_GRAPH_NODE_TYPE_WAIT_EVENT:
        return cuGraphEventWaitNodeSetEvent(hNode, AS(CUDA_EVENT_WAIT_NODE_PARAMS, nodeParams)->event);
    case CU_GRAPH_NODE_TYPE_EVENT_RECORD:
        return cuGraphEventRecordNodeSetEvent(hNode, AS(CUDA_EVENT_RECORD_NODE_PARAMS, nodeParams)->event);
    case CU_GRAPH_NODE_TYPE_BATCH_MEM_OP:
        return cuGraphBatchMemOpNodeSetParams(hNode, AS(CUDA_BATCH_MEM_OP_NODE_PARAMS, nodeParams));
    default:
        return refuse("cuGraphNodeSetParams", "Parameters of a node of this type cannot be set here.");
    }
}

CUresult cuGraphExecNodeSetParams(CUgraphExec hGraphExec, CUgraphNode hNode, CUgraphNodeParams *nodeParams) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS || !sound(nodeParams)) {
        return result != CUDA_SUCCESS ? result : CUDA_ERROR_INVALID_VALUE;
    }
    const CUDA_MEMCPY_NODE_PARAMS *copy = AS(CUDA_MEMCPY_NODE_PARAMS, nodeParams);
    switch (nodeParams->type) {
    case CU_GRAPH_NODE_TYPE_KERNEL:
        return cuGraphExecKernelNodeSetParams_v2(hGraphExec, hNode, AS(CUDA_KERNEL_NODE_PARAMS, nodeParams));
    case CU_GRAPH_NODE_TYPE_MEMCPY:
        return cuGraphExecMemcpyNodeSetParams(hGraphExec, hNode, &copy->copyParams, copy->copyCtx);
    case CU_GRAPH_NODE_TYPE_MEMSET:
        return cuGraphExecMemsetNodeSetParams(hGraphExec, hNode, AS(CUDA_MEMSET_NODE_PARAMS, nodeParams),
                                              AS(CUDA_MEMSET_NODE_PARAMS_v2, nodeParams)->ctx);
    case CU_GRAPH_NODE_TYPE_GRAPH:
        return cuGraphExecChildGraphNodeSetParams(hGraphExec, hNode,
                                                  AS(CUDA_CHILD_GRAPH_NODE_PARAMS, nodeParams)->graph);
    case CU_GRAPH_NODE_TYPE_HOST:
        return cuGraphExecHostNodeSetParams(hGraphExec, hNode, AS(CUDA_HOST_NODE_PARAMS, nodeParams));
    case CU_GRAPH_NODE_TYPE_WAIT_EVENT:
        return cuGraphExecEventWaitNodeSetEvent(hGraphExec, hNode, AS(CUDA_EVENT_WAIT_NODE_PARAMS, nodeParams)->event);
    case CU_GRAPH_NODE_TYPE_EVENT_RECORD:
        return cuGraphExecEventRecordNodeSetEvent(hGraphExec, hNode,
                                                  AS(CUDA_EVENT_RECORD_NODE_PARAMS, nodeParams)->event);
    case CU_GRAPH_NODE_TYPE_BATCH_MEM_OP:
        return cuGraphExecBatchMemOpNodeSetParams(hGraphExec, hNode, AS(CUDA_BATCH_MEM_OP_NODE_PARAMS, nodeParams));
    default:
        return refuse("cuGraphExecNodeSetParams", "Parameters of a node of this type cannot be set here.");
    }
}
