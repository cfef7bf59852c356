/* A graph as a DOT file. The driver would write it where the server is; so it is asked for nodes and edges, and we write. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

#include "graph.h"
#include "process.h"

/* By CUgraphNodeType. */
static const char *const types[] = {"KERNEL", "MEMCPY", "MEMSET", "HOST", "GRAPH", "EMPTY", "WAIT_EVENT",
                                    "EVENT_RECORD", "EXT_SEMAS_SIGNAL", "EXT_SEMAS_WAIT", "MEM_ALLOC", "MEM_FREE",
                                    "BATCH_MEM_OP", "CONDITIONAL"};

enum { TYPES = sizeof types / sizeof *types };

static CUresult write_graph(FILE *file, CUgraph graph, unsigned int *graphs);

/* The name of a kernel node's function; NULL when it cannot be told. */
static const char *kernel_name(CUgraphNode node) {
    CUDA_KERNEL_NODE_PARAMS params;
    const char *name = NULL;
    if (cuGraphKernelNodeGetParams_v2(node, &params) != CUDA_SUCCESS) {
        return NULL;
    }
    CUresult result = params.kern != NULL ? cuKernelGetName(&name, params.kern) : cuFuncGetName(&name, params.func);
    return result == CUDA_SUCCESS ? name : NULL;
}

static CUresult write_node(FILE *file, unsigned int number, size_t at, CUgraphNode node, unsigned int *graphs) {
    CUgraphNodeType type = CU_GRAPH_NODE_TYPE_EMPTY;
    CUgraph child = NULL;
    CUresult result = cuGraphNodeGetType(node, &type);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    const char *name = type == CU_GRAPH_NODE_TYPE_KERNEL ? kernel_name(node) : NULL;
    (void)fprintf(file, "    graph_%u_node_%zu [shape=box, label=\"%zu\\n%s%s%s\"];\n", number, at, at,
                  (size_t)type < TYPES ? types[type] : "?", name != NULL ? "\\n" : "", name != NULL ? name : "");
    if (type == CU_GRAPH_NODE_TYPE_GRAPH) {
        result = cuGraphChildGraphNodeGetGraph(node, &child);
        result = result != CUDA_SUCCESS ? result : write_graph(file, child, graphs);
    }
    return result;
}

static size_t place_of(const graph_nodes_t *nodes, CUgraphNode node) {
    size_t at = 0;
    while (at < nodes->count && nodes->each[at] != node) {
        at++;
    }
    return at;
}

static CUresult write_edges(FILE *file, unsigned int number, CUgraph graph, const graph_nodes_t *nodes) {
    size_t count = 0;
    CUresult result = cuGraphGetEdges(graph, NULL, NULL, &count);
    if (result != CUDA_SUCCESS || count == 0) {
        return result;
    }
    CUgraphNode *ends = calloc(2 * count, sizeof *ends);
    if (ends == NULL) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    result = cuGraphGetEdges(graph, ends, ends + count, &count);
    for (size_t i = 0; i < count && result == CUDA_SUCCESS; i++) {
        (void)fprintf(file, "    graph_%u_node_%zu -> graph_%u_node_%zu;\n", number, place_of(nodes, ends[i]), number,
                      place_of(nodes, ends[count + i]));
    }
    free(ends);
    return result;
}

static CUresult write_graph(FILE *file, CUgraph graph, unsigned int *graphs) {
    graph_nodes_t nodes;
    unsigned int number = ++*graphs;
    CUresult result = graph_nodes(graph, &nodes);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    (void)fprintf(file, "  subgraph cluster_%u {\n    label=\"graph_%u\";\n", number, number);
    for (size_t i = 0; i < nodes.count && result == CUDA_SUCCESS; i++) {
        result = write_node(file, number, i, nodes.each[i], graphs);
    }
    if (result == CUDA_SUCCESS) {
        result = write_edges(file, number, graph, &nodes);
    }
    (void)fprintf(file, "  }\n");
    free(nodes.each);
    return result;
}

/* Every node with its type, kernels with their names; the flags ask for more of each, which is left out. */
CUresult cuGraphDebugDotPrint(CUgraph hGraph, const char *path, unsigned int flags) {
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS && (path == NULL || !handle_is(HANDLE_GRAPH, hGraph))) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    (void)flags;
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return CUDA_ERROR_OPERATING_SYSTEM;
    }
    unsigned int graphs = 0;
    (void)fprintf(file, "digraph dot {\n");
    result = write_graph(file, hGraph, &graphs);
    (void)fprintf(file, "}\n");
    bool written = ferror(file) == 0;
    if (fclose(file) != 0 || !written) {
        return CUDA_ERROR_OPERATING_SYSTEM;
    }
    return result;
}
