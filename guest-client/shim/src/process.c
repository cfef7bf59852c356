#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "call.h"
#include "event.h"
#include "limits.h"
#include "log.h"
#include "receive.h"
#include "spec_hash.h"
#include "thread.h"

extern char **environ;

process_t process = {
    .local = CUDA_ERROR_NOT_INITIALIZED,
    .remote = CUDA_ERROR_NOT_INITIALIZED,
    .order = PTHREAD_MUTEX_INITIALIZER,
    .slab = PTHREAD_MUTEX_INITIALIZER,
    .channel = {.socket = -1, .memory = -1},
};

enum { SPIN_MICROSECONDS = 200, GLANCE_MICROSECONDS = 5, SPIN_FROM_CORES = 8, HELLO_BYTES_MAX = 1 << 17 };

static pthread_mutex_t start_lock = PTHREAD_MUTEX_INITIALIZER;
static bool forked; /* set in the child before it runs anything else */

static void become(CUresult local, CUresult remote) {
    __atomic_store_n(&process.remote, (uint32_t)remote, __ATOMIC_RELEASE);
    __atomic_store_n(&process.local, (uint32_t)local, __ATOMIC_RELEASE);
}

/* ---- ends ---- */

void process_stick(CUresult result) {
    uint32_t live = CUDA_SUCCESS;
    (void)__atomic_compare_exchange_n(&process.remote, &live, (uint32_t)result, false, __ATOMIC_ACQ_REL,
                                      __ATOMIC_RELAXED);
}

void process_lose(const char *reason) {
    uint32_t before = __atomic_exchange_n(&process.remote, CUDA_ERROR_DEVICE_UNAVAILABLE, __ATOMIC_ACQ_REL);
    if (before == CUDA_ERROR_DEINITIALIZED || before == CUDA_ERROR_NOT_INITIALIZED) {
        __atomic_store_n(&process.remote, before, __ATOMIC_RELEASE);
    } else if (before != CUDA_ERROR_DEVICE_UNAVAILABLE) {
        log_tell("the session with the GPU server is over: %s. Every CUDA call returns 46 from now on.", reason);
    }
    __atomic_store_n(&process.channel.dead, 1, __ATOMIC_RELEASE);
    receive_end(CUDA_ERROR_DEVICE_UNAVAILABLE);
}

/* Calls that come after exit has begun answer 4 at once; the server may take its time to tidy up. */
static void at_exit(void) {
    if (forked || process_local() != CUDA_SUCCESS) {
        return;
    }
    static const unsigned char reason[16] = {4, 0, 0, 0, 0, 0, 0, 0, 'e', 'x', 'i', 't'};
    CUresult before = process_session();
    /* before GOODBYE leaves: that the session ends then is no news to tell, however soon the server ends it */
    become(CUDA_ERROR_DEINITIALIZED, CUDA_ERROR_DEINITIALIZED);
    if (before != CUDA_ERROR_DEVICE_UNAVAILABLE) {
        (void)process_try_send(FRAME_GOODBYE, 0, reason, sizeof reason);
    }
    log_trace("%llu calls posted, %llu launches among them; %llu waits", (unsigned long long)process.posted,
              (unsigned long long)process.launches, (unsigned long long)process.waits);
}

/* In the child CUDA is over: nothing is sent, and the parent's rings are not mapped (MADV_DONTFORK). */
static void in_forked_child(void) {
    forked = true;
    become(CUDA_ERROR_NOT_INITIALIZED, CUDA_ERROR_NOT_INITIALIZED);
    channel_forget(&process.channel);
    receive_forget_all();
    thread_forget_others();
    (void)pthread_mutex_init(&process.order, NULL);
    (void)pthread_mutex_init(&process.slab, NULL);
    (void)pthread_mutex_init(&start_lock, NULL);
}

/* ---- sending control frames ---- */

