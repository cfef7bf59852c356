#define _GNU_SOURCE
#include "mapped.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "calls.h"
#include "changes.h"
#include "limits.h"
#include "process.h"
#include "receive.h"

enum { PAGE = 4096, BLOCKS_MAX = MAPPED_BYTES_MAX / PAGE };

typedef struct block {
    uint64_t base;
    uint64_t size;
    unsigned char *agreed; /* the contents as both sides knew them last; lock */
} block_t;

/*
 * `turn` is held from comparing until what was found has been published, so that a thread that finds nothing left to send
 * may rely on its having been sent. `lock` guards contents and is never held while anything waits: the drainer takes it.
 */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static block_t blocks[BLOCKS_MAX]; /* written with both held */
static uint32_t count;             /* written with both held */
static changes_t changes;          /* turn */
uint64_t mapped_bytes;

static uint64_t pages_of(uint64_t base, uint64_t size) {
    uint64_t from = base & ~(uint64_t)(PAGE - 1);
    return ((base + size + PAGE - 1) & ~(uint64_t)(PAGE - 1)) - from;
}

/* The block that holds the range. Turn or lock held. */
static block_t *find(uint64_t address, uint64_t bytes) {
    for (uint32_t i = 0; i < count; i++) {
        uint64_t offset = address - blocks[i].base;
        if (offset < blocks[i].size && bytes <= blocks[i].size - offset) {
            return &blocks[i];
        }
    }
    return NULL;
}

bool mapped_holds(const void *address, uint64_t bytes) {
    if (!mapped_any()) {
        return false;
    }
    pthread_mutex_lock(&lock);
    bool holds = find((uint64_t)(uintptr_t)address, bytes) != NULL;
    pthread_mutex_unlock(&lock);
    return holds;
}

/* ---- up ---- */

static void flush(void) {
    if (changes.length > 0 && !process_send(FRAME_MAPPED, changes.body, changes.length)) {
        process_lose("the agent is gone");
    }
    changes.length = 0;
}

/* Turn held. A window is copied before it is looked at twice: the program may be writing. */
static void send_block(const block_t *block) {
    unsigned char now[CHANGES_WINDOW_BYTES];
    for (uint64_t at = 0; at < block->size; at += sizeof now) {
        const unsigned char *program = (const unsigned char *)(uintptr_t)block->base + at;
        uint64_t bytes = block->size - at < sizeof now ? block->size - at : sizeof now;
        if (changes.length + CHANGES_WINDOW_ROOM > sizeof changes.body) {
            flush();
        }
        pthread_mutex_lock(&lock);
        if (memcmp(program, block->agreed + at, bytes) != 0) {
            memcpy(now, program, bytes);
            changes_put(&changes, block->base + at, now, block->agreed + at, bytes);
        }
        pthread_mutex_unlock(&lock);
    }
}

void mapped_send(void) {
    pthread_mutex_lock(&turn);
    for (uint32_t i = 0; i < count; i++) {
        send_block(&blocks[i]);
    }
    flush();
    pthread_mutex_unlock(&turn);
}

/* ---- down ---- */

bool mapped_take(const unsigned char *body, uint32_t bytes) {
    uint32_t position = 0;
    change_t change;
    pthread_mutex_lock(&lock);
    while (changes_next(body, bytes, &position, &change)) {
        const block_t *block = find(change.address, change.length);
        if (block != NULL) { /* or it has ended meanwhile */
            changes_apply(&change, (unsigned char *)(uintptr_t)change.address);
            changes_apply(&change, block->agreed + (change.address - block->base));
        }
    }
    pthread_mutex_unlock(&lock);
    return position == bytes;
}

/* ---- mapping ---- */

static CUresult refuse_size(const char *call, uint64_t bytes) {
    char why[200];
    (void)snprintf(why, sizeof why,
                   "The GPU reaches pinned memory of at most %d bytes a block and %d in all; this block has %llu.",
                   MAPPED_BLOCK_BYTES_MAX, MAPPED_BYTES_MAX, (unsigned long long)bytes);
    return call_refused(call, CUDA_ERROR_NOT_SUPPORTED, why);
}

/* Whether another mapped block has one of the same pages. Turn held. */
static bool shares_pages(const memory_range_t *range) {
    uint64_t from = range->base / PAGE;
    uint64_t to = (range->base + range->size - 1) / PAGE;
    bool shares = false;
    for (uint32_t i = 0; i < count && !shares; i++) {
        shares = from <= (blocks[i].base + blocks[i].size - 1) / PAGE && blocks[i].base / PAGE <= to;
    }
    return shares;
}

