/*
 * Copies between host memory and the GPU that a stream records instead of running them. Each becomes a copy node of the
 * graph under way, as cuGraphAddMemcpyNode makes one: what it reads or writes at each launch is the program's memory of
 * that moment (graph_stage.h).
 */
#ifndef PENSTOCK_CAPTURE_COPY_H
#define PENSTOCK_CAPTURE_COPY_H

#include <stddef.h>

#include "prototypes.h"

/* Records the copy behind what the stream has recorded so far. */
CUresult capture_copy(const CUDA_MEMCPY3D *copy, CUstream stream);

/* The same for so many bytes between two addresses, each on the host or on the server. */
CUresult capture_bytes(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream);

#endif
