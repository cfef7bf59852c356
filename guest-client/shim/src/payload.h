/*
 * Bytes that travel up with a call: inline when few, else as chunks in the up slab that precede the call's frame.
 */
#ifndef PENSTOCK_PAYLOAD_H
#define PENSTOCK_PAYLOAD_H

#include <stdint.h>

#include "call.h"

typedef struct upload {
    const void *bytes;
    uint64_t count;
    uint64_t id; /* 0: inline */
} upload_t;

/* Puts the chunks into the slab and announces them; called before call_begin, so that the order lock is not held while
 * bytes are copied. */
CUresult upload_begin(upload_t *upload, const void *bytes, uint64_t count);

/* Bytes the payload takes in the call's body. */
uint64_t upload_body_bytes(const upload_t *upload);

/* u64 length, u64 id, and the bytes when inline. */
void upload_put(call_t *call, const upload_t *upload);

#endif
