/*
 * Bytes of mapped memory that have changed, as a MAPPED frame carries them (docs/protocol.md, section 2): ranges, each with
 * a bit a byte that says which of them changed. The others are the other side's and are left as they are there.
 */
#ifndef PENSTOCK_CHANGES_H
#define PENSTOCK_CHANGES_H

#include <stdbool.h>
#include <stdint.h>

enum {
    CHANGES_WINDOW_BYTES = 16 << 10, /* compared at a time */
    CHANGES_WINDOW_ROOM = CHANGES_WINDOW_BYTES + CHANGES_WINDOW_BYTES / 4, /* the most that one window's changes take */
    CHANGES_FRAME_BYTES = 64 << 10,
};

/* A frame's body being written. */
typedef struct changes {
    uint32_t length;
    _Alignas(8) unsigned char body[CHANGES_FRAME_BYTES];
} changes_t;

/* One range of a frame's body. */
typedef struct change {
    uint64_t address;
    uint64_t length;
    const unsigned char *bytes;
    const unsigned char *mask;
} change_t;

/* Appends what of a window differs from what both sides agreed on last, and makes it agreed. There must be room. */
void changes_put(changes_t *changes, uint64_t address, const unsigned char *now, unsigned char *agreed, uint64_t bytes);

/* The range at a position of a body, which moves on; false at the end, and with the position short of it where the body is
 * malformed. */
bool changes_next(const unsigned char *body, uint32_t bytes, uint32_t *position, change_t *change);

/* Writes a range's changed bytes. */
void changes_apply(const change_t *change, unsigned char *to);

#endif
