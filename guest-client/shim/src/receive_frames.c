#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "callback.h"
#include "context.h"
#include "counts.h"
#include "event.h"
#include "log.h"
#include "mapped.h"
#include "process.h"
#include "receive.h"
#include "receive_frames.h"
#include "thread.h"

enum {
    ACK_AFTER_FRAMES = 256,
    ACK_AFTER_BYTES = 1 << 20,
};

/* A control frame kept back behind a DATA frame whose bytes are under way. */
typedef struct deferred {
    struct deferred *next;
    frame_header_t header;
    unsigned char body[];
} deferred_t;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static call_t *waiting;              /* lock */
static call_t *welcome;              /* lock */
static payload_t *payloads;          /* lock */
static bool ended;                   /* lock */
static CUresult end_result;          /* lock */
static uint64_t outstanding;         /* atomic: posted payloads not yet arrived */
static deferred_t *first;            /* drain role */
static deferred_t **last = &first;   /* drain role */
static uint32_t unacknowledged;      /* drain role: frames since the last ACK */
static uint64_t unacknowledged_bytes; /* drain role */
static uint64_t processed;           /* atomic */

uint64_t receive_processed(void) {
    return __atomic_load_n(&processed, __ATOMIC_ACQUIRE);
}

uint64_t receive_outstanding(void) {
    return __atomic_load_n(&outstanding, __ATOMIC_ACQUIRE);
}

/* ---- waking ---- */

static void finish(call_t *call) {
    if (__atomic_exchange_n(&call->done, CALL_DONE, __ATOMIC_ACQ_REL) == CALL_ASLEEP) {
        futex_wake(&call->done, 1, false);
    }
}

static void unlink_waiting(call_t *call) {
    for (call_t **at = &waiting; *at != NULL; at = &(*at)->next) {
        if (*at == call) {
            *at = call->next;
            return;
        }
    }
}

void receive_expect(call_t *call) {
    pthread_mutex_lock(&lock);
    call->done = CALL_WAITING;
    if (ended) {
        call->result = end_result;
        call->done = CALL_DONE;
    } else {
        call->next = waiting;
        waiting = call;
    }
    pthread_mutex_unlock(&lock);
}

void receive_expect_welcome(call_t *call) {
    pthread_mutex_lock(&lock);
    call->done = CALL_WAITING;
    call->sequence = 0;
    welcome = call;
    call->next = waiting;
    waiting = call;
    pthread_mutex_unlock(&lock);
}

void receive_end(CUresult result) {
    pthread_mutex_lock(&lock);
    ended = true;
    end_result = result;
    while (waiting != NULL) {
        call_t *call = waiting;
        waiting = call->next;
        call->result = result;
        finish(call);
    }
    welcome = NULL;
    for (payload_t *payload = payloads; payload != NULL; payload = payload->next) {
        payload->waiting = NULL;
    }
    pthread_mutex_unlock(&lock);
    if (process.channel.base != NULL) {
        uint32_t *asleep = channel_word32(&process.channel, CHANNEL_DOWN_WAITER_ASLEEP);
        __atomic_store_n(asleep, 0, __ATOMIC_RELEASE);
        futex_wake(asleep, 1, true);
    }
}

/* A waiting thread that sleeps is woken to take the drain role. */
bool frames_wake_waiting(void) {
    bool woken = false;
    pthread_mutex_lock(&lock);
    for (call_t *call = waiting; call != NULL && !woken; call = call->next) {
        uint32_t asleep = CALL_ASLEEP;
        woken = __atomic_compare_exchange_n(&call->done, &asleep, CALL_WAITING, false, __ATOMIC_ACQ_REL,
                                            __ATOMIC_RELAXED);
        if (woken) {
            futex_wake(&call->done, 1, false);
        }
    }
    pthread_mutex_unlock(&lock);
    return woken;
}

/* ---- payloads ---- */

