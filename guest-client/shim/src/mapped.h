/*
 * Mapped memory: pinned blocks that the GPU uses by their address (docs/host-memory.md). The server has memory at the same
 * address. Before a call leaves, what the program has changed goes up; before an answer shows, what the GPU has changed has
 * come down. Both sides remember what they last agreed on and send only bytes that differ from it.
 */
#ifndef PENSTOCK_MAPPED_H
#define PENSTOCK_MAPPED_H

#include <stdbool.h>
#include <stdint.h>

#include "memory.h"

/* Bytes of mapped blocks; atomic. */
extern uint64_t mapped_bytes;

static inline bool mapped_any(void) {
    return __atomic_load_n(&mapped_bytes, __ATOMIC_ACQUIRE) > 0;
}

/* As mapped_use, for an address that may be pinned. */
CUresult mapped_use_pinned(const char *call, uint64_t address, bool *mapped);

/* The call means device memory at this address: a pinned block that holds it is mapped, if it is not yet. Sets *mapped,
 * which may be NULL, when there is one. CUDA_ERROR_NOT_SUPPORTED, logged, when the block cannot be mapped. */
static inline CUresult mapped_use(const char *call, uint64_t address, bool *mapped) {
    return memory_may_be_pinned(address) ? mapped_use_pinned(call, address, mapped) : CUDA_SUCCESS;
}

/* As mapped_use for every word of these that may be an address: bytes of a kernel's parameters, from an offset on. */
CUresult mapped_use_words(const char *call, const void *bytes, uint64_t count, uint64_t offset);

/* The same for the words that operations on memory write and await. */
CUresult mapped_use_operations(const char *call, const CUstreamBatchMemOpParams *operations, uint32_t count);

/* Whether the range lies in a mapped block: then it is an address on the server as well. */
bool mapped_holds(const void *address, uint64_t bytes);

/* Sends what the program has changed in any mapped block. */
void mapped_send(void);

/* Takes a MAPPED frame's body: what the GPU has changed. False when it is malformed. Drain role. */
bool mapped_take(const unsigned char *body, uint32_t bytes);

/* The block that begins there, if it is mapped, ends on the server behind the work under way. */
void mapped_end(uint64_t base);

#endif
