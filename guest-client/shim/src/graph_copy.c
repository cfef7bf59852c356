/* Copy nodes. Their host sides are stages (graph_stage.h), held by the node and by every executable graph made from it. */
#define _GNU_SOURCE
#include <stdlib.h>

#include "forwards.h"
#include "graph.h"
#include "graph_exec.h"
#include "process.h"

static void keep(graph_node_t *node, const stage_pair_t *stages) {
    stage_release(node->from);
    stage_release(node->to);
    node->from = stages->from;
    node->to = stages->to;
}

static void drop(const stage_pair_t *stages) {
    stage_release(stages->from);
    stage_release(stages->to);
}

CUresult cuGraphAddMemcpyNode(CUgraphNode *phGraphNode, CUgraph hGraph, const CUgraphNode *dependencies,
                              size_t numDependencies, const CUDA_MEMCPY3D *copyParams, CUcontext ctx) {
    CUDA_MEMCPY3D wire;
    stage_pair_t stages;
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS) {
        result = stage_sides(copyParams, ctx, &wire, &stages);
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    result = forward_cuGraphAddMemcpyNode(phGraphNode, hGraph, dependencies, numDependencies, &wire, ctx);
    if (result == CUDA_SUCCESS && (stages.from != NULL || stages.to != NULL)) {
        graph_node_t *node = graph_node_of(*phGraphNode);
        if (node != NULL) {
            keep(node, &stages);
            return CUDA_SUCCESS;
        }
        (void)cuGraphDestroyNode(*phGraphNode);
        result = CUDA_ERROR_OUT_OF_MEMORY;
    }
    if (result != CUDA_SUCCESS) {
        drop(&stages);
    }
    return result;
}

CUresult cuGraphMemcpyNodeGetParams(CUgraphNode hNode, CUDA_MEMCPY3D *nodeParams) {
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS) {
        result = forward_cuGraphMemcpyNodeGetParams(hNode, nodeParams);
    }
    const graph_node_t *node = result == CUDA_SUCCESS ? handle_detail(HANDLE_GRAPHNODE, hNode) : NULL;
    if (node != NULL && node->from != NULL) {
        stage_show(node->from, true, nodeParams);
    }
    if (node != NULL && node->to != NULL) {
        stage_show(node->to, false, nodeParams);
    }
    return result;
}

CUresult cuGraphMemcpyNodeSetParams(CUgraphNode hNode, const CUDA_MEMCPY3D *nodeParams) {
    CUDA_MEMCPY3D wire;
    stage_pair_t stages;
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS) {
        result = stage_sides(nodeParams, NULL, &wire, &stages);
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    graph_node_t *node = NULL;
    if (handle_is(HANDLE_GRAPHNODE, hNode)) {
        node = graph_node_of(hNode);
        result = node != NULL ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
    }
    if (result == CUDA_SUCCESS) {
        result = forward_cuGraphMemcpyNodeSetParams(hNode, &wire);
    }
    if (result == CUDA_SUCCESS && node != NULL) {
        keep(node, &stages);
    } else {
        drop(&stages);
    }
    return result;
}

/* As the driver has it, a side stays in the kind of memory in which it was. */
CUresult cuGraphExecMemcpyNodeSetParams(CUgraphExec hGraphExec, CUgraphNode hNode, const CUDA_MEMCPY3D *copyParams,
                                        CUcontext ctx) {
    CUDA_MEMCPY3D wire;
    stage_pair_t stages;
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS) {
        result = stage_sides(copyParams, ctx, &wire, &stages);
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    exec_copy_t *copy = exec_copy_of(hGraphExec, hNode);
    bool from = copy != NULL && copy->stages.from != NULL;
    bool to = copy != NULL && copy->stages.to != NULL;
    result = from == (stages.from != NULL) && to == (stages.to != NULL)
                 ? forward_cuGraphExecMemcpyNodeSetParams(hGraphExec, hNode, &wire, ctx)
                 : CUDA_ERROR_INVALID_VALUE;
    if (result == CUDA_SUCCESS && copy != NULL) {
        drop(&copy->stages);
        copy->stages = stages;
    } else {
        drop(&stages);
    }
    return result;
}
