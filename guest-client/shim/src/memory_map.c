/* The map itself: ranges sorted by base, never overlapping but for variables inside reservations. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static memory_range_t *ranges; /* lock */
static uint64_t count;         /* lock */
static uint64_t capacity;      /* lock */
static uint64_t last_id;       /* lock */
static uint64_t pinned;        /* lock: ranges of MEMORY_PINNED */

uint64_t memory_pinned_from = UINT64_MAX; /* written with the lock held */
uint64_t memory_pinned_to;                /* likewise */

static bool is_pinned(const memory_range_t *range) {
    return ((unsigned)range->kind & MEMORY_PINNED) != 0;
}

/* The bounds grow with each pinned range, and fall back when there is none. */
static void pin(const memory_range_t *range) {
    pinned++;
    if (range->base < memory_pinned_from) {
        __atomic_store_n(&memory_pinned_from, range->base, __ATOMIC_RELEASE);
    }
    if (range->base + range->size > memory_pinned_to) {
        __atomic_store_n(&memory_pinned_to, range->base + range->size, __ATOMIC_RELEASE);
    }
}

static void unpin(void) {
    if (--pinned == 0) {
        __atomic_store_n(&memory_pinned_to, 0, __ATOMIC_RELEASE);
        __atomic_store_n(&memory_pinned_from, UINT64_MAX, __ATOMIC_RELEASE);
    }
}

/* Number of ranges whose base is at or below the address. */
static uint64_t upper_bound(uint64_t address) {
    uint64_t low = 0;
    uint64_t high = count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (ranges[middle].base <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

CUresult memory_add(memory_range_t range) {
    CUresult result = CUDA_SUCCESS;
    pthread_mutex_lock(&lock);
    if (count == capacity) {
        uint64_t wanted = capacity == 0 ? 64 : capacity * 2;
        memory_range_t *grown = realloc(ranges, wanted * sizeof *grown);
        if (grown == NULL) {
            result = CUDA_ERROR_OUT_OF_MEMORY;
        } else {
            ranges = grown;
            capacity = wanted;
        }
    }
    if (result == CUDA_SUCCESS) {
        uint64_t at = upper_bound(range.base);
        if (at > 0 && ranges[at - 1].base == range.base) {
            at--; /* a variable that is asked for again, or an address the driver has given anew */
            if (is_pinned(&ranges[at])) {
                unpin();
            }
        } else {
            memmove(&ranges[at + 1], &ranges[at], (count - at) * sizeof *ranges);
            count++;
        }
        range.id = ++last_id;
        ranges[at] = range;
        if (is_pinned(&range)) {
            pin(&range);
        }
    }
    pthread_mutex_unlock(&lock);
    return result;
}

static bool holds(const memory_range_t *range, uint64_t address) {
    return address - range->base < (range->size == 0 ? 1 : range->size);
}

bool memory_find(uint64_t address, memory_range_t *range) {
    pthread_mutex_lock(&lock);
    uint64_t at = upper_bound(address);
    bool found = at > 0 && holds(&ranges[at - 1], address);
    if (found) {
        *range = ranges[at - 1];
    }
    pthread_mutex_unlock(&lock);
    return found;
}

bool memory_remove(uint64_t base, unsigned kinds, memory_range_t *range) {
    pthread_mutex_lock(&lock);
    uint64_t at = upper_bound(base);
    bool found = at > 0 && ranges[at - 1].base == base && ((unsigned)ranges[at - 1].kind & kinds) != 0;
    if (found) {
        *range = ranges[at - 1];
        if (is_pinned(range)) {
            unpin();
        }
        memmove(&ranges[at - 1], &ranges[at], (count - at) * sizeof *ranges);
        count--;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

bool memory_overlaps(uint64_t base, uint64_t size, unsigned kinds) {
    bool overlaps = false;
    pthread_mutex_lock(&lock);
    for (uint64_t at = upper_bound(base + size - 1); at > 0 && !overlaps; at--) {
        const memory_range_t *range = &ranges[at - 1];
        overlaps = ((unsigned)range->kind & kinds) != 0 && range->base < base + size && base < range->base + range->size;
        if (range->base + range->size <= base) {
            break;
        }
    }
    pthread_mutex_unlock(&lock);
    return overlaps;
}

void memory_forget_context(CUcontext context) {
    pthread_mutex_lock(&lock);
    uint64_t kept = 0;
    for (uint64_t i = 0; i < count; i++) {
        if (ranges[i].context != context || ((unsigned)ranges[i].kind & (MEMORY_DEVICE | MEMORY_GLOBAL)) == 0) {
            ranges[kept++] = ranges[i];
        }
    }
    count = kept;
    pthread_mutex_unlock(&lock);
}