static bool send_locked(uint16_t type, uint32_t thread, const void *body, uint32_t bytes) {
    uint32_t length = (uint32_t)sizeof(frame_header_t) + bytes;
    unsigned char *room = channel_up_reserve(&process.channel, length);
    if (room == NULL) {
        return false;
    }
    bool counted = type == FRAME_GOODBYE || type == FRAME_ABANDON || type == FRAME_CALLBACK_DONE || type == FRAME_COUNTS
                   || type == FRAME_MAPPED;
    frame_header_t header = {
        .length = length,
        .type = type,
        .thread = thread,
        .sequence = counted ? ++process.sequence : 0,
        .acknowledged = receive_processed(),
    };
    memcpy(room, &header, sizeof header);
    if (bytes > 0) {
        memcpy(room + sizeof header, body, bytes);
    }
    channel_up_publish(&process.channel, length);
    return true;
}

bool process_send(uint16_t type, const void *body, uint32_t bytes) {
    pthread_mutex_lock(&process.order);
    bool sent = send_locked(type, 0, body, bytes);
    pthread_mutex_unlock(&process.order);
    return sent;
}

bool process_send_counts(uint64_t counts[3]) {
    pthread_mutex_lock(&process.order);
    counts[0] = process.launches;
    counts[1] = process.posted;
    counts[2] = process.waits;
    bool sent = send_locked(FRAME_COUNTS, 0, counts, 3 * sizeof *counts);
    pthread_mutex_unlock(&process.order);
    return sent;
}

bool process_try_send(uint16_t type, uint32_t thread, const void *body, uint32_t bytes) {
    if (pthread_mutex_trylock(&process.order) != 0) {
        return false;
    }
    bool sent = channel_up_has_room(&process.channel, bytes + 2 * (uint32_t)sizeof(frame_header_t))
                && send_locked(type, thread, body, bytes);
    pthread_mutex_unlock(&process.order);
    return sent;
}

void process_abandon(uint32_t thread) {
    if (process_local() != CUDA_SUCCESS || process_session() != CUDA_SUCCESS) {
        return;
    }
    uint64_t body = thread;
    (void)process_send(FRAME_ABANDON, &body, sizeof body);
}

/* ---- the start ---- */

typedef struct hello {
    unsigned char *bytes;
    uint32_t position;
} hello_t;

static void hello_put(hello_t *hello, const void *value, uint32_t bytes) {
    if (hello->position + bytes + 8 <= HELLO_BYTES_MAX) {
        memcpy(hello->bytes + hello->position, value, bytes);
        hello->position += bytes;
    }
}

static void hello_put_text(hello_t *hello, const char *text) {
    uint64_t length = strnlen(text, STRING_BYTES_MAX);
    if (hello->position + 8 + length + 8 > HELLO_BYTES_MAX) {
        length = 0;
    }
    hello_put(hello, &length, sizeof length);
    hello_put(hello, text, (uint32_t)length);
    hello->position = (hello->position + 7) & ~7u;
}

static bool wanted_variable(const char *entry) {
    /* the socket's path and the client's identity are this machine's business */
    return strncmp(entry, "CUDA_", 5) == 0
           || (strncmp(entry, "PENSTOCK_", 9) == 0 && strncmp(entry, "PENSTOCK_SOCKET=", 16) != 0
               && strncmp(entry, "PENSTOCK_TOKEN=", 15) != 0);
}

static uint32_t write_hello(unsigned char *bytes) {
    hello_t hello = {.bytes = bytes};
    const uint32_t versions[2] = {PROTOCOL_VERSION_MIN, PROTOCOL_VERSION_MAX};
    hello_put(&hello, versions, sizeof versions);
    hello_put(&hello, spec_hash, sizeof spec_hash);
    hello_put_text(&hello, "");
    hello_put_text(&hello, program_invocation_short_name);
    const uint32_t who[2] = {(uint32_t)getpid(), (uint32_t)get_nprocs()};
    hello_put(&hello, who, sizeof who);
    uint64_t count = 0;
    uint32_t count_at = hello.position;
    hello_put(&hello, &count, sizeof count);
    for (char **entry = environ; entry != NULL && *entry != NULL && count < ENVIRONMENT_ENTRIES_MAX; entry++) {
        if (wanted_variable(*entry)) {
            hello_put_text(&hello, *entry);
            count++;
        }
    }
    memcpy(bytes + count_at, &count, sizeof count);
    return hello.position;
}

