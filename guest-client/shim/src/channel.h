/*
 * The local channel to the agent: a Unix socket for connect, death and doorbell, and one sealed memfd that holds two
 * rings and two slabs. docs/protocol.md section 4 is its law; the offsets below are that table.
 *
 * Threads: everything named channel_up_* is called under the order lock; everything named channel_down_* by whoever
 * holds the drain role; channel_slab_* under the slab lock. The rest is safe from any thread.
 */
#ifndef PENSTOCK_CHANNEL_H
#define PENSTOCK_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "limits.h"

enum {
    CHANNEL_VERSION = 1,

    CHANNEL_UP_HEAD = 0x100,
    CHANNEL_UP_TAIL = 0x140,
    CHANNEL_UP_CONSUMER_ASLEEP = 0x180,
    CHANNEL_UP_PRODUCER_ASLEEP = 0x1c0,
    CHANNEL_DOWN_HEAD = 0x200,
    CHANNEL_DOWN_TAIL = 0x240,
    CHANNEL_DOWN_RECEIVER_ASLEEP = 0x280,
    CHANNEL_DOWN_WAITER_ASLEEP = 0x2c0,
    CHANNEL_DOWN_PRODUCER_ASLEEP = 0x300,
    CHANNEL_UP_SLAB_HEAD = 0x340,
    CHANNEL_UP_SLAB_PRODUCER_ASLEEP = 0x380,
    CHANNEL_DOWN_SLAB_HEAD = 0x3c0,
    CHANNEL_DOWN_SLAB_PRODUCER_ASLEEP = 0x400,
};

#define CHANNEL_MAGIC_TEXT "PNSTCHAN"

enum frame_type {
    FRAME_PAD = 0,
    FRAME_HELLO = 1,
    FRAME_WELCOME = 2,
    FRAME_REFUSED = 3,
    FRAME_PAYLOAD = 4,
    FRAME_ACK = 5,
    FRAME_FAILED = 6,
    FRAME_EVENT = 7,
    FRAME_OUTPUT = 8,
    FRAME_PING = 9,
    FRAME_PONG = 10,
    FRAME_GOODBYE = 11,
    FRAME_ABANDON = 12,
    FRAME_CALLBACK = 13,
    FRAME_CALLBACK_DONE = 14,
    FRAME_COUNTS = 15,
    FRAME_DATA = 16,
    FRAME_MAPPED = 17,
    FRAME_CALLS = 256, /* call numbers begin here */
};

enum { FRAME_FLAG_REPLY = 1, FRAME_FLAG_WANTS_REPLY = 2 };

typedef struct frame_header {
    uint32_t length;
    uint16_t type;
    uint16_t flags;
    uint32_t thread;
    uint32_t context;
    uint64_t sequence;
    uint64_t acknowledged;
} frame_header_t;

_Static_assert(sizeof(frame_header_t) == 32, "frame header is 32 bytes on the wire");

/* Sizes of the four areas; powers of two. */
typedef struct channel_sizes {
    uint64_t up_ring;
    uint64_t down_ring;
    uint64_t up_slab;
    uint64_t down_slab;
} channel_sizes_t;

typedef struct channel {
    unsigned char *base;
    uint64_t bytes;
    int socket;
    int memory;
    channel_sizes_t sizes;
    unsigned char *up_ring;
    unsigned char *down_ring;
    unsigned char *up_slab;
    unsigned char *down_slab;

    uint64_t up_tail;      /* order lock: next byte to write */
    uint64_t up_head_seen; /* order lock: last head read */
    uint64_t down_head;    /* drain role: next byte to read */
    uint64_t slab_tail;    /* slab lock: next byte to hand out */
    uint32_t dead;         /* any thread, atomic: the peer is gone or broke the rules */
} channel_t;

extern const channel_sizes_t channel_default_sizes;

/* Connects, makes the memfd and waits for the agent's byte. 0, or an errno with everything closed again. */
int channel_open(channel_t *channel, const char *path, const channel_sizes_t *sizes);

/* Unmaps and closes. */
void channel_close(channel_t *channel);

/* For the child of a fork: closes the descriptors, sends nothing, leaves the parent's memory alone. */
void channel_forget(channel_t *channel);

/* Room for a frame of `bytes` (a multiple of 8, header included), contiguous, waiting for the agent when the ring is
 * full. NULL when the peer is dead. */
unsigned char *channel_up_reserve(channel_t *channel, uint32_t bytes);

/* Whether a frame of `bytes` finds room at once. */
bool channel_up_has_room(channel_t *channel, uint32_t bytes);

/* Makes the next `bytes` (at most what was reserved) visible and wakes the agent when it sleeps. */
void channel_up_publish(channel_t *channel, uint32_t bytes);

/* Contiguous slab room of `bytes` (≤ a quarter of the slab); its position for the PAYLOAD frame. NULL when dead. */
unsigned char *channel_slab_reserve(channel_t *channel, uint64_t bytes, uint64_t *position);

enum channel_next { CHANNEL_EMPTY, CHANNEL_FRAME, CHANNEL_BROKEN };

/* The next frame down: its header, copied and checked, and its body, still in the ring. Skips PAD. */
enum channel_next channel_down_next(channel_t *channel, frame_header_t *header, const unsigned char **body);

/* Releases the frame that channel_down_next gave. */
void channel_down_consume(channel_t *channel, const frame_header_t *header);

bool channel_down_empty(const channel_t *channel);

/* A chunk of the down slab, or NULL when the position or length cannot be; release it when copied. */
const unsigned char *channel_down_slab(const channel_t *channel, uint64_t position, uint64_t length);
void channel_down_slab_release(channel_t *channel, uint64_t position, uint64_t length);

/* One byte on the socket. */
void channel_ring(channel_t *channel);

/* Reads the doorbells away; false when the peer has closed. Never blocks. */
bool channel_alive(channel_t *channel);

/* Shared words. */
uint32_t *channel_word32(const channel_t *channel, uint32_t offset);
uint64_t *channel_word64(const channel_t *channel, uint32_t offset);

/* Sleeps while *word == value, at most `milliseconds`. */
void futex_sleep(uint32_t *word, uint32_t value, int milliseconds, bool shared);
void futex_wake(uint32_t *word, int threads, bool shared);

#endif
