/* Nodes of graphs: what is kept with their handles, and how they are added. */
#define _GNU_SOURCE
#include <stdlib.h>

#include "call.h"
#include "forwards.h"
#include "graph.h"
#include "limits.h"
#include "process.h"

CUresult graph_add_begin(call_t *call, uint32_t number, CUgraph graph, const CUgraphNode *dependencies, size_t count,
                         uint64_t more) {
    uint64_t wire = 0;
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS && ((dependencies == NULL && count > 0) || count > ARRAY_ELEMENTS_MAX)) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    if (result == CUDA_SUCCESS) {
        result = handle_in(HANDLE_GRAPH, graph, &wire);
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    uint64_t *wires = malloc(count * sizeof *wires + 1);
    if (wires == NULL) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    result = handle_array_in(HANDLE_GRAPHNODE, dependencies, count, wires);
    if (result == CUDA_SUCCESS) {
        result = call_begin(call, number, CALL_WAITS, 16 + count * sizeof *wires + more);
    }
    if (result == CUDA_SUCCESS) {
        call_put_handle(call, wire);
        call_put_array(call, wires, count, sizeof *wires);
    }
    free(wires);
    return result;
}

CUresult graph_add_wait(call_t *call, CUgraphNode *node) {
    CUresult result = call_wait(call);
    if (result == CUDA_SUCCESS) {
        *node = handle_out(HANDLE_GRAPHNODE, call_get_handle(call));
        result = *node != NULL ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
    }
    return result;
}

graph_node_t *graph_node_of(CUgraphNode node) {
    graph_node_t *detail = handle_detail(HANDLE_GRAPHNODE, node);
    if (detail == NULL) {
        detail = calloc(1, sizeof *detail);
        handle_set_detail(node, detail);
    }
    return detail;
}

void *graph_node_show(CUgraphNode node, size_t bytes) {
    graph_node_t *detail = graph_node_of(node);
    void *shown = detail != NULL ? calloc(1, bytes) : NULL;
    if (shown != NULL) {
        free(detail->shown);
        detail->shown = shown;
    }
    return shown;
}

static graph_node_t *take_detail(CUgraphNode node) {
    graph_node_t *detail = handle_detail(HANDLE_GRAPHNODE, node);
    if (detail != NULL) {
        handle_set_detail(node, NULL);
    }
    return detail;
}

static void free_detail(graph_node_t *detail) {
    if (detail != NULL) {
        stage_release(detail->from);
        stage_release(detail->to);
        free(detail->shown);
        free(detail);
    }
}

void graph_node_forget(CUgraphNode node) {
    graph_node_t *detail = take_detail(node);
    handle_drop(node);
    free_detail(detail);
}

CUresult graph_nodes(CUgraph graph, graph_nodes_t *nodes) {
    *nodes = (graph_nodes_t){NULL, 0};
    CUresult result = cuGraphGetNodes(graph, NULL, &nodes->count);
    if (result != CUDA_SUCCESS || nodes->count == 0) {
        return result;
    }
    nodes->each = calloc(nodes->count, sizeof *nodes->each);
    result = nodes->each != NULL ? cuGraphGetNodes(graph, nodes->each, &nodes->count) : CUDA_ERROR_OUT_OF_MEMORY;
    if (result != CUDA_SUCCESS) {
        free(nodes->each);
        *nodes = (graph_nodes_t){NULL, 0};
    }
    return result;
}

CUresult cuGraphDestroyNode(CUgraphNode hNode) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    graph_node_t *detail = take_detail(hNode);
    result = forward_cuGraphDestroyNode(hNode);
    free_detail(detail);
    return result;
}
