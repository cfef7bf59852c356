/* Numbers out of bytes that lie anywhere. */
#ifndef PENSTOCK_BYTES_H
#define PENSTOCK_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint32_t u32_at(const unsigned char *body, uint32_t offset) {
    uint32_t value;
    memcpy(&value, body + offset, sizeof value);
    return value;
}

static inline uint64_t u64_at(const unsigned char *body, uint32_t offset) {
    uint64_t value;
    memcpy(&value, body + offset, sizeof value);
    return value;
}

#endif
