#define _GNU_SOURCE
#include "callback.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "call.h"
#include "calls.h"
#include "handle.h"
#include "mapped.h"
#include "process.h"
#include "receive.h"
#include "stream.h"

typedef struct callback {
    struct callback *next;
    uint64_t id;
    CUstream stream;
    CUhostFn function;          /* one of the two */
    CUstreamCallback with_result;
    void *user;
    callback_hooks_t hooks; /* of one of an executable graph with copies of host memory; else zero */
} callback_t;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static callback_t *first; /* lock; in the order of their calls */
static uint64_t last_id;  /* lock */
static bool running;      /* lock */

/* Callbacks become due in any order between streams; they run in the order in which they became due. */
static callback_t *due_first; /* lock */
static callback_t **due_last = &due_first;

/* Functions that graphs call. Without an owner kept for good: nobody tells when the last executable graph that calls one ends. */
static callback_t *of_graphs; /* lock */

/* Set in the numbers of those: what graphs call and what streams call once never share one. */
#define OF_GRAPH ((uint64_t)1 << 63)

static callback_t *take_due(void) {
    pthread_mutex_lock(&lock);
    while (due_first == NULL) {
        (void)pthread_cond_wait(&changed, &lock);
    }
    callback_t *callback = due_first;
    due_first = callback->next;
    if (due_first == NULL) {
        due_last = &due_first;
    }
    pthread_mutex_unlock(&lock);
    return callback;
}

static void *run_callbacks(void *unused) {
    (void)unused;
    CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_RELAXED; /* what is done here is no capture's business */
    (void)cuThreadExchangeStreamCaptureMode(&mode);
    for (;;) {
        callback_t *callback = take_due();
        const callback_hooks_t *hooks = &callback->hooks;
        if (hooks->before != NULL) {
            hooks->before(hooks->owner, hooks->roles);
        }
        if (callback->function != NULL) {
            callback->function(callback->user);
        } else {
            callback->with_result(callback->stream, CUDA_SUCCESS, callback->user);
        }
        if (hooks->after != NULL) {
            hooks->after(hooks->owner, hooks->roles);
        }
        uint64_t id = callback->id;
        free(callback);
        if (mapped_any()) {
            mapped_send();
        }
        (void)process_send(FRAME_CALLBACK_DONE, &id, sizeof id);
    }
    return NULL;
}

static bool start_thread(void) {
    if (!running) {
        sigset_t all;
        sigset_t before;
        pthread_t thread;
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        running = pthread_create(&thread, NULL, run_callbacks, NULL) == 0;
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (running) {
            (void)pthread_detach(thread);
        }
    }
    return running;
}

static uint64_t remember(const callback_t *wanted) {
    callback_t *callback = malloc(sizeof *callback);
    if (callback == NULL) {
        return 0;
    }
    *callback = *wanted;
    pthread_mutex_lock(&lock);
    uint64_t id = start_thread() ? ++last_id : 0;
    if (id != 0) {
        callback->id = id;
        callback->next = first;
        first = callback;
    }
    pthread_mutex_unlock(&lock);
    if (id == 0) {
        free(callback);
    }
    return id;
}

static callback_t *take(uint64_t id) {
    callback_t **at = &first;
    while (*at != NULL && (*at)->id != id) {
        at = &(*at)->next;
    }
    callback_t *callback = *at;
    if (callback != NULL) {
        *at = callback->next;
        callback->next = NULL;
    }
    return callback;
}

/* Under the lock. */
static callback_t *find_of_graph(uint64_t id) {
    callback_t *callback = of_graphs;
    while (callback != NULL && callback->id != id) {
        callback = callback->next;
    }
    return callback;
}

bool callback_find(uint64_t id, CUhostFn *function, void **user) {
    pthread_mutex_lock(&lock);
    const callback_t *callback = find_of_graph(id);
    if (callback != NULL) {
        *function = callback->function;
        *user = callback->user;
    }
    pthread_mutex_unlock(&lock);
    return callback != NULL;
}

