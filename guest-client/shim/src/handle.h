/*
 * The handles a program sees are addresses of slots in one reserved range. An address is checked against that range
 * before anything behind it is read, then kind and liveness. The wire form is generation << 32 | index (protocol.md 1).
 */
#ifndef PENSTOCK_HANDLE_H
#define PENSTOCK_HANDLE_H

#include <stdint.h>

#include "prototypes.h"

enum handle_kind {
    HANDLE_NONE,
    HANDLE_CONTEXT,
    HANDLE_STREAM,
    HANDLE_EVENT,
    HANDLE_MODULE,
    HANDLE_FUNCTION,
    HANDLE_KERNEL,
    HANDLE_LIBRARY,
    HANDLE_GRAPH,
    HANDLE_GRAPHNODE,
    HANDLE_GRAPHEXEC,
    HANDLE_ARRAY,
    HANDLE_MIPMAPPEDARRAY,
    HANDLE_TEXREF,
    HANDLE_SURFREF,
    HANDLE_MEMPOOL,
    HANDLE_MEMORY,
    HANDLE_LINK,
    HANDLE_USEROBJECT,
    HANDLE_GREENCONTEXT,
    HANDLE_DEVRESOURCE,
    HANDLE_GRAPHDEVICENODE,
    HANDLE_KINDS
};

/* A handle that the server made (graph nodes of a capture, default pools) has this bit set in its index. */
#define HANDLE_SERVER_MADE 0x80000000u


/* Wire form of a program's pointer. NULL gives 0 where the driver has a meaning for it (streams, contexts), else
 * CUDA_ERROR_INVALID_HANDLE; streams 1 and 2 pass as they are. */
CUresult handle_in(enum handle_kind kind, const void *pointer, uint64_t *wire);

/* As handle_in, and NULL gives 0 for every kind. */
CUresult handle_in_nullable(enum handle_kind kind, const void *pointer, uint64_t *wire);

/* Makes a handle on the client; NULL and CUDA_ERROR_OUT_OF_MEMORY's wire 0 when there is no slot left. */
void *handle_make(enum handle_kind kind, uint64_t *wire);

/* The program's pointer for a wire handle that came from the server: one made here is found, another is made.
 * A wire handle that is out of range or of another kind gives NULL. */
void *handle_out(enum handle_kind kind, uint64_t wire);

/* Ends a handle; its address becomes invalid until it is made again with another generation. */
void handle_drop(const void *pointer);

/* Whether any handle of this kind is alive. */
int handle_any(enum handle_kind kind);

/* Whether the pointer is a handle of this kind, or was one that no other has taken the place of. */
int handle_was(enum handle_kind kind, const void *pointer);

/* The live handle of this kind that was made here with this index, or NULL. */
void *handle_at(enum handle_kind kind, uint32_t index);

/* Whether the pointer is a live handle of this kind. */
int handle_is(enum handle_kind kind, const void *pointer);

void *handle_detail(enum handle_kind kind, const void *pointer);
/* The detail must come from malloc; handle_drop frees it. */
void handle_set_detail(const void *pointer, void *detail);

/* Writes the wire forms of an array of program pointers; the first failure ends it. */
CUresult handle_array_in(enum handle_kind kind, const void *pointers, uint64_t count, uint64_t *wires);

#endif
