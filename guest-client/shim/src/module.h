/* Loading of images, shared by modules, libraries and the linker. */
#ifndef PENSTOCK_MODULE_H
#define PENSTOCK_MODULE_H

#include <stdbool.h>
#include <stdint.h>

#include "call.h"

/* JIT options as C passes them. */
typedef struct jit_options {
    unsigned int count;
    const CUjit_option *options;
    void *const *values;
} jit_options_t;

/* Body: u64 count, then u32 option, u32 zero, u64 value each; pointers travel as zero. */
uint64_t jit_body_bytes(const jit_options_t *jit);
void jit_put(call_t *call, const jit_options_t *jit);

/* Reply: bytes info log, bytes error log; into the program's buffers, with their sizes. */
void jit_take_logs(call_t *call, const jit_options_t *jit);
/* and f32 wall time, u32 zero */
void jit_take_time(call_t *call, const jit_options_t *jit);

/* A library's options: u64 count, then u32 option, u32 zero, u64 value each. */
typedef struct load {
    uint32_t number; /* cuModuleLoadData or cuLibraryLoadData */
    uint64_t wire;   /* the client-made handle */
    jit_options_t jit;
    bool is_library;
    unsigned int library_count;
    const CUlibraryOption *library_options;
    void *const *library_values;
} load_t;

/* Sends the image behind the pointer: its hash alone when it is large and the server may have it. */
CUresult load_image(const load_t *load, const void *image);

/* Reads a whole file with a NUL behind it, to be freed; NULL with *result set. */
void *load_file(const char *path, size_t *bytes, CUresult *result);

#endif