payload_t *receive_into(void *destination, uint64_t capacity, bool posted) {
    payload_t *payload = calloc(1, sizeof *payload);
    if (payload == NULL) {
        return NULL;
    }
    payload->id = process_payload_id();
    payload->destination = destination;
    payload->capacity = capacity;
    payload->total = UINT64_MAX;
    payload->posted = posted;
    pthread_mutex_lock(&lock);
    payload->next = payloads;
    payloads = payload;
    pthread_mutex_unlock(&lock);
    if (posted) {
        (void)__atomic_add_fetch(&outstanding, 1, __ATOMIC_ACQ_REL);
    }
    return payload;
}

static void remove_payload(payload_t *payload) {
    for (payload_t **at = &payloads; *at != NULL; at = &(*at)->next) {
        if (*at == payload) {
            *at = payload->next;
            break;
        }
    }
    if (payload->posted) {
        (void)__atomic_sub_fetch(&outstanding, 1, __ATOMIC_ACQ_REL);
    }
    free(payload);
}

void receive_forget(payload_t *payload) {
    pthread_mutex_lock(&lock);
    remove_payload(payload);
    pthread_mutex_unlock(&lock);
}

static payload_t *find_payload(uint64_t id) {
    payload_t *payload = payloads;
    while (payload != NULL && payload->id != id) {
        payload = payload->next;
    }
    return payload;
}

void receive_abandon(uint64_t id) {
    pthread_mutex_lock(&lock);
    payload_t *payload = find_payload(id);
    if (payload != NULL) {
        remove_payload(payload);
    }
    pthread_mutex_unlock(&lock);
}

bool receive_overlaps(const void *address, uint64_t bytes) {
    uintptr_t from = (uintptr_t)address;
    bool overlaps = false;
    pthread_mutex_lock(&lock);
    for (const payload_t *payload = payloads; payload != NULL && !overlaps; payload = payload->next) {
        uintptr_t to = (uintptr_t)payload->destination;
        overlaps = payload->posted && from < to + payload->capacity && to < from + bytes;
    }
    pthread_mutex_unlock(&lock);
    return overlaps;
}

/* A reply whose bytes are all there is shown. Under the lock. */
static void show_if_complete(payload_t *payload) {
    call_t *call = payload->waiting;
    if (call != NULL && payload->received >= payload->total) {
        payload->waiting = NULL;
        unlink_waiting(call);
        finish(call);
    }
}

static const char *take_chunk(const unsigned char *body, uint32_t bytes) {
    uint64_t field[4]; /* id, offset, position, length */
    if (bytes < sizeof field) {
        return "a PAYLOAD frame is too short";
    }
    memcpy(field, body, sizeof field);
    const unsigned char *chunk = channel_down_slab(&process.channel, field[2], field[3]);
    if (chunk == NULL) {
        return "a PAYLOAD frame points outside the slab";
    }
    const char *error = NULL;
    pthread_mutex_lock(&lock);
    payload_t *payload = find_payload(field[0]);
    if (payload != NULL) { /* bytes for a copy that has failed meanwhile fall away */
        if (field[1] > payload->capacity || field[3] > payload->capacity - field[1]) {
            error = "a payload is larger than was asked for";
        } else {
            memcpy(payload->destination + field[1], chunk, field[3]);
            payload->received += field[3];
            show_if_complete(payload);
        }
    }
    pthread_mutex_unlock(&lock);
    channel_down_slab_release(&process.channel, field[2], field[3]);
    return error;
}

/* ---- control frames, in order ---- */

enum outcome { TAKEN, BEHIND, BAD };

static CUresult keep_reply(call_t *call, const unsigned char *outs, uint32_t bytes) {
    call->reply = call->inline_reply;
    if (bytes > sizeof call->inline_reply) {
        call->reply = malloc(bytes);
        if (call->reply == NULL) {
            call->reply = call->inline_reply;
            call->reply_bytes = 0;
            return CUDA_ERROR_OUT_OF_MEMORY;
        }
    }
    memcpy(call->reply, outs, bytes);
    call->reply_bytes = bytes;
    return CUDA_SUCCESS;
}

static call_t *find_waiting(uint64_t sequence) {
    call_t *call = waiting;
    while (call != NULL && call->sequence != sequence) {
        call = call->next;
    }
    return call;
}

