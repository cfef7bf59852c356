#define _GNU_SOURCE
#include "call.h"

#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "limits.h"
#include "log.h"
#include "mapped.h"
#include "process.h"
#include "receive.h"
#include "thread.h"

/* ---- begin, wait, post ---- */

/* Whether what the program has written into mapped memory must be on the server before the call: all but those that map. */
static bool sees_mapped(uint32_t number) {
    return mapped_any() && number != CALL_cuMemHostRegister_v2 && number != CALL_cuMemHostUnregister;
}

/* Whether the call makes, keeps or ends a context that it names: another one that is current and lost is no obstacle. */
static bool is_about_contexts(uint32_t number) {
    switch (number) {
    case CALL_cuCtxCreate_v2:
    case CALL_cuCtxDestroy_v2:
    case CALL_cuDevicePrimaryCtxRetain:
    case CALL_cuDevicePrimaryCtxRelease_v2:
    case CALL_cuDevicePrimaryCtxReset_v2:
    case CALL_cuDevicePrimaryCtxSetFlags_v2:
        return true;
    default:
        return false;
    }
}

CUresult call_begin(call_t *call, uint32_t number, enum call_kind kind, uint64_t body_bytes) {
    CUresult result = is_about_contexts(number) ? process_session() : process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    uint64_t length = sizeof(frame_header_t) + call_padded(body_bytes);
    if (length > FRAME_BYTES_MAX) {
        log_tell("%s needs a frame of %llu bytes; the limit is %u", call_name(number), (unsigned long long)length,
                 (unsigned)FRAME_BYTES_MAX);
        return CUDA_ERROR_INVALID_VALUE;
    }
    (void)thread_self(); /* made before the lock is held */
    if (sees_mapped(number)) {
        mapped_send();
    }
    pthread_mutex_lock(&process.order);
    unsigned char *room = channel_up_reserve(&process.channel, (uint32_t)length);
    if (room == NULL) {
        pthread_mutex_unlock(&process.order);
        process_lose("the agent is gone");
        return process_session();
    }
    call->body = room + sizeof(frame_header_t);
    call->capacity = (uint32_t)(length - sizeof(frame_header_t));
    call->position = 0;
    call->number = number;
    call->kind = kind;
    call->payload = NULL;
    call->reply = NULL;
    call->reply_bytes = 0;
    call->reply_position = 0;
    call->result = CUDA_SUCCESS;
    return CUDA_SUCCESS;
}

static void pad_to(call_t *call, uint32_t alignment) {
    while (call->position % alignment != 0 && call->position < call->capacity) {
        call->body[call->position++] = 0;
    }
}

static void publish(call_t *call, const thread_t *thread, uint16_t flags) {
    pad_to(call, 8);
    frame_header_t header = {
        .length = (uint32_t)sizeof header + call->position,
        .type = (uint16_t)call->number,
        .flags = flags,
        .thread = thread->number,
        .context = thread->context,
        .sequence = call->sequence,
        .acknowledged = receive_processed(),
    };
    memcpy(call->body - sizeof header, &header, sizeof header);
    channel_up_publish(&process.channel, header.length);
}

static void publish_and_expect(call_t *call, const thread_t *thread, uint16_t flags) {
    call->sequence = ++process.sequence;
    process.waits++;
    receive_expect(call);
    publish(call, thread, flags);
    pthread_mutex_unlock(&process.order);
    receive_wait(call);
}

CUresult call_wait(call_t *call) {
    thread_t *thread = thread_self();
    publish_and_expect(call, thread, 0);
    if (call->result == CUDA_ERROR_NOT_SUPPORTED) {
        log_refused(call_name(call->number), call->result, "The GPU server's driver cannot do it, or not for this.");
    }
    /* An answer that carries something is not thrown away for an older call's failure: that stays latched. */
    if (call->result == CUDA_SUCCESS && (call->reply_bytes == 0 || call->kind == CALL_SYNCS)) {
        call->result = thread_take_failure(thread);
    }
    return call->result;
}

CUresult call_post_and_wait(call_t *call) {
    process.posted++;
    publish_and_expect(call, thread_self(), FRAME_FLAG_WANTS_REPLY);
    return call->result;
}

CUresult call_post(call_t *call) {
    if (process.posted_calls_wait) {
        CUresult result = call_post_and_wait(call);
        call_end(call);
        return result;
    }
    process.posted++;
    call->sequence = ++process.sequence;
    publish(call, thread_self(), 0);
    pthread_mutex_unlock(&process.order);
    return CUDA_SUCCESS;
}

void call_end(call_t *call) {
    if (call->reply != NULL && call->reply != call->inline_reply) {
        free(call->reply);
    }
    call->reply = NULL;
}

CUresult call_refused(const char *name, CUresult result, const char *why) {
    CUresult state = process_local();
    if (state != CUDA_SUCCESS) {
        return state;
    }
    log_refused(name, result, why);
    return result;
}

