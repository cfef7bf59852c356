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

/* Where a launch's parameters lie: an array of pointers, or one packed buffer. */
typedef struct launch_parameters {
    void **pointers;
    const void *buffer;
    uint64_t bytes; /* packed */
} launch_parameters_t;

/* Finds them as the driver does in kernelParams or `extra`; what of them is wrong is the result. */
CUresult launch_find_parameters(const function_t *function, void **pointers, void **extra, launch_parameters_t *found);

/* Has pinned memory that the parameters name mapped on the server: a word of 8 bytes that is an address inside it. */
CUresult launch_use_pinned(const char *call, const function_t *function, const launch_parameters_t *parameters);

/* Puts the packed bytes, padded to 8. */
void launch_put_parameters(call_t *call, const function_t *function, const launch_parameters_t *parameters);

/* What the driver would answer at once. */
CUresult launch_check(const settings_t *settings, const device_snapshot_t *device, const launch_shape_t *shape);

/* Checks, packs, posts. */
CUresult launch_post(uint32_t number, CUfunction f, const launch_shape_t *shape, CUstream stream, void **parameters,
                     void **extra, const CUlaunchAttribute *attributes, uint32_t attribute_count);

/* Copies a configuration's attributes with handles in wire form; room for LAUNCH_ATTRIBUTES_MAX. */
CUresult launch_attributes(const CUlaunchConfig *config, CUlaunchAttribute *attributes);

#endif
