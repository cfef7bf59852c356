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

/* Bytes of the program's log buffers. Their place among the options is where the driver writes how much it wrote. */
typedef struct jit_rooms {
    uint64_t info;
    uint64_t error;
} jit_rooms_t;

jit_rooms_t jit_rooms(const jit_options_t *jit);

/* Reply: bytes info log, bytes error log; into the program's buffers, with their sizes. */
void jit_take_logs(call_t *call, const jit_options_t *jit, const jit_rooms_t *rooms);
/* and f32 wall time, u32 zero */
void jit_take_time(call_t *call, const jit_options_t *jit);

typedef struct load {
    uint32_t number; /* cuModuleLoadData or cuLibraryLoadData */
    uint64_t wire;   /* the client-made handle */
    jit_options_t jit;
} load_t;

/* Sends the image behind the pointer: its hash alone when it is large and the server may have it. */
CUresult load_image(const load_t *load, const void *image);

/* Reads a whole file with a NUL behind it, to be freed; NULL with *result set. */
void *load_file(const char *path, size_t *bytes, CUresult *result);

#endif
