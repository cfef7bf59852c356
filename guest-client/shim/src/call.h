/*
 * One call from the program to the server: the interface that generated stubs and hand-written calls share.
 *
 *     call_t call;
 *     CUresult r = call_begin(&call, CALL_cuMemAlloc_v2, CALL_WAITS, 8);
 *     if (r != CUDA_SUCCESS) return r;
 *     call_put_u64(&call, bytesize);
 *     r = call_wait(&call);
 *     if (r == CUDA_SUCCESS) *dptr = call_get_u64(&call);
 *     call_end(&call);
 *     return r;
 *
 * Between call_begin and call_wait or call_post the calling thread holds the process's order lock: it puts bytes and
 * does nothing else. When call_begin fails nothing is held and nothing must be ended.
 * Bodies follow docs/protocol.md section 1: little-endian, aligned relative to the body's start, a multiple of 8 long.
 */
#ifndef PENSTOCK_CALL_H
#define PENSTOCK_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "prototypes.h"

enum call_kind {
    CALL_WAITS,  /* the server replies; call_wait */
    CALL_POSTED, /* no reply; call_post (which waits all the same under PENSTOCK_SYNC=1) */
    CALL_SYNCS,  /* as CALL_WAITS, and also the place where the thread hears of failed posted calls although it has outs */
};

enum call_done { CALL_WAITING, CALL_DONE, CALL_ASLEEP };

enum { CALL_INLINE_REPLY_BYTES = 256 };

typedef struct call {
    /* the body being written, in the up ring (order lock held) */
    unsigned char *body;
    uint32_t capacity;
    uint32_t position;
    uint32_t number;
    enum call_kind kind;
    uint64_t sequence;

    /* the reply (owned by the drainer until done, then by the caller) */
    struct call *next;
    struct payload *payload; /* where the reply's bytes go when they travel apart; set before it is waited for */
    unsigned char *reply;    /* inline_reply or malloc */
    uint32_t reply_bytes;
    uint32_t reply_position;
    CUresult result;
    uint32_t done; /* futex word, enum call_done */
    _Alignas(8) unsigned char inline_reply[CALL_INLINE_REPLY_BYTES];
} call_t;

/* Checks the process's state, sends what has changed in mapped memory, takes the order lock and reserves room for a body of at most body_bytes. */
CUresult call_begin(call_t *call, uint32_t number, enum call_kind kind, uint64_t body_bytes);

/* Publishes, releases the lock and waits for the reply; the result is the server's. Follow with call_end. */
CUresult call_wait(call_t *call);

/* Publishes and releases the lock. Nothing to end. */
CUresult call_post(call_t *call);

/* As call_post under PENSTOCK_SYNC=1, and the reply stays to be read. Follow with call_end. */
CUresult call_post_and_wait(call_t *call);

/* Frees the reply. */
void call_end(call_t *call);

void call_put_i32(call_t *call, int32_t value);
void call_put_u32(call_t *call, uint32_t value);
void call_put_f32(call_t *call, float value);
void call_put_i64(call_t *call, int64_t value);
void call_put_u64(call_t *call, uint64_t value);
void call_put_f64(call_t *call, double value);
void call_put_handle(call_t *call, uint64_t wire);
/* u64 0 for NULL, else u64 1; the value follows by its own put. Returns whether it follows. */
bool call_put_present(call_t *call, const void *pointer);
/* a fixed-size struct in its C layout, padded to 8 */
void call_put_struct(call_t *call, const void *value, uint64_t bytes);
/* u64 element count, then the elements, padded to 8 */
void call_put_array(call_t *call, const void *elements, uint64_t count, uint64_t element_bytes);
void call_put_bytes(call_t *call, const void *bytes, uint64_t count);
void call_put_string(call_t *call, const char *text);

/* Room for bytes that the caller writes itself, padded to 8. */
unsigned char *call_room(call_t *call, uint64_t bytes);

/* Room a value takes in a body whose position is already a multiple of 8. */
static inline uint64_t call_padded(uint64_t bytes) {
    return (bytes + 7) & ~(uint64_t)7;
}

/* Out-parameters, in the order of the spec. Reading past the reply's end ends the session and gives zeroes. */
int32_t call_get_i32(call_t *call);
uint32_t call_get_u32(call_t *call);
float call_get_f32(call_t *call);
int64_t call_get_i64(call_t *call);
uint64_t call_get_u64(call_t *call);
double call_get_f64(call_t *call);
uint64_t call_get_handle(call_t *call);
void call_get_struct(call_t *call, void *value, uint64_t bytes);
/* Copies at most capacity elements; returns the count that came. */
uint64_t call_get_array(call_t *call, void *elements, uint64_t capacity, uint64_t element_bytes);
/* The bytes stay in the reply until call_end. */
const unsigned char *call_get_bytes(call_t *call, uint64_t *count);

/* Names of calls, for messages ("cuMemAlloc_v2"); generated. */
const char *call_name(uint32_t number);

/* A call that is refused: logged once, returns result. */
CUresult call_refused(const char *name, CUresult result, const char *why);

#endif
