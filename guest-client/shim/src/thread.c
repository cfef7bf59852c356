#define _GNU_SOURCE
#include "thread.h"

#include <pthread.h>
#include <stdlib.h>

#include "handle.h"
#include "process.h"

static __thread thread_t *self __attribute__((tls_model("initial-exec")));

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static thread_t *list;        /* list_lock */
static uint32_t last_number;  /* list_lock */
static pthread_key_t end_key; /* written once under end_once */
static pthread_once_t end_once = PTHREAD_ONCE_INIT;

/* Shared by threads that find no memory for a record of their own: their calls still work, one stack among them. */
static thread_t fallback = {.number = UINT32_MAX};

static void unlink_record(thread_t *thread) {
    pthread_mutex_lock(&list_lock);
    for (thread_t **at = &list; *at != NULL; at = &(*at)->next) {
        if (*at == thread) {
            *at = thread->next;
            break;
        }
    }
    pthread_mutex_unlock(&list_lock);
}

static void thread_end(void *record) {
    thread_t *thread = record;
    self = NULL;
    process_abandon(thread->number);
    unlink_record(thread);
    free(thread->stack);
    free(thread);
}

static void make_key(void) {
    (void)pthread_key_create(&end_key, thread_end);
}

static thread_t *make_record(void) {
    thread_t *thread = calloc(1, sizeof *thread);
    if (thread == NULL) {
        return &fallback;
    }
    (void)pthread_once(&end_once, make_key);
    pthread_mutex_lock(&list_lock);
    thread->number = ++last_number;
    thread->next = list;
    list = thread;
    pthread_mutex_unlock(&list_lock);
    (void)pthread_setspecific(end_key, thread);
    self = thread;
    return thread;
}

thread_t *thread_self(void) {
    thread_t *thread = self;
    return thread != NULL ? thread : make_record();
}

void thread_fail(uint32_t number, CUresult result) {
    pthread_mutex_lock(&list_lock);
    for (thread_t *thread = list; thread != NULL; thread = thread->next) {
        if (thread->number == number) {
            uint32_t none = 0;
            (void)__atomic_compare_exchange_n(&thread->pending, &none, (uint32_t)result, false, __ATOMIC_RELEASE,
                                              __ATOMIC_RELAXED);
            break;
        }
    }
    pthread_mutex_unlock(&list_lock);
}

CUresult thread_take_failure(thread_t *thread) {
    if (__atomic_load_n(&thread->pending, __ATOMIC_ACQUIRE) == 0) {
        return CUDA_SUCCESS;
    }
    return (CUresult)__atomic_exchange_n(&thread->pending, 0, __ATOMIC_ACQ_REL);
}

static void note_top(thread_t *thread) {
    uint64_t wire = 0;
    if (thread->depth > 0) {
        (void)handle_in(HANDLE_CONTEXT, thread->stack[thread->depth - 1], &wire);
    }
    thread->context = (uint32_t)wire;
}

CUcontext thread_context(const thread_t *thread) {
    return thread->depth > 0 ? thread->stack[thread->depth - 1] : NULL;
}

CUresult thread_push(thread_t *thread, CUcontext context) {
    if (thread->depth == thread->capacity) {
        uint32_t capacity = thread->capacity == 0 ? 8 : thread->capacity * 2;
        CUcontext *stack = realloc(thread->stack, capacity * sizeof *stack);
        if (stack == NULL) {
            return CUDA_ERROR_OUT_OF_MEMORY;
        }
        thread->stack = stack;
        thread->capacity = capacity;
    }
    thread->stack[thread->depth++] = context;
    note_top(thread);
    return CUDA_SUCCESS;
}

CUcontext thread_pop(thread_t *thread) {
    if (thread->depth == 0) {
        return NULL;
    }
    CUcontext context = thread->stack[--thread->depth];
    note_top(thread);
    return context;
}

void thread_drop_context(thread_t *thread, CUcontext context) {
    if (thread_context(thread) == context) {
        (void)thread_pop(thread);
    }
}

void thread_forget_others(void) {
    list = self;
    if (self != NULL) {
        self->next = NULL;
    }
    (void)pthread_mutex_init(&list_lock, NULL);
}
