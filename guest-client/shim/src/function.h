/*
 * What a kernel is, learnt with its handle and kept with it (functions and kernels alike): parameter layout, attributes,
 * name. Launches, occupancy and attribute questions are answered from it.
 */
#ifndef PENSTOCK_FUNCTION_H
#define PENSTOCK_FUNCTION_H

#include <stdbool.h>
#include <stdint.h>

#include "call.h"
#include "handle.h"
#include "settings.h"

typedef struct function_parameter {
    uint64_t offset;
    uint64_t size;
} function_parameter_t;

enum { KERNEL_CONTEXTS_CACHED = 8 };

/* A kernel's function in one context; the id is the context's activation, so that a stale one never matches. */
typedef struct kernel_function {
    uint64_t context_id;
    int32_t device;
    void *function;
} kernel_function_t;

struct function {
    bool is_kernel;
    CUmodule module;      /* of a function */
    CUlibrary library;    /* of a kernel */
    settings_t *settings; /* a function's, or a kernel's by device */
    bool laid_out; /* of a kernel: whether its parameters were learnt in a context; stored with release */
    uint32_t parameter_count;
    uint32_t parameter_bytes; /* end of the last parameter, not rounded up */
    const function_parameter_t *parameters;
    const char *name;

    /* of a kernel: its functions, each asked for once; appended under settings_lock, the count stored with release */
    uint32_t in_contexts;
    kernel_function_t in_context[KERNEL_CONTEXTS_CACHED];

    /* the launch interface of CUDA before 4.0: owned by whoever sets it */
    uint32_t block[3];
    uint32_t shared_bytes;
    uint32_t set_bytes;
    unsigned char *set_parameters;

    function_parameter_t own_parameters[];
};

/* The reply that describes a function: u64 mask of known attributes, i32 attributes[32], u32 parameter count,
 * u32 device of a kernel's attributes, then u64 offset and u64 size a parameter. NULL without memory or when it cannot be. */
function_t *function_read(call_t *call, bool is_kernel, const char *name);

/* Asks for a function or kernel; its handle is made here. Without a name the server takes it from the owner, a kernel. */
CUresult function_ask(uint32_t number, enum handle_kind kind, uint64_t owner, const char *name, bool with_name,
                      void **found, function_t **detail);

/*
 * The driver tells a kernel's parameters only in a context, and a program may ask for the kernel before it has one: they are
 * then learnt at the first use in a context, from the kernel's function there.
 */
CUresult function_lay_out(function_t *kernel, uint64_t wire);

/* The function or kernel, its kind and its wire form; NULL and 400 when it is neither. */
CUresult function_find(CUfunction pointer, function_t **function, uint64_t *wire, uint32_t *kind);

#endif
