#define _GNU_SOURCE
#include "handle.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "function.h"
#include "limits.h"

typedef struct slot {
    uint32_t kind;       /* enum handle_kind; HANDLE_NONE when free */
    uint32_t generation; /* of the present life */
    uint64_t wire;       /* what frames carry */
    void *detail;
    uint32_t next_free;  /* index of the next free slot, 0 at the end */
    uint32_t next_found; /* chain of the table of server-made handles */
    uint32_t last_kind;  /* enum handle_kind of the present life, or of the last one */
    uint32_t reserved;
    uint64_t pad[3];
} slot_t;

_Static_assert(sizeof(slot_t) == 64, "a slot is one cache line");

enum { FOUND_BUCKETS = 4096 };

static pthread_mutex_t arena_lock = PTHREAD_MUTEX_INITIALIZER;
static slot_t *arena;                  /* set once under arena_lock, then read freely; slot 0 is never handed out */
static uint32_t used = 1;              /* arena_lock: slots ever handed out, and slot 0 */
static uint32_t free_first, free_last; /* arena_lock: oldest first, so that a stale address stays stale for long */
static uint32_t found[FOUND_BUCKETS];  /* arena_lock: server-made handles by wire form */
static uint32_t alive[HANDLE_KINDS];   /* changed under arena_lock, read by any thread */

static slot_t *slot_of(const void *pointer) {
    slot_t *base = __atomic_load_n(&arena, __ATOMIC_ACQUIRE);
    uintptr_t offset = (uintptr_t)pointer - (uintptr_t)base;
    if (base == NULL || offset >= (uintptr_t)HANDLES_MAX * sizeof(slot_t) || offset % sizeof(slot_t) != 0) {
        return NULL;
    }
    return base + offset / sizeof(slot_t);
}

static slot_t *live_slot(enum handle_kind kind, const void *pointer) {
    slot_t *slot = slot_of(pointer);
    return slot != NULL && __atomic_load_n(&slot->kind, __ATOMIC_ACQUIRE) == (uint32_t)kind ? slot : NULL;
}

int handle_was(enum handle_kind kind, const void *pointer) {
    slot_t *slot = slot_of(pointer);
    return slot != NULL && __atomic_load_n(&slot->last_kind, __ATOMIC_ACQUIRE) == (uint32_t)kind;
}

void *handle_at(enum handle_kind kind, uint32_t index) {
    slot_t *base = __atomic_load_n(&arena, __ATOMIC_ACQUIRE);
    return base != NULL && index < HANDLES_MAX ? live_slot(kind, base + index) : NULL;
}

int handle_is(enum handle_kind kind, const void *pointer) {
    return live_slot(kind, pointer) != NULL;
}

int handle_any(enum handle_kind kind) {
    return __atomic_load_n(&alive[kind], __ATOMIC_ACQUIRE) > 0;
}

CUresult handle_in(enum handle_kind kind, const void *pointer, uint64_t *wire) {
    const slot_t *slot = live_slot(kind, pointer);
    if (slot == NULL && kind == HANDLE_FUNCTION) {
        slot = live_slot(HANDLE_KERNEL, pointer); /* cudart passes kernels where functions are asked for */
    }
    if (slot != NULL) {
        *wire = slot->wire;
        return CUDA_SUCCESS;
    }
    uintptr_t plain = (uintptr_t)pointer;
    if (plain == 0 ? (kind == HANDLE_STREAM || kind == HANDLE_CONTEXT) : (kind == HANDLE_STREAM && plain <= 2)) {
        *wire = plain;
        return CUDA_SUCCESS;
    }
    *wire = 0;
    return kind == HANDLE_CONTEXT ? CUDA_ERROR_INVALID_CONTEXT : CUDA_ERROR_INVALID_HANDLE;
}

CUresult handle_in_nullable(enum handle_kind kind, const void *pointer, uint64_t *wire) {
    if (pointer == NULL) {
        *wire = 0;
        return CUDA_SUCCESS;
    }
    return handle_in(kind, pointer, wire);
}

CUresult handle_array_in(enum handle_kind kind, const void *pointers, uint64_t count, uint64_t *wires) {
    const void *const *each = pointers;
    for (uint64_t i = 0; i < count; i++) {
        CUresult result = handle_in(kind, each[i], &wires[i]);
        if (result != CUDA_SUCCESS) {
            return result;
        }
    }
    return CUDA_SUCCESS;
}