/* ---- writing ---- */

static unsigned char *room_for(call_t *call, uint64_t bytes, uint32_t alignment) {
    pad_to(call, alignment);
    if (bytes > call->capacity - call->position) {
        log_tell("bug: %s writes past the %u bytes it asked for", call_name(call->number), call->capacity);
        abort(); /* going on would overwrite the next frame */
    }
    unsigned char *room = call->body + call->position;
    call->position += (uint32_t)bytes;
    return room;
}

unsigned char *call_room(call_t *call, uint64_t bytes) {
    unsigned char *room = room_for(call, bytes, 8);
    pad_to(call, 8);
    return room;
}

void call_put_u32(call_t *call, uint32_t value) {
    memcpy(room_for(call, sizeof value, 4), &value, sizeof value);
}

void call_put_i32(call_t *call, int32_t value) {
    call_put_u32(call, (uint32_t)value);
}

void call_put_f32(call_t *call, float value) {
    memcpy(room_for(call, sizeof value, 4), &value, sizeof value);
}

void call_put_u64(call_t *call, uint64_t value) {
    memcpy(room_for(call, sizeof value, 8), &value, sizeof value);
}

void call_put_i64(call_t *call, int64_t value) {
    call_put_u64(call, (uint64_t)value);
}

void call_put_f64(call_t *call, double value) {
    memcpy(room_for(call, sizeof value, 8), &value, sizeof value);
}

void call_put_handle(call_t *call, uint64_t wire) {
    call_put_u64(call, wire);
}

bool call_put_present(call_t *call, const void *pointer) {
    call_put_u64(call, pointer != NULL);
    return pointer != NULL;
}

void call_put_struct(call_t *call, const void *value, uint64_t bytes) {
    memcpy(room_for(call, bytes, 8), value, bytes);
    pad_to(call, 8);
}

void call_put_array(call_t *call, const void *elements, uint64_t count, uint64_t element_bytes) {
    call_put_u64(call, count);
    if (count > 0) {
        memcpy(room_for(call, count * element_bytes, 8), elements, count * element_bytes);
        pad_to(call, 8);
    }
}

void call_put_bytes(call_t *call, const void *bytes, uint64_t count) {
    call_put_array(call, bytes, count, 1);
}

void call_put_string(call_t *call, const char *text) {
    call_put_array(call, text, strlen(text), 1);
}

/* ---- reading ---- */

static const unsigned char *next_out(call_t *call, uint64_t bytes, uint32_t alignment) {
    uint32_t start = (call->reply_position + alignment - 1) & ~(alignment - 1);
    if (start > call->reply_bytes || bytes > call->reply_bytes - start) {
        process_lose("a reply is shorter than its call's results");
        call->reply_position = call->reply_bytes;
        return NULL;
    }
    call->reply_position = start + (uint32_t)bytes;
    return call->reply + start;
}

uint32_t call_get_u32(call_t *call) {
    uint32_t value = 0;
    const unsigned char *from = next_out(call, sizeof value, 4);
    if (from != NULL) {
        memcpy(&value, from, sizeof value);
    }
    return value;
}

int32_t call_get_i32(call_t *call) {
    return (int32_t)call_get_u32(call);
}

uint64_t call_get_u64(call_t *call) {
    uint64_t value = 0;
    const unsigned char *from = next_out(call, sizeof value, 8);
    if (from != NULL) {
        memcpy(&value, from, sizeof value);
    }
    return value;
}

int64_t call_get_i64(call_t *call) {
    return (int64_t)call_get_u64(call);
}

uint64_t call_get_handle(call_t *call) {
    return call_get_u64(call);
}

float call_get_f32(call_t *call) {
    float value;
    uint32_t bits = call_get_u32(call);
    memcpy(&value, &bits, sizeof value);
    return value;
}

double call_get_f64(call_t *call) {
    double value;
    uint64_t bits = call_get_u64(call);
    memcpy(&value, &bits, sizeof value);
    return value;
}

void call_get_struct(call_t *call, void *value, uint64_t bytes) {
    const unsigned char *from = next_out(call, bytes, 8);
    if (from != NULL) {
        memcpy(value, from, bytes);
    } else {
        memset(value, 0, bytes);
    }
}

uint64_t call_get_array(call_t *call, void *elements, uint64_t capacity, uint64_t element_bytes) {
    uint64_t count = call_get_u64(call);
    const unsigned char *from = count > call->reply_bytes / element_bytes ? NULL : next_out(call, count * element_bytes, 8);
    if (from == NULL) {
        return 0;
    }
    memcpy(elements, from, (count < capacity ? count : capacity) * element_bytes);
    return count;
}

const unsigned char *call_get_bytes(call_t *call, uint64_t *count) {
    *count = call_get_u64(call);
    const unsigned char *from = *count > call->reply_bytes ? NULL : next_out(call, *count, 8);
    if (from == NULL) {
        *count = 0;
    }
    return from;
}
