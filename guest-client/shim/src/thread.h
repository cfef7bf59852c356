/*
 * What the driver keeps for each thread of the program: its number on the wire, its stack of current contexts, its
 * capture mode and the one failure of a posted call it has not heard of yet.
 * Owned by its thread, except `pending`, which the drainer sets.
 */
#ifndef PENSTOCK_THREAD_H
#define PENSTOCK_THREAD_H

#include <stdint.h>

#include "prototypes.h"

typedef struct thread {
    struct thread *next; /* list of living threads, under the list's lock */
    uint32_t number;     /* from 1, never reused */
    uint32_t pending;    /* atomic: result of a failed posted call, 0 when none */
    uint32_t context;    /* handle index of the stack's top, 0 when empty: what frames carry */
    int32_t capture_mode;
    uint32_t depth;
    uint32_t capacity;
    CUcontext *stack;
} thread_t;

/* The calling thread's record, made on first use. */
thread_t *thread_self(void);

/* Latches the failure of a posted call of that thread; only the first stays. */
void thread_fail(uint32_t number, CUresult result);

/* Takes the latched failure away: CUDA_SUCCESS when there is none. */
CUresult thread_take_failure(thread_t *thread);

/* The stack. Top is NULL when empty. Push fails only without memory. */
CUcontext thread_context(const thread_t *thread);
CUresult thread_push(thread_t *thread, CUcontext context);
CUcontext thread_pop(thread_t *thread);

/* Takes a destroyed context off this thread's top. */
void thread_drop_context(thread_t *thread, CUcontext context);

/* In a forked child only the calling thread lives on. */
void thread_forget_others(void);

#endif