static CUresult ask(const char *call_named, const memory_range_t *range) {
    call_t call;
    CUresult result = call_begin(&call, CALL_cuMemHostRegister_v2, CALL_WAITS, 16);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_u64(&call, range->base);
    call_put_u64(&call, range->size);
    result = call_wait(&call);
    if (result == CUDA_SUCCESS && call_get_u64(&call) != range->base) {
        result = CUDA_ERROR_ALREADY_MAPPED;
    }
    call_end(&call);
    return result == CUDA_ERROR_ALREADY_MAPPED
               ? call_refused(call_named, CUDA_ERROR_NOT_SUPPORTED,
                              "The GPU would use pinned memory by an address that the server's process uses itself.")
               : result;
}

/* Turn held. */
static CUresult map(const char *call, const memory_range_t *range) {
    if (range->size > MAPPED_BLOCK_BYTES_MAX
        || mapped_bytes + pages_of(range->base, range->size) > MAPPED_BYTES_MAX) {
        return refuse_size(call, range->size);
    }
    if (shares_pages(range)) {
        return call_refused(call, CUDA_ERROR_NOT_SUPPORTED, "Two registered blocks that the GPU uses share a page.");
    }
    unsigned char *agreed = calloc(1, range->size); /* the server's memory begins with zeros */
    CUresult result = agreed == NULL ? CUDA_ERROR_OUT_OF_MEMORY : ask(call, range);
    if (result != CUDA_SUCCESS) {
        free(agreed);
        return result;
    }
    pthread_mutex_lock(&lock);
    blocks[count] = (block_t){.base = range->base, .size = range->size, .agreed = agreed};
    count++;
    (void)__atomic_add_fetch(&mapped_bytes, pages_of(range->base, range->size), __ATOMIC_ACQ_REL);
    pthread_mutex_unlock(&lock);
    send_block(&blocks[count - 1]);
    flush();
    return CUDA_SUCCESS;
}

CUresult mapped_use_pinned(const char *call, uint64_t address, bool *mapped) {
    memory_range_t range;
    if (!memory_find(address, &range) || ((unsigned)range.kind & MEMORY_PINNED) == 0) {
        return CUDA_SUCCESS;
    }
    if (mapped != NULL) {
        *mapped = true;
    }
    if (mapped_holds((void *)(uintptr_t)address, 1)) {
        return CUDA_SUCCESS;
    }
    CUresult result = CUDA_SUCCESS;
    if (receive_overlaps((void *)(uintptr_t)range.base, range.size)) {
        result = cuCtxSynchronize(); /* a copy under way still brings bytes of it */
    }
    if (result == CUDA_SUCCESS) {
        pthread_mutex_lock(&turn);
        result = find(address, 1) != NULL ? CUDA_SUCCESS : map(call, &range);
        pthread_mutex_unlock(&turn);
    }
    return result;
}

CUresult mapped_use_words(const char *call, const void *bytes, uint64_t count_of_bytes, uint64_t offset) {
    CUresult result = CUDA_SUCCESS;
    uint64_t word = 0;
    for (uint64_t at = -offset & 7; at + sizeof word <= count_of_bytes && result == CUDA_SUCCESS; at += sizeof word) {
        memcpy(&word, (const unsigned char *)bytes + at, sizeof word);
        result = mapped_use(call, word, NULL);
    }
    return result;
}

CUresult mapped_use_operations(const char *call, const CUstreamBatchMemOpParams *operations, uint32_t operation_count) {
    enum { WAIT_32 = 1, WRITE_32 = 2, WAIT_64 = 4, WRITE_64 = 5 };
    struct {
        uint32_t operation, zero;
        uint64_t address;
    } start; /* of every operation with an address */
    CUresult result = CUDA_SUCCESS;
    for (uint32_t i = 0; i < operation_count && result == CUDA_SUCCESS; i++) {
        memcpy(&start, &operations[i], sizeof start);
        if (start.operation == WAIT_32 || start.operation == WRITE_32 || start.operation == WAIT_64
            || start.operation == WRITE_64) {
            result = mapped_use(call, start.address, NULL);
        }
    }
    return result;
}

void mapped_end(uint64_t base) {
    pthread_mutex_lock(&turn);
    block_t *block = find(base, 1);
    if (block != NULL && block->base == base) {
        unsigned char *agreed = block->agreed;
        pthread_mutex_lock(&lock);
        (void)__atomic_sub_fetch(&mapped_bytes, pages_of(base, block->size), __ATOMIC_ACQ_REL);
        *block = blocks[--count];
        pthread_mutex_unlock(&lock);
        free(agreed);
        call_t call;
        if (call_begin(&call, CALL_cuMemHostUnregister, CALL_POSTED, 8) == CUDA_SUCCESS) {
            call_put_u64(&call, base);
            (void)call_post(&call);
        }
    }
    pthread_mutex_unlock(&turn);
}