static CUresult read_welcome(call_t *call) {
    if (call->result != CUDA_SUCCESS) {
        return CUDA_ERROR_NO_DEVICE;
    }
    if (call->number == FRAME_REFUSED) {
        CUresult result = (CUresult)call_get_i32(call);
        uint64_t length = 0;
        const unsigned char *text = call_get_bytes(call, &length);
        log_tell("the GPU server refuses this program: %.*s", (int)length, text != NULL ? (const char *)text : "");
        return result == CUDA_SUCCESS ? CUDA_ERROR_NO_DEVICE : result;
    }
    if (!snapshot_read(&process.snapshot, call->reply, call->reply_bytes)) {
        log_tell("the GPU server's WELCOME cannot be read");
        return CUDA_ERROR_NO_DEVICE;
    }
    return process.snapshot.device_count > 0 ? CUDA_SUCCESS : CUDA_ERROR_NO_DEVICE;
}

static CUresult say_hello(void) {
    unsigned char *hello = calloc(1, HELLO_BYTES_MAX);
    if (hello == NULL) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    call_t call = {.number = 0, .result = CUDA_SUCCESS, .reply = NULL};
    receive_expect_welcome(&call);
    bool sent = process_send(FRAME_HELLO, hello, write_hello(hello));
    free(hello);
    if (!sent) {
        process_lose("the agent does not take HELLO");
        return CUDA_ERROR_NO_DEVICE;
    }
    receive_wait(&call);
    CUresult result = read_welcome(&call);
    call_end(&call);
    return result;
}

static int spin_microseconds(void) {
    const char *value = getenv("PENSTOCK_SPIN_US");
    if (value != NULL && value[0] != 0) {
        long asked = strtol(value, NULL, 10);
        return asked < 0 ? 0 : asked > 1000000 ? 1000000 : (int)asked;
    }
    cpu_set_t mine;
    int cores = sched_getaffinity(0, sizeof mine, &mine) == 0 ? CPU_COUNT(&mine) : get_nprocs();
    return cores >= SPIN_FROM_CORES ? SPIN_MICROSECONDS : cores > 1 ? GLANCE_MICROSECONDS : 0;
}

static CUresult start_locked(void) {
    const char *path = getenv("PENSTOCK_SOCKET");
    if (path == NULL || path[0] == 0) {
        log_trace("PENSTOCK_SOCKET is not set: no GPU. Run the program under `penstock run`.");
        return CUDA_ERROR_NO_DEVICE;
    }
    int error = channel_open(&process.channel, path, &channel_default_sizes);
    if (error != 0) {
        log_tell("cannot reach the penstock agent at %s: %s. Run the program under `penstock run`.", path,
                 strerror(error));
        return CUDA_ERROR_NO_DEVICE;
    }
    const char *sync = getenv("PENSTOCK_SYNC");
    process.posted_calls_wait = sync != NULL && sync[0] == '1';
    receive_init(spin_microseconds());
    __atomic_store_n(&process.remote, CUDA_SUCCESS, __ATOMIC_RELEASE);
    CUresult result = say_hello();
    if (result != CUDA_SUCCESS) {
        __atomic_store_n(&process.remote, CUDA_ERROR_NOT_INITIALIZED, __ATOMIC_RELEASE);
        channel_close(&process.channel);
        return result;
    }
    (void)pthread_atfork(NULL, NULL, in_forked_child);
    (void)atexit(at_exit);
    __atomic_store_n(&process.local, CUDA_SUCCESS, __ATOMIC_RELEASE);
    return CUDA_SUCCESS;
}

CUresult process_start(void) {
    if (forked) {
        return CUDA_ERROR_NOT_INITIALIZED;
    }
    pthread_mutex_lock(&start_lock);
    static CUresult failed; /* start_lock: a server that refused once is not asked again by this process */
    CUresult result = process_local();
    if (result == CUDA_ERROR_NOT_INITIALIZED) {
        result = failed != CUDA_SUCCESS ? failed : start_locked();
        failed = result;
    }
    pthread_mutex_unlock(&start_lock);
    return result;
}