static enum outcome take_reply(const unsigned char *body, uint32_t bytes) {
    if (bytes < 16) {
        return BAD;
    }
    pthread_mutex_lock(&lock);
    call_t *call = find_waiting(u64_at(body, 0));
    if (call != NULL) {
        CUresult result = (CUresult)u32_at(body, 8);
        CUresult kept = keep_reply(call, body + 16, bytes - 16);
        call->result = result == CUDA_SUCCESS ? kept : result;
        payload_t *payload = call->payload;
        bool under_way = false;
        if (payload != NULL && result == CUDA_SUCCESS && bytes >= 32 && u64_at(body, 24) != 0) {
            payload->total = u64_at(body, 16);
            under_way = payload->received < payload->total;
            payload->waiting = under_way ? call : NULL;
        }
        if (!under_way) {
            unlink_waiting(call);
            finish(call);
        }
    }
    pthread_mutex_unlock(&lock);
    return TAKEN; /* a reply that nobody waits for is no fault: its call may have been abandoned */
}

static enum outcome take_welcome(uint16_t type, const unsigned char *body, uint32_t bytes) {
    pthread_mutex_lock(&lock);
    call_t *call = welcome;
    welcome = NULL;
    if (call != NULL) {
        call->number = type;
        call->result = keep_reply(call, body, bytes);
        unlink_waiting(call);
        finish(call);
    }
    pthread_mutex_unlock(&lock);
    return call != NULL ? TAKEN : BAD;
}

static enum outcome take_data(const unsigned char *body, uint32_t bytes) {
    if (bytes < 32) {
        return BAD;
    }
    uint64_t total = u64_at(body, 16);
    bool follows_inline = u64_at(body, 24) == 0;
    enum outcome outcome = TAKEN;
    pthread_mutex_lock(&lock);
    payload_t *payload = find_payload(u64_at(body, 0));
    if (payload != NULL && u32_at(body, 8) == 0) {
        if (total > payload->capacity || (follows_inline && total > bytes - 32)) {
            outcome = BAD;
        } else if (follows_inline) {
            memcpy(payload->destination, body + 32, total);
        } else if (payload->received < total) {
            outcome = BEHIND;
        }
    }
    if (payload != NULL && outcome == TAKEN) {
        remove_payload(payload);
    }
    pthread_mutex_unlock(&lock);
    return outcome;
}

static enum outcome take_failed(const frame_header_t *header, const unsigned char *body, uint32_t bytes) {
    if (bytes < 32) {
        return BAD;
    }
    CUresult result = (CUresult)u32_at(body, 12);
    uint64_t length = u64_at(body, 24);
    if (length > bytes - 32) {
        return BAD;
    }
    log_failed(call_name(u32_at(body, 8)), u64_at(body, 0), result, (const char *)body + 32, (int)length);
    if (u32_at(body, 16) == 0) {
        thread_fail(header->thread, result);
    } else if (header->context != 0) {
        context_fail(header->context, result);
    } else {
        process_stick(result);
    }
    return TAKEN;
}

static enum outcome take_output(const unsigned char *body, uint32_t bytes) {
    uint64_t length = bytes < 16 ? UINT64_MAX : u64_at(body, 8);
    if (length == UINT64_MAX || length > bytes - 16) {
        return BAD;
    }
    log_output(u32_at(body, 0) == 2 ? STDERR_FILENO : STDOUT_FILENO, body + 16, length);
    return TAKEN;
}

