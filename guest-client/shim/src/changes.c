#define _GNU_SOURCE
#include "changes.h"

#include <string.h>

/* Unchanged bytes within a range cost less than a range of its own when they are few. */
enum { GAP_BYTES = 32 };

static uint64_t padded(uint64_t bytes) {
    return (bytes + 7) & ~(uint64_t)7;
}

static uint64_t mask_bytes(uint64_t bytes) {
    return padded((bytes + 7) / 8);
}

/* Where the range that begins with a changed byte ends. */
static uint64_t range_end(const unsigned char *now, const unsigned char *agreed, uint64_t from, uint64_t bytes) {
    uint64_t end = from + 1;
    for (uint64_t at = end; at < bytes && at - end < GAP_BYTES; at++) {
        if (now[at] != agreed[at]) {
            end = at + 1;
        }
    }
    return end;
}

static void put_range(changes_t *changes, uint64_t address, const unsigned char *now, const unsigned char *agreed,
                      uint64_t bytes) {
    unsigned char *range = changes->body + changes->length;
    unsigned char *mask = range + 16 + padded(bytes);
    uint32_t length = (uint32_t)(16 + padded(bytes) + mask_bytes(bytes));
    memset(range, 0, length);
    memcpy(range, &address, sizeof address);
    memcpy(range + 8, &bytes, sizeof bytes);
    memcpy(range + 16, now, bytes);
    for (uint64_t i = 0; i < bytes; i++) {
        mask[i / 8] |= (unsigned char)((now[i] != agreed[i]) << i % 8);
    }
    changes->length += length;
}

void changes_put(changes_t *changes, uint64_t address, const unsigned char *now, unsigned char *agreed, uint64_t bytes) {
    for (uint64_t at = 0; at < bytes; at++) {
        if (now[at] != agreed[at]) {
            uint64_t end = range_end(now, agreed, at, bytes);
            put_range(changes, address + at, now + at, agreed + at, end - at);
            memcpy(agreed + at, now + at, end - at);
            at = end;
        }
    }
}

bool changes_next(const unsigned char *body, uint32_t bytes, uint32_t *position, change_t *change) {
    const unsigned char *range = body + *position;
    uint64_t left = bytes - *position;
    if (left < 16) {
        return false;
    }
    memcpy(&change->address, range, sizeof change->address);
    memcpy(&change->length, range + 8, sizeof change->length);
    left -= 16;
    if (change->length > left || padded(change->length) + mask_bytes(change->length) > left) {
        return false;
    }
    change->bytes = range + 16;
    change->mask = change->bytes + padded(change->length);
    *position += (uint32_t)(16 + padded(change->length) + mask_bytes(change->length));
    return true;
}

void changes_apply(const change_t *change, unsigned char *to) {
    for (uint64_t i = 0; i < change->length; i++) {
        if ((change->mask[i / 8] >> i % 8 & 1) != 0) {
            to[i] = change->bytes[i];
        }
    }
}
