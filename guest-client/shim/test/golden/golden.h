/*
 * Holds generated stubs against the golden bytes: what a stub puts into its body, and what it makes of a reply.
 * The stubs and call.c are the real ones; the ring, the receiver and the handles are stood in for.
 */
#ifndef PENSTOCK_GOLDEN_H
#define PENSTOCK_GOLDEN_H

#include <stddef.h>
#include <stdint.h>

#include "prototypes.h"

/* The wire handle that the next handle_make gives. */
void golden_make(const unsigned char *wire);

/* The next call must have this number and body, and gets this reply. */
void golden_expect(const char *name, uint32_t number, const unsigned char *request, size_t request_bytes,
                   const unsigned char *reply, size_t reply_bytes);

/* The call is over: it must have succeeded and sent exactly one body. */
void golden_result(CUresult result);

/* What an out-parameter now holds. */
void golden_out(const char *parameter, const void *actual, const unsigned char *expected, size_t bytes);

/* 0 when everything held, for main to return. */
int golden_failures(void);

#endif
