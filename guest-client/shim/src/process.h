/*
 * The one state of this process: whether CUDA works here, the channel, the order lock, the devices.
 */
#ifndef PENSTOCK_PROCESS_H
#define PENSTOCK_PROCESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "context.h"
#include "prototypes.h"
#include "snapshot.h"

typedef struct process {
    /* any thread, atomic: what calls answer. `local` is for calls that need no server (3 before cuInit and in a forked
     * child, 4 once exit has begun); `remote` also turns into a sticky error or 46 when the server is gone. `lost` counts
     * the contexts that a sticky error has ended: while it is 0 nobody looks at theirs. */
    uint32_t local;
    uint32_t remote;
    uint32_t lost;

    pthread_mutex_t order; /* the program order: held from call_begin to call_wait or call_post */
    channel_t channel;     /* up side: order lock; down side: drain role */
    uint64_t sequence;     /* order lock */
    uint64_t launches;     /* order lock: kernel launches published */
    uint64_t posted;       /* order lock */
    uint64_t waits;        /* order lock */

    pthread_mutex_t slab;
    uint64_t payload_ids; /* atomic */
    bool posted_calls_wait; /* PENSTOCK_SYNC=1; constant after cuInit */
    uint32_t capturing;     /* atomic: captures begun and not ended */

    snapshot_t snapshot; /* constant after cuInit */
} process_t;

extern process_t process;

/* CUDA_SUCCESS, or what a call that needs no server must answer. */
static inline CUresult process_local(void) {
    return (CUresult)__atomic_load_n(&process.local, __ATOMIC_ACQUIRE);
}

/* CUDA_SUCCESS, or why the server cannot be asked at all, whatever context is current. */
static inline CUresult process_session(void) {
    return (CUresult)__atomic_load_n(&process.remote, __ATOMIC_ACQUIRE);
}

/* CUDA_SUCCESS, or what a call that needs the server in the thread's current context must answer. */
static inline CUresult process_remote(void) {
    CUresult result = process_session();
    bool any_lost = __atomic_load_n(&process.lost, __ATOMIC_ACQUIRE) != 0;
    return result == CUDA_SUCCESS && any_lost ? context_failure_of_current() : result;
}

/* cuInit's work. */
CUresult process_start(void);

/* An error of the process itself: every call answers it from now on. */
void process_stick(CUresult result);

/* The server is gone or broke the protocol: every call answers 46 from now on. Logged with the reason. */
void process_lose(const char *reason);

/* Sends a control frame; takes the order lock. False when the session is over. `bytes` is a multiple of 8. */
bool process_send(uint16_t type, const void *body, uint32_t bytes);

/* Sends COUNTS with the counters as they stand at its place in the program order, and returns them. */
bool process_send_counts(uint64_t counts[3]);

/* As process_send, but gives up when the order lock is taken: for the drainer, which must never wait for it. */
bool process_try_send(uint16_t type, uint32_t thread, const void *body, uint32_t bytes);

/* The client's thread has ended. */
void process_abandon(uint32_t thread);

static inline uint64_t process_payload_id(void) {
    return __atomic_add_fetch(&process.payload_ids, 1, __ATOMIC_RELAXED);
}

#endif