static slot_t *take_slot(void) {
    if (arena == NULL) {
        void *base = mmap(NULL, (size_t)HANDLES_MAX * sizeof(slot_t), PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (base == MAP_FAILED) {
            return NULL;
        }
#ifdef __SANITIZE_ADDRESS__
        /* details hang on slots, where the leak finder does not look by itself */
        __lsan_register_root_region(base, (size_t)HANDLES_MAX * sizeof(slot_t));
#endif
        __atomic_store_n(&arena, (slot_t *)base, __ATOMIC_RELEASE);
    }
    if (free_first != 0) {
        slot_t *slot = &arena[free_first];
        free_first = slot->next_free;
        if (free_first == 0) {
            free_last = 0;
        }
        return slot;
    }
    return used < HANDLES_MAX ? &arena[used++] : NULL;
}

static void put_slot(slot_t *slot) {
    uint32_t index = (uint32_t)(slot - arena);
    slot->next_free = 0;
    if (free_last != 0) {
        arena[free_last].next_free = index;
    } else {
        free_first = index;
    }
    free_last = index;
}

static void enliven(slot_t *slot, enum handle_kind kind, uint64_t wire) {
    slot->wire = wire;
    slot->detail = NULL;
    (void)__atomic_add_fetch(&alive[kind], 1, __ATOMIC_ACQ_REL);
    __atomic_store_n(&slot->kind, (uint32_t)kind, __ATOMIC_RELEASE);
    __atomic_store_n(&slot->last_kind, (uint32_t)kind, __ATOMIC_RELEASE);
}

void *handle_make(enum handle_kind kind, uint64_t *wire) {
    pthread_mutex_lock(&arena_lock);
    slot_t *slot = take_slot();
    *wire = 0;
    if (slot != NULL) {
        slot->generation = slot->generation + 1 == 0 ? 1 : slot->generation + 1;
        *wire = (uint64_t)slot->generation << 32 | (uint64_t)(slot - arena);
        enliven(slot, kind, *wire);
    }
    pthread_mutex_unlock(&arena_lock);
    return slot;
}

static uint32_t bucket_of(uint64_t wire) {
    return (uint32_t)((wire * 0x9e3779b97f4a7c15u) >> 52) % FOUND_BUCKETS;
}

static void *find_or_make(enum handle_kind kind, uint64_t wire) {
    uint32_t *head = &found[bucket_of(wire)];
    for (uint32_t index = *head; index != 0; index = arena[index].next_found) {
        if (arena[index].wire == wire) {
            return arena[index].kind == (uint32_t)kind ? &arena[index] : NULL;
        }
    }
    slot_t *slot = take_slot();
    if (slot != NULL) {
        enliven(slot, kind, wire);
        slot->next_found = *head;
        *head = (uint32_t)(slot - arena);
    }
    return slot;
}

void *handle_out(enum handle_kind kind, uint64_t wire) {
    uint32_t index = (uint32_t)wire;
    if (wire <= 2) { /* NULL, and the two streams that are numbers */
        return wire == 0 || kind == HANDLE_STREAM ? (void *)(uintptr_t)wire : NULL;
    }
    void *pointer = NULL;
    pthread_mutex_lock(&arena_lock);
    if ((index & HANDLE_SERVER_MADE) != 0) {
        pointer = find_or_make(kind, wire);
    } else if (index < used && arena[index].wire == wire && arena[index].kind == (uint32_t)kind) {
        pointer = &arena[index];
    }
    pthread_mutex_unlock(&arena_lock);
    return pointer;
}

void handle_drop(const void *pointer) {
    slot_t *slot = slot_of(pointer);
    if (slot == NULL) {
        return;
    }
    void *detail = NULL;
    enum handle_kind kind = HANDLE_NONE;
    pthread_mutex_lock(&arena_lock);
    if (slot->kind != HANDLE_NONE) {
        kind = slot->kind;
        if (((uint32_t)slot->wire & HANDLE_SERVER_MADE) != 0) {
            uint32_t *at = &found[bucket_of(slot->wire)];
            while (*at != 0 && &arena[*at] != slot) {
                at = &arena[*at].next_found;
            }
            *at = slot->next_found;
        }
        detail = slot->detail;
        slot->detail = NULL;
        (void)__atomic_sub_fetch(&alive[slot->kind], 1, __ATOMIC_ACQ_REL);
        __atomic_store_n(&slot->kind, HANDLE_NONE, __ATOMIC_RELEASE);
        put_slot(slot);
    }
    pthread_mutex_unlock(&arena_lock);
    if (kind == HANDLE_FUNCTION || kind == HANDLE_KERNEL) {
        function_free(detail);
    } else {
        free(detail);
    }
}

void *handle_detail(enum handle_kind kind, const void *pointer) {
    const slot_t *slot = live_slot(kind, pointer);
    return slot == NULL ? NULL : __atomic_load_n(&slot->detail, __ATOMIC_ACQUIRE);
}

void handle_set_detail(const void *pointer, void *detail) {
    slot_t *slot = slot_of(pointer);
    if (slot != NULL) {
        __atomic_store_n(&slot->detail, detail, __ATOMIC_RELEASE);
    }
}
