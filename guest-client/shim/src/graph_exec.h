/* Executable graphs: the copies from and to host memory that each of their launches has to make. */
#ifndef PENSTOCK_GRAPH_EXEC_H
#define PENSTOCK_GRAPH_EXEC_H

#include <stdbool.h>

#include "graph_stage.h"

/* One copy node with a host side, as the executable graph has it now. */
typedef struct exec_copy {
    CUgraphNode node; /* of the graph it was made from */
    stage_pair_t stages;
    bool disabled;
} exec_copy_t;

/* The copy of this node; NULL when it has no host side there. */
exec_copy_t *exec_copy_of(CUgraphExec exec, CUgraphNode node);

#endif
