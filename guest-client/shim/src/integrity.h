/*
 * The keyed hash that cudart asks for before it works with a libcuda; see docs/decisions for why we answer it.
 * Written from the facts alone: HMAC (RFC 2104) over MD2 (RFC 1319).
 */
#ifndef PENSTOCK_INTEGRITY_H
#define PENSTOCK_INTEGRITY_H

#include <stddef.h>
#include <stdint.h>

typedef struct integrity_device {
    unsigned char uuid[16];
    int32_t domain;
    int32_t bus;
    int32_t device;
} integrity_device_t;

typedef struct integrity_question {
    uint32_t driver_version;
    uint32_t version; /* what cudart passed */
    uint32_t process;
    uint32_t thread; /* low half of pthread_self() */
    uint64_t runtime_table;
    uint64_t integrity_table;
    uint64_t function;
    uint64_t seconds;
} integrity_question_t;

_Static_assert(sizeof(integrity_question_t) == 48, "hashed as it lies");
_Static_assert(sizeof(integrity_device_t) == 28, "hashed as it lies");

void md2(const void *bytes, size_t count, unsigned char digest[16]);

void integrity_answer(const integrity_question_t *question, const integrity_device_t *devices, size_t count,
                      uint64_t answer[2]);

#endif
