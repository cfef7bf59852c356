/*
 * Words for people, on standard error: "penstock: …". Refusals and losses are told once; the rest only with PENSTOCK_LOG.
 */
#ifndef PENSTOCK_LOG_H
#define PENSTOCK_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "prototypes.h"

/* Always told. */
void log_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Told when PENSTOCK_LOG is set and not "0". */
void log_trace(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool log_tracing(void);

/* A call that is not supported: once for each name. */
void log_refused(const char *call, CUresult result, const char *why);

/* A posted call has failed on the server. */
void log_failed(const char *call, uint64_t sequence, CUresult result, const char *text, int length);

/* Text that a kernel printed, as it is. */
void log_output(int descriptor, const unsigned char *text, uint64_t length);

/* The library that holds a code address, for messages. */
const char *log_library(const void *address);

#endif
