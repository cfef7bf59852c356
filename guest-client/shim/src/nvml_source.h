/*
 * Where libnvidia-ml.so.1 gets its answers: one connection to the agent, one snapshot of the lease's GPUs a question,
 * kept for a moment (docs/protocol.md section 4.1). Reconnects in a forked child.
 */
#ifndef PENSTOCK_NVML_SOURCE_H
#define PENSTOCK_NVML_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

enum { SOURCE_TEXT_MAX = 256 << 10, SOURCE_VALUE_MAX = 256, SOURCE_KEY_MAX = 64, SOURCE_LIST_MAX = 4 << 10 };

/* Connects; false with no agent or no answer. */
bool source_open(void);
void source_close(void);

/* GPUs of the lease; -1 when the agent is gone. */
int source_count(void);

/* The value of a key: of the system (device -1) or of a device. False when it is not known. */
bool source_text(int device, const char *key, char *value, size_t room);
bool source_number(int device, const char *key, unsigned long long *value);

/* The same over a text, for tests: the value's place and length, or NULL. */
const char *source_find(const char *text, int device, const char *key, size_t *length);

#endif
