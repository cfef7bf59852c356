/*
 * Executable graphs: the copies from and to host memory that each of their launches has to make, and the functions of the
 * program that they call between such copies.
 */
#ifndef PENSTOCK_GRAPH_EXEC_H
#define PENSTOCK_GRAPH_EXEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "graph.h"
#include "graph_stage.h"

/* One copy node with a host side, as the executable graph has it now. */
typedef struct exec_copy {
    CUgraphNode node; /* of the graph it was made from */
    stage_pair_t stages;
    bool disabled;
    bool called; /* a function comes after it and brings its bytes to the program: the launch need not */
} exec_copy_t;

/* What a function has to do with a copy: bring its bytes to the program before it runs, take them from it afterwards. */
enum { ROLE_FETCH = 1, ROLE_FILL = 2 };

/* One node that calls the program. */
typedef struct exec_call {
    CUgraphNode node;     /* of the graph it was made from */
    unsigned char *roles; /* by copy */
} exec_call_t;

/* One node that records an event behind a copy to host memory. */
typedef struct exec_record {
    CUgraphNode node; /* of the graph it was made from */
    CUevent event;
} exec_record_t;

/* What is kept with an executable graph that has copies with a host side. */
typedef struct exec_copies {
    exec_call_t *calls;
    size_t call_count;
    exec_record_t *records;
    size_t record_count;
    size_t count;
    exec_copy_t each[];
} exec_copies_t;

/* The copy of this node; NULL when it has no host side there. */
exec_copy_t *exec_copy_of(CUgraphExec exec, CUgraphNode node);

/* Finds the nodes of the graph that call the program, and what they have to do with its copies. */
CUresult calls_find(CUgraph graph, const graph_nodes_t *nodes, exec_copies_t *copies);

/* Has the executable graph call functions that move the bytes of its copies as well: those of the nodes in `from`. */
CUresult calls_bind(CUgraphExec exec, exec_copies_t *copies, const exec_copies_t *from);

/* The number under which a node of the executable graph calls the function; 0 without memory. */
uint64_t calls_number(CUgraphExec exec, CUgraphNode node, const CUDA_HOST_NODE_PARAMS *params);

/* The executable graph ends: its launches have ended when this returns, and nothing is called for them any more. */
void calls_end(exec_copies_t *copies);

/*
 * Finds the nodes that record events behind copies to host memory: their events are recorded once more behind the bytes.
 * `behind` is told of a graph inside this one that comes after such a copy.
 */
CUresult records_find(CUgraph graph, const graph_nodes_t *nodes, exec_copies_t *copies,
                      CUresult (*behind)(CUgraphNode inside));

/* Records the events behind what the stream has been given. */
CUresult records_repeat(const exec_copies_t *copies, CUstream stream);

/* Gives the memory of what calls_find and records_find have found back. */
void calls_free(exec_copies_t *copies);

#endif
