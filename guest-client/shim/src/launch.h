/* One way for every launch call. */
#ifndef PENSTOCK_LAUNCH_H
#define PENSTOCK_LAUNCH_H

#include "function.h"
#include "snapshot.h"

typedef struct launch_shape {
    uint32_t grid[3];
    uint32_t block[3];
    uint32_t shared_bytes;
} launch_shape_t;

/* What the driver would answer at once. */
CUresult launch_check(const function_t *function, const device_snapshot_t *device, const launch_shape_t *shape);

/* Checks, packs, posts. */
CUresult launch_post(uint32_t number, CUfunction f, const launch_shape_t *shape, CUstream stream, void **parameters,
                     void **extra, const CUlaunchAttribute *attributes, uint32_t attribute_count);

/* Copies a configuration's attributes with handles in wire form; room for LAUNCH_ATTRIBUTES_MAX. */
CUresult launch_attributes(const CUlaunchConfig *config, CUlaunchAttribute *attributes);

#endif