/* Under the lock. */
static callback_t *add_of_graph(const callback_t *wanted) {
    callback_t *callback = start_thread() ? malloc(sizeof *callback) : NULL;
    if (callback != NULL) {
        *callback = *wanted;
        callback->id = ++last_id | OF_GRAPH;
        callback->next = of_graphs;
        of_graphs = callback;
    }
    return callback;
}

uint64_t callback_around(CUhostFn function, void *user, const callback_hooks_t *hooks) {
    pthread_mutex_lock(&lock);
    const callback_t *callback = add_of_graph(&(callback_t){.function = function, .user = user, .hooks = *hooks});
    uint64_t id = callback != NULL ? callback->id : 0;
    pthread_mutex_unlock(&lock);
    return id;
}

void callback_forget(const void *owner) {
    pthread_mutex_lock(&lock);
    for (callback_t **at = &of_graphs; *at != NULL;) {
        callback_t *callback = *at;
        if (callback->hooks.owner == owner) {
            *at = callback->next;
            free(callback);
        } else {
            at = &callback->next;
        }
    }
    pthread_mutex_unlock(&lock);
}

uint64_t callback_of_graph(CUhostFn function, void *user) {
    pthread_mutex_lock(&lock);
    const callback_t *callback = of_graphs;
    while (callback != NULL
           && (callback->function != function || callback->user != user || callback->hooks.owner != NULL)) {
        callback = callback->next;
    }
    if (callback == NULL) {
        callback = add_of_graph(&(callback_t){.function = function, .user = user});
    }
    uint64_t id = callback != NULL ? callback->id : 0;
    pthread_mutex_unlock(&lock);
    return id;
}

/* One run of a function that graphs call. Under the lock. */
static callback_t *run_of(uint64_t id) {
    const callback_t *callback = find_of_graph(id);
    callback_t *run = callback != NULL ? malloc(sizeof *run) : NULL;
    if (run != NULL) {
        *run = *callback;
        run->next = NULL;
    }
    return run;
}

void callback_due(uint64_t id) {
    pthread_mutex_lock(&lock);
    callback_t *callback = (id & OF_GRAPH) != 0 ? run_of(id) : take(id);
    if (callback != NULL) {
        *due_last = callback;
        due_last = &callback->next;
        (void)pthread_cond_signal(&changed);
    }
    pthread_mutex_unlock(&lock);
}

static CUresult post(uint32_t number, const callback_t *wanted, const uint32_t *flags) {
    uint64_t stream = 0;
    CUresult result = handle_in(HANDLE_STREAM, wanted->stream, &stream);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    bool captured = stream_captures(wanted->stream);
    if (captured && wanted->function == NULL) {
        return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    }
    uint64_t id = captured ? callback_of_graph(wanted->function, wanted->user) : remember(wanted);
    if (id == 0) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    call_t call;
    result = call_begin(&call, number, CALL_POSTED, 24);
    if (result == CUDA_SUCCESS) {
        call_put_handle(&call, stream);
        call_put_u64(&call, id);
        if (flags != NULL) {
            call_put_u32(&call, *flags);
            call_put_u32(&call, 0);
        }
        result = call_post(&call);
    }
    if (result != CUDA_SUCCESS && !captured) {
        pthread_mutex_lock(&lock);
        free(take(id));
        pthread_mutex_unlock(&lock);
    }
    return result;
}

CUresult cuLaunchHostFunc(CUstream hStream, CUhostFn fn, void *userData) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS || fn == NULL) {
        return result != CUDA_SUCCESS ? result : CUDA_ERROR_INVALID_VALUE;
    }
    return post(CALL_cuLaunchHostFunc, &(callback_t){.stream = hStream, .function = fn, .user = userData}, NULL);
}

CUresult cuStreamAddCallback(CUstream hStream, CUstreamCallback callback, void *userData, unsigned int flags) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS || callback == NULL || flags != 0) {
        return result != CUDA_SUCCESS ? result : CUDA_ERROR_INVALID_VALUE;
    }
    return post(CALL_cuStreamAddCallback, &(callback_t){.stream = hStream, .with_result = callback, .user = userData},
                &flags);
}
