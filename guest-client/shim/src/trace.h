/*
 * A trace of the program's calls, a line each in the file that PENSTOCK_CALL_TRACE names (`penstock run --trace`): when the call
 * ended, process and thread, its name and arguments, its result, and how long it took. Off, it costs a call one look at a flag.
 */
#ifndef PENSTOCK_TRACE_H
#define PENSTOCK_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "types.h"

/* An argument as a number: addresses, handles and integers as they are; nothing else is passed to a call by value. */
#define TRACE_VALUE(argument) \
    _Generic((argument), float: (uint64_t)0, double: (uint64_t)0, default: trace_bits(&(argument), sizeof(argument)))

/* Set before the program's main function runs, never changed. */
extern bool trace_on;

/* The first eight bytes of a value. */
uint64_t trace_bits(const void *value, uint64_t bytes);

/* Nanoseconds of the monotonic clock. */
uint64_t trace_now(void);

/* Writes the line of a call that began at the given moment and has ended now; errno stays. */
void trace_call(const char *name, const uint64_t *values, unsigned count, CUresult result, uint64_t began);

#endif
