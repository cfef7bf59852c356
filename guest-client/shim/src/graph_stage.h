/*
 * Host memory in graphs. A copy node must not read the program's memory when it is made but each time it is launched, and
 * the GPU cannot reach that memory. So a host side of a copy node becomes a stage: GPU memory of the same size, which the
 * node copies from or to. A launch first fills the stages of sources from the program's memory and afterwards brings those
 * of destinations back, in the launch's stream and by the ordinary copies.
 */
#ifndef PENSTOCK_GRAPH_STAGE_H
#define PENSTOCK_GRAPH_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "prototypes.h"

typedef struct stage stage_t;

/* The two sides of a copy, each a stage or NULL; each holds a reference. */
typedef struct stage_pair {
    stage_t *from;
    stage_t *to;
} stage_pair_t;

/* The node's descriptor as it travels: every host side replaced by a stage in the context, the program's addresses gone. */
CUresult stage_sides(const CUDA_MEMCPY3D *program, CUcontext context, CUDA_MEMCPY3D *wire, stage_pair_t *stages);

/* Writes a side of the program's own descriptor over the stage that stands for it. */
void stage_show(const stage_t *stage, bool source, CUDA_MEMCPY3D *copy);

stage_t *stage_hold(stage_t *stage);
/* Lets go of one reference; NULL is none. The memory is freed with the last, behind the work under way. */
void stage_release(stage_t *stage);

/* Whether any graph of this process has a stage: without one, nothing about graphs needs to be asked. */
bool stage_any(void);

/* Orders the stream behind the launches that use the stage now. */
CUresult stage_wait(stage_t *stage, CUstream stream);
/* Fills it from the program's memory. */
CUresult stage_fill(stage_t *stage, CUstream stream);
/* Brings it to the program's memory. */
CUresult stage_fetch(stage_t *stage, CUstream stream);
/* Makes one of these steps at once, in a stream of its own beside the launch that is under way. */
CUresult stage_move(stage_t *stage, CUresult (*step)(stage_t *stage, CUstream stream));
/* Returns when the last launch that uses it has ended. */
void stage_await(stage_t *stage);
/* The launch in this stream uses the stage until here. */
CUresult stage_mark(stage_t *stage, CUstream stream);

#endif
