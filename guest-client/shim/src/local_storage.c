#define _GNU_SOURCE
#include "local_storage.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "context.h"
#include "process.h"
#include "thread.h"

/* A slot's key is written last and cleared first; a slot never moves, so readers need no lock. */
enum { SLOTS = 512 };

typedef struct slot {
    CUcontext context; /* atomic; NULL = free */
    void *key;
    void *value;
    local_storage_end_t end;
} slot_t;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* for writers */
static slot_t slots[SLOTS];
static uint32_t used; /* atomic: slots ever used */

static CUresult resolve(CUcontext *context) {
    CUresult state = process_local();
    if (state != CUDA_SUCCESS) {
        return state;
    }
    if (*context == NULL) {
        *context = thread_context(thread_self());
    }
    return *context != NULL && context_active(*context) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_CONTEXT;
}

static slot_t *find(CUcontext context, void *key) {
    uint32_t count = __atomic_load_n(&used, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count; i++) {
        if (__atomic_load_n(&slots[i].context, __ATOMIC_ACQUIRE) == context && slots[i].key == key) {
            return &slots[i];
        }
    }
    return NULL;
}

CUresult local_storage_get(void **value, CUcontext context, void *key) {
    CUresult result = resolve(&context);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    const slot_t *slot = find(context, key);
    if (slot == NULL) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    *value = slot->value;
    return CUDA_SUCCESS;
}

CUresult local_storage_put(CUcontext context, void *key, void *value, local_storage_end_t end) {
    CUresult result = resolve(&context);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    pthread_mutex_lock(&lock);
    if (find(context, key) != NULL) {
        result = CUDA_ERROR_INVALID_HANDLE;
    } else {
        uint32_t at = 0;
        while (at < SLOTS && slots[at].context != NULL) {
            at++;
        }
        if (at == SLOTS) {
            result = CUDA_ERROR_OUT_OF_MEMORY;
        } else {
            slots[at].key = key;
            slots[at].value = value;
            slots[at].end = end;
            __atomic_store_n(&slots[at].context, context, __ATOMIC_RELEASE);
            if (at >= used) {
                __atomic_store_n(&used, at + 1, __ATOMIC_RELEASE);
            }
        }
    }
    pthread_mutex_unlock(&lock);
    return result;
}

CUresult local_storage_delete(CUcontext context, void *key) {
    CUresult result = resolve(&context);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    pthread_mutex_lock(&lock);
    slot_t *slot = find(context, key);
    if (slot == NULL) {
        result = CUDA_ERROR_INVALID_HANDLE;
    } else {
        __atomic_store_n(&slot->context, NULL, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

void local_storage_end(CUcontext context) {
    for (uint32_t i = 0; i < SLOTS; i++) {
        slot_t ended = {.context = NULL};
        pthread_mutex_lock(&lock);
        if (slots[i].context == context) {
            ended = slots[i];
            __atomic_store_n(&slots[i].context, NULL, __ATOMIC_RELEASE);
        }
        pthread_mutex_unlock(&lock);
        if (ended.context != NULL && ended.end != NULL) {
            ended.end(context, ended.key, ended.value); /* no lock held: it may call back */
        }
    }
}
