#include "golden.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "channel.h"
#include "handle.h"
#include "log.h"
#include "mapped.h"
#include "process.h"
#include "receive.h"
#include "thread.h"

enum { RING_BYTES = 1 << 16, FEWEST_CALLS = 150 };

static _Alignas(8) unsigned char ring[RING_BYTES];
static const char *name;
static uint32_t number;
static const unsigned char *request;
static size_t request_bytes;
static const unsigned char *reply;
static size_t reply_bytes;
static uint64_t next_handle;
static int published;
static int calls;
static int failures;
static int failures_before; /* when the present call began */

static void fail(const char *what, const void *actual, const void *expected, size_t bytes) {
    const unsigned char *texts[] = {expected, actual};
    printf("%s: %s differs\n", name, what);
    for (int i = 0; i < 2; i++) {
        printf(i == 0 ? "  expected " : "  actual   ");
        for (size_t j = 0; j < bytes; j++) {
            printf("%02x", texts[i][j]);
        }
        printf("\n");
    }
    failures++;
}

void golden_make(const unsigned char *wire) {
    memcpy(&next_handle, wire, sizeof next_handle);
}

/* One line a call, as cmocka prints it, once the next one begins or all are over. */
static void tell(void) {
    if (name != NULL) {
        printf("[%s ] %s\n", failures > failures_before ? "  FAILED " : "       OK", name);
    }
    failures_before = failures;
}

void golden_expect(const char *call, uint32_t call_number, const unsigned char *body, size_t body_bytes,
                   const unsigned char *answer, size_t answer_bytes) {
    tell();
    name = call;
    number = call_number;
    request = body;
    request_bytes = body_bytes;
    reply = answer;
    reply_bytes = answer_bytes;
    published = 0;
    calls++;
}

void golden_result(CUresult result) {
    if (result != CUDA_SUCCESS || published != 1) {
        printf("%s: result %d after %d bodies\n", name, (int)result, published);
        failures++;
    }
}

void golden_out(const char *parameter, const void *actual, const unsigned char *expected, size_t bytes) {
    if (memcmp(actual, expected, bytes) != 0) {
        fail(parameter, actual, expected, bytes);
    }
}

int golden_failures(void) {
    tell();
    printf("golden bytes: %d calls, %d failures\n", calls, failures);
    return failures > 0 || calls < FEWEST_CALLS;
}

/* ---- stand-ins for the ring and the receiver ---- */

process_t process = {.order = PTHREAD_MUTEX_INITIALIZER, .slab = PTHREAD_MUTEX_INITIALIZER};
static thread_t thread = {.number = 1};

unsigned char *channel_up_reserve(channel_t *channel, uint32_t length) {
    (void)channel;
    memset(ring, 0xee, sizeof ring);
    return length <= sizeof ring ? ring : NULL;
}

void channel_up_publish(channel_t *channel, uint32_t length) {
    (void)channel;
    frame_header_t header;
    memcpy(&header, ring, sizeof header);
    size_t bytes = length - sizeof header;
    published++;
    if (header.type != number || header.length != length || bytes != request_bytes) {
        printf("%s: type %u, %zu bytes; expected %u, %zu bytes\n", name, header.type, bytes, number, request_bytes);
        failures++;
    } else if (memcmp(ring + sizeof header, request, bytes) != 0) {
        fail("request", ring + sizeof header, request, bytes);
    }
}

void receive_expect(call_t *call) {
    call->reply = NULL;
}

void receive_wait(call_t *call) {
    call->reply = malloc(reply_bytes + 1);
    if (call->reply == NULL) {
        abort();
    }
    memcpy(call->reply, reply, reply_bytes);
    call->reply_bytes = (uint32_t)reply_bytes;
    call->result = CUDA_SUCCESS;
}

uint64_t receive_processed(void) {
    return 0;
}

thread_t *thread_self(void) {
    return &thread;
}

CUresult thread_take_failure(thread_t *self) {
    (void)self;
    return CUDA_SUCCESS;
}

void process_lose(const char *reason) {
    printf("%s: %s\n", name, reason);
    failures++;
}

void log_refused(const char *call, CUresult result, const char *why) {
    printf("%s: refused with %d: %s\n", call, (int)result, why);
}

void log_tell(const char *format, ...) {
    va_list values;
    va_start(values, format);
    vprintf(format, values);
    va_end(values);
    printf("\n");
}

/* ---- stand-ins for the handles: a pointer is its wire form ---- */

CUresult handle_in(enum handle_kind kind, const void *pointer, uint64_t *wire) {
    (void)kind;
    *wire = (uintptr_t)pointer;
    return CUDA_SUCCESS;
}

CUresult handle_in_nullable(enum handle_kind kind, const void *pointer, uint64_t *wire) {
    return handle_in(kind, pointer, wire);
}

CUresult handle_array_in(enum handle_kind kind, const void *pointers, uint64_t count, uint64_t *wires) {
    (void)kind;
    memcpy(wires, pointers, count * sizeof *wires);
    return CUDA_SUCCESS;
}

void *handle_make(enum handle_kind kind, uint64_t *wire) {
    (void)kind;
    *wire = next_handle;
    return (void *)(uintptr_t)next_handle; /* NOLINT: a handle is a number here */
}

void *handle_out(enum handle_kind kind, uint64_t wire) {
    (void)kind;
    return (void *)(uintptr_t)wire; /* NOLINT: a handle is a number here */
}

void handle_drop(const void *pointer) {
    (void)pointer;
}

/* ---- no memory is pinned ---- */

uint64_t memory_pinned_from = UINT64_MAX;
uint64_t memory_pinned_to;
uint64_t mapped_bytes;

CUresult mapped_use_pinned(const char *call, uint64_t address, bool *mapped) {
    (void)call;
    (void)address;
    (void)mapped;
    return CUDA_SUCCESS;
}

/* What is allocated where is not this program's concern. */
CUresult memory_reaches(uint64_t address, uint64_t bytes) {
    (void)address;
    (void)bytes;
    return CUDA_SUCCESS;
}

/* No context is lost here. */
CUresult context_failure_of_current(void) {
    return CUDA_SUCCESS;
}

void mapped_send(void) {}
