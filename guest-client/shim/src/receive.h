/*
 * The way down: somebody always drains it, a waiting thread in its own interest or the receiver thread.
 * Control frames take effect strictly in their order; a DATA frame whose bytes are still under way holds back what
 * follows it, so that nothing that proves a copy done shows before the copy. A waiting copy's own bytes hold back its
 * own reply only.
 */
#ifndef PENSTOCK_RECEIVE_H
#define PENSTOCK_RECEIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "call.h"

/* Where the bytes of a payload down go. */
typedef struct payload {
    struct payload *next;
    uint64_t id;
    unsigned char *destination;
    uint64_t capacity;
    uint64_t received;
    uint64_t total;  /* UINT64_MAX until the control connection named it */
    call_t *waiting; /* the reply that waits for these bytes, if any */
    bool posted;     /* freed by the receiver when its DATA frame is done */
} payload_t;

void receive_init(int spin_microseconds);

/* The receiver thread; started at the first context, all signals blocked. Safe to call again. */
void receive_start_thread(void);

/* Before the call is published: its reply is expected. */
void receive_expect(call_t *call);
void receive_expect_welcome(call_t *call);

/* Waits until the reply is there (or the session is over: result set). */
void receive_wait(call_t *call);

/* Registers the destination of a payload down and gives its id. NULL without memory. A posted one belongs to the
 * receiver; another one to the caller, who calls receive_forget when its call has returned. */
payload_t *receive_into(void *destination, uint64_t capacity, bool posted);
void receive_forget(payload_t *payload);
/* A posted copy that was not sent after all. */
void receive_abandon(uint64_t id);

/* Copies to the host that have been posted and not yet arrived. */
uint64_t receive_outstanding(void);
/* Whether one of them writes into the range. */
bool receive_overlaps(const void *address, uint64_t bytes);

/* The session is over: every waiting call returns `result`. */
void receive_end(CUresult result);

/* Highest sequence of the server that has taken effect here. */
uint64_t receive_processed(void);

/* In a forked child: nothing is waited for, nobody drains. */
void receive_forget_all(void);

#endif