static enum outcome take_frame(const frame_header_t *header, const unsigned char *body) {
    uint32_t bytes = header->length - (uint32_t)sizeof *header;
    if (header->type >= FRAME_CALLS) {
        return (header->flags & FRAME_FLAG_REPLY) != 0 ? take_reply(body, bytes) : BAD;
    }
    switch (header->type) {
    case FRAME_WELCOME:
    case FRAME_REFUSED:
        return take_welcome(header->type, body, bytes);
    case FRAME_FAILED:
        return take_failed(header, body, bytes);
    case FRAME_EVENT:
        if (bytes < 24) {
            return BAD;
        }
        event_completed(u64_at(body, 0), u64_at(body, 8), (CUresult)u32_at(body, 16));
        return TAKEN;
    case FRAME_OUTPUT:
        return take_output(body, bytes);
    case FRAME_CALLBACK:
        if (bytes < 8) {
            return BAD;
        }
        callback_due(u64_at(body, 0));
        return TAKEN;
    case FRAME_DATA:
        return take_data(body, bytes);
    case FRAME_MAPPED:
        return mapped_take(body, bytes) ? TAKEN : BAD;
    case FRAME_COUNTS:
        return bytes < 24 ? BAD : (counts_compare(u64_at(body, 0)), TAKEN);
    case FRAME_GOODBYE: {
        uint64_t length = bytes < 8 ? UINT64_MAX : u64_at(body, 0);
        char reason[200] = "the server ended the session";
        if (length < sizeof reason && length <= bytes - 8 && length > 0) {
            memcpy(reason, body + 8, length);
            reason[length] = 0;
        }
        process_lose(reason);
        return TAKEN;
    }
    case FRAME_PING:
        (void)process_try_send(FRAME_PONG, 0, body, bytes & ~7u);
        return TAKEN;
    case FRAME_ACK:
    case FRAME_PONG:
        return TAKEN;
    default:
        return BAD;
    }
}

static void took(const frame_header_t *header) {
    if (header->sequence > __atomic_load_n(&processed, __ATOMIC_RELAXED)) {
        __atomic_store_n(&processed, header->sequence, __ATOMIC_RELEASE);
    }
    unacknowledged++;
    unacknowledged_bytes += header->length;
    if ((unacknowledged >= ACK_AFTER_FRAMES || unacknowledged_bytes >= ACK_AFTER_BYTES)
        && process_try_send(FRAME_ACK, 0, NULL, 0)) {
        unacknowledged = 0;
        unacknowledged_bytes = 0;
    }
}

static enum outcome defer(const frame_header_t *header, const unsigned char *body) {
    uint32_t bytes = header->length - (uint32_t)sizeof *header;
    deferred_t *entry = malloc(sizeof *entry + bytes);
    if (entry == NULL) {
        return BAD;
    }
    entry->next = NULL;
    entry->header = *header;
    memcpy(entry->body, body, bytes);
    *last = entry;
    last = &entry->next;
    return TAKEN;
}

static enum outcome take_deferred(void) {
    while (first != NULL) {
        enum outcome outcome = take_frame(&first->header, first->body);
        if (outcome != TAKEN) {
            return outcome;
        }
        deferred_t *entry = first;
        first = entry->next;
        if (first == NULL) {
            last = &first;
        }
        took(&entry->header);
        free(entry);
    }
    return TAKEN;
}

/* One frame out of the ring. Drain role. */
static enum outcome take_next(const frame_header_t *header, const unsigned char *body) {
    if (header->type == FRAME_PAYLOAD) {
        const char *error = take_chunk(body, header->length - (uint32_t)sizeof *header);
        if (error != NULL) {
            process_lose(error);
            return TAKEN;
        }
        return take_deferred() == BAD ? BAD : TAKEN;
    }
    if (first != NULL) {
        return defer(header, body);
    }
    enum outcome outcome = take_frame(header, body);
    if (outcome == TAKEN) {
        took(header);
    }
    return outcome == BEHIND ? defer(header, body) : outcome;
}

void frames_drain(const call_t *call) {
    frame_header_t header;
    const unsigned char *body = NULL;
    while (call == NULL || __atomic_load_n(&call->done, __ATOMIC_ACQUIRE) != CALL_DONE) {
        enum channel_next next = channel_down_next(&process.channel, &header, &body);
        if (next == CHANNEL_EMPTY) {
            return;
        }
        if (next == CHANNEL_BROKEN || take_next(&header, body) == BAD) {
            process_lose("the agent sent a frame that breaks the protocol");
            return;
        }
        channel_down_consume(&process.channel, &header);
    }
}

void frames_forget_all(void) {
    (void)pthread_mutex_init(&lock, NULL);
    waiting = NULL;
    welcome = NULL;
    payloads = NULL;
    ended = true;
    end_result = CUDA_ERROR_NOT_INITIALIZED;
}
