/*
 * What a frame does when it arrives, and who is told. The half of receive.h that knows frames; receive.c knows threads.
 */
#ifndef PENSTOCK_RECEIVE_FRAMES_H
#define PENSTOCK_RECEIVE_FRAMES_H

#include <stdbool.h>

#include "call.h"

/* Takes what is in the ring; stops early once `call` (may be NULL) is done. Drain role. */
void frames_drain(const call_t *call);

/* Wakes a waiting thread that sleeps, so that it takes the drain role; false when none sleeps. */
bool frames_wake_waiting(void);

/* In a forked child. */
void frames_forget_all(void);

#endif
