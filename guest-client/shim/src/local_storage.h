/*
 * Context-local storage: values that libraries keep for a context under keys of their own. Read before nearly every
 * runtime call, so reading takes no lock.
 */
#ifndef PENSTOCK_LOCAL_STORAGE_H
#define PENSTOCK_LOCAL_STORAGE_H

#include "prototypes.h"

typedef void (*local_storage_end_t)(CUcontext context, void *key, void *value);

/* 0; 400 when the key is there already; 201 without an active context. */
CUresult local_storage_put(CUcontext context, void *key, void *value, local_storage_end_t end);

/* 0; 400 when the key is absent; 201 without an active context; *value untouched on failure. */
CUresult local_storage_get(void **value, CUcontext context, void *key);

CUresult local_storage_delete(CUcontext context, void *key);

/* The context ends: every value's end is called and the values are gone. */
void local_storage_end(CUcontext context);

#endif
