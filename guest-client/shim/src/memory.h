/*
 * What this process knows of addresses: device allocations, pinned host memory, reservations. Answers pointer questions
 * and tells host from device in copies that do not say.
 */
#ifndef PENSTOCK_MEMORY_H
#define PENSTOCK_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "prototypes.h"

enum memory_kind {
    MEMORY_DEVICE = 1,     /* cuMemAlloc, cuMemAllocPitch */
    MEMORY_POOL = 2,       /* cuMemAllocAsync, cuMemAllocFromPoolAsync */
    MEMORY_HOST = 4,       /* cuMemHostAlloc: ours, an ordinary mapping */
    MEMORY_REGISTERED = 8, /* cuMemHostRegister: the program's */
    MEMORY_RESERVED = 16,  /* cuMemAddressReserve */
    MEMORY_GLOBAL = 32,    /* a module's variable */
    MEMORY_GRAPH = 64,     /* a graph's allocation node: the address stays the graph's, freed or not */
};

enum { MEMORY_ON_DEVICE = MEMORY_DEVICE | MEMORY_POOL | MEMORY_RESERVED | MEMORY_GLOBAL | MEMORY_GRAPH };
enum { MEMORY_PINNED = MEMORY_HOST | MEMORY_REGISTERED };

typedef struct memory_range {
    uint64_t base;
    uint64_t size;
    enum memory_kind kind;
    uint32_t flags; /* of cuMemHostAlloc or cuMemHostRegister */
    CUcontext context;
    int32_t device;
    uint64_t id; /* unique per allocation */
} memory_range_t;

/* Every pinned range lies between these addresses; atomic. */
extern uint64_t memory_pinned_from;
extern uint64_t memory_pinned_to;

static inline bool memory_any_pinned(void) {
    return __atomic_load_n(&memory_pinned_to, __ATOMIC_ACQUIRE) > 0;
}

static inline bool memory_may_be_pinned(uint64_t address) {
    return address < __atomic_load_n(&memory_pinned_to, __ATOMIC_ACQUIRE)
           && address >= __atomic_load_n(&memory_pinned_from, __ATOMIC_ACQUIRE);
}

/* Records a range; its id is chosen here. CUDA_ERROR_OUT_OF_MEMORY without memory. */
CUresult memory_add(memory_range_t range);

/* The range that holds the address. */
bool memory_find(uint64_t address, memory_range_t *range);

/* Removes the range that begins there and is of one of the kinds. */
bool memory_remove(uint64_t base, unsigned kinds, memory_range_t *range);

/* Whether a range of one of the kinds overlaps. */
bool memory_overlaps(uint64_t base, uint64_t size, unsigned kinds);

/* The bytes of so many elements of so many bytes; UINT64_MAX when there are more. */
static inline uint64_t memory_bytes(uint64_t elements, uint64_t width) {
    return elements > UINT64_MAX / width ? UINT64_MAX : elements * width;
}

/* For a posted call: CUDA_ERROR_INVALID_VALUE when so many bytes reach past the end of the cuMemAlloc block that holds the
 * address. What is no such block the server judges, and whatever lies in the block's last step of 512 bytes. What keeps a
 * call from the server comes first. */
CUresult memory_reaches(uint64_t address, uint64_t bytes);

/* The context has ended: its device memory is no more. */
void memory_forget_context(CUcontext context);

#endif
