/*
 * Graphs built node by node: what their files share.
 *
 * Nodes, their order and their launches are the server's. This side keeps what must live in the program: the memory that
 * a GetParams call points into, and which nodes copy from or to host memory (graph_stage.h).
 */
#ifndef PENSTOCK_GRAPH_H
#define PENSTOCK_GRAPH_H

#include <stdbool.h>
#include <stddef.h>

#include "call.h"
#include "graph_stage.h"
#include "handle.h"

/* What is kept with a node's handle. */
typedef struct graph_node {
    stage_t *from; /* of a copy node whose source is host memory, else NULL */
    stage_t *to;   /* likewise, its destination */
    void *shown;   /* what its parameters as they were last asked for point into */
} graph_node_t;

/* The nodes of a graph; free it. */
typedef struct graph_nodes {
    CUgraphNode *each;
    size_t count;
} graph_nodes_t;

/* Begins a waiting call that adds a node: the graph, then the nodes it comes after, then `more` bytes by the caller. */
CUresult graph_add_begin(call_t *call, uint32_t number, CUgraph graph, const CUgraphNode *dependencies, size_t count,
                         uint64_t more);

/* Waits; the reply begins with the node. call_end follows. */
CUresult graph_add_wait(call_t *call, CUgraphNode *node);

/* What is kept with the node, made on first use; NULL without memory. */
graph_node_t *graph_node_of(CUgraphNode node);

/* Memory that lives until the node is asked again or ends. */
void *graph_node_show(CUgraphNode node, size_t bytes);

/* The node has ended: its handle goes, and what was kept with it. */
void graph_node_forget(CUgraphNode node);

/* Asks for a graph's nodes. */
CUresult graph_nodes(CUgraph graph, graph_nodes_t *nodes);

#endif
