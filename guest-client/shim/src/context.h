/*
 * Contexts as the program sees them: the primary one of each device, made on first mention and never dropped, and those
 * of cuCtxCreate. What the driver keeps for a context and a program may ask without the GPU is kept here.
 */
#ifndef PENSTOCK_CONTEXT_H
#define PENSTOCK_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "prototypes.h"

enum { CONTEXT_LIMITS = 16 };

typedef struct context {
    int32_t device;
    uint32_t api_version;
    uint32_t flags;
    uint64_t id;         /* unique per activation */
    bool primary;
    uint32_t failure;    /* atomic: the sticky error that ended it, 0 when none did; a primary one keeps it for ever */
    uint32_t references; /* atomic: retains of a primary context; 1 for a created one */
    uint32_t cache_config;
    uint32_t shared_config;
    uint32_t limits_known; /* bit by CUlimit */
    uint64_t limits[CONTEXT_LIMITS];
} context_t;

/* The calling thread's current context: CUDA_SUCCESS, 201 without one, 709 when it is a primary one that nobody retains. */
CUresult context_current(CUcontext *context, context_t **detail);

/* The same where the server is needed: what keeps this process from it comes first. */
CUresult context_usable(CUcontext *context, context_t **detail);

/* As context_current when `context` is NULL, else that one. */
CUresult context_of(CUcontext context, CUcontext *found, context_t **detail);

/* For cuCtxGetDevice_v2 and cuCtxSynchronize_v2, whose context is new in CUDA 13: NULL, the current one, for what never was
 * a context. Older programs that look for a name with _v2 first, numba up to 0.61 among them, call them without that argument. */
CUcontext context_named(CUcontext ctx);

/* The device of the current context, or -1. */
int32_t context_device(void);

/* The primary context of a device: the same address for ever, active or not. NULL when there is no such device. */
CUcontext context_primary(int32_t device);

/* A sticky error has ended the context with this handle index: its calls answer `result` from now on. Any thread. */
void context_fail(uint32_t index, CUresult result);

/* The sticky error that ended the calling thread's current context; CUDA_SUCCESS when none did or there is none. */
CUresult context_failure_of_current(void);

/* Whether work may be given to it. */
bool context_active(CUcontext context);

#endif
