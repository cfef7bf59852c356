/*
 * What holds of functions and kernels and may be set on them, as the driver keeps it (driver 580): a function has settings of
 * its own; a kernel has some on each device, and its functions there follow them until something is set on the function
 * itself. Nothing that is set on a function holds for its kernel.
 */
#ifndef PENSTOCK_SETTINGS_H
#define PENSTOCK_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "call.h"

enum { FUNCTION_ATTRIBUTES = 32 };

typedef struct settings {
    uint64_t known; /* bit by attribute; 0: not asked for yet. Stored with release once the values are there */
    uint64_t own;   /* atomic, changed under settings_lock; bit by attribute that was set on the function itself */
    int32_t values[FUNCTION_ATTRIBUTES]; /* atomic */
} settings_t;

typedef struct function function_t;
typedef struct context context_t;

/* u64 mask of known attributes, i32 attributes[32] of a reply. */
void settings_read(call_t *call, settings_t *settings);

/* An attribute's value; false when the driver does not know it. */
bool settings_get(const settings_t *settings, unsigned int attribute, int *value);

/* A kernel's settings on a device that exists: asked for once. */
CUresult settings_on_device(function_t *kernel, uint64_t wire, int32_t device, const settings_t **settings);

/* What a launch in the context stands on: the settings of the function, or of the kernel's function there. */
CUresult settings_in_context(function_t *function, uint64_t wire, const context_t *context, const settings_t **settings);

/* Held while what the driver keeps is learnt or changed, so that nothing older than a change is remembered. */
void settings_lock(void);
void settings_unlock(void);

/* What the driver has now; changed under the lock. */
bool settings_has_own(const settings_t *settings, unsigned int attribute, int value);
void settings_set_own(settings_t *settings, unsigned int attribute, int value);
void settings_set_on_kernel(function_t *kernel, int32_t device, unsigned int attribute, int value);

#endif
