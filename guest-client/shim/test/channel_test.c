/* The rings themselves, over small memory, with this test as the other end. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel.h"

enum { RING = 1024, SLAB = 4096 };

typedef struct end {
    channel_t channel;
    int other;
} end_t;

static int open_channel(void **state) {
    end_t *end = calloc(1, sizeof *end);
    int sockets[2];
    assert_non_null(end);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    channel_t *channel = &end->channel;
    channel->socket = sockets[0];
    channel->memory = -1;
    channel->sizes = (channel_sizes_t){RING, RING, SLAB, SLAB};
    channel->bytes = CHANNEL_HEADER_BYTES + 2 * RING + 2 * SLAB;
    channel->base = aligned_alloc(4096, 16384);
    assert_non_null(channel->base);
    memset(channel->base, 0, 16384);
    channel->up_ring = channel->base + CHANNEL_HEADER_BYTES;
    channel->down_ring = channel->up_ring + RING;
    channel->up_slab = channel->down_ring + RING;
    channel->down_slab = channel->up_slab + SLAB;
    end->other = sockets[1];
    *state = end;
    return 0;
}

static int close_channel(void **state) {
    end_t *end = *state;
    free(end->channel.base);
    (void)close(end->channel.socket);
    (void)close(end->other);
    free(end);
    return 0;
}

static uint64_t *word(end_t *end, uint32_t offset) {
    return channel_word64(&end->channel, offset);
}

static void push_up(end_t *end, uint32_t bytes, uint16_t type) {
    unsigned char *room = channel_up_reserve(&end->channel, bytes);
    assert_non_null(room);
    const frame_header_t header = {.length = bytes, .type = type};
    memcpy(room, &header, sizeof header);
    channel_up_publish(&end->channel, bytes);
}

/* Takes one frame as an agent would; PAD is skipped. */
static frame_header_t take_up(end_t *end) {
    for (;;) {
        uint64_t *head = word(end, CHANNEL_UP_HEAD);
        assert_true(*head < *word(end, CHANNEL_UP_TAIL));
        frame_header_t header = {0};
        uint64_t index = *head & (RING - 1);
        memcpy(&header, end->channel.up_ring + index, RING - index < sizeof header ? 8 : sizeof header);
        assert_true(header.length >= 8 && index + header.length <= RING);
        *head += header.length;
        if (header.type != FRAME_PAD) {
            return header;
        }
    }
}

static void frames_never_wrap(void **state) {
    end_t *end = *state;
    for (uint16_t i = 1; i < 500; i++) {
        uint32_t bytes = 32 + 8 * (i % 37);
        push_up(end, bytes, i);
        frame_header_t header = take_up(end);
        assert_int_equal(header.type, i);
        assert_int_equal(header.length, bytes);
    }
}

static void a_bell_rings_only_for_a_sleeper(void **state) {
    end_t *end = *state;
    unsigned char bell = 0;
    push_up(end, 32, 1);
    assert_true(recv(end->other, &bell, 1, MSG_DONTWAIT) < 0);
    *channel_word32(&end->channel, CHANNEL_UP_CONSUMER_ASLEEP) = 1;
    push_up(end, 32, 2);
    push_up(end, 32, 3);
    assert_int_equal(recv(end->other, &bell, 1, MSG_DONTWAIT), 1);
    assert_true(recv(end->other, &bell, 1, MSG_DONTWAIT) < 0);
    assert_int_equal(*channel_word32(&end->channel, CHANNEL_UP_CONSUMER_ASLEEP), 0);
}

static void *take_later(void *argument) {
    end_t *end = argument;
    (void)usleep(30000);
    (void)take_up(end);
    __atomic_store_n(channel_word32(&end->channel, CHANNEL_UP_PRODUCER_ASLEEP), 0, __ATOMIC_RELEASE);
    futex_wake(channel_word32(&end->channel, CHANNEL_UP_PRODUCER_ASLEEP), 1, true);
    return NULL;
}

static void a_full_ring_waits_for_the_agent(void **state) {
    end_t *end = *state;
    pthread_t thread;
    push_up(end, 512, 1);
    push_up(end, 512, 2);
    assert_false(channel_up_has_room(&end->channel, 32));
    assert_int_equal(pthread_create(&thread, NULL, take_later, end), 0);
    push_up(end, 256, 3);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(take_up(end).type, 2);
    assert_int_equal(take_up(end).type, 3);
}

static void a_full_ring_notices_death(void **state) {
    end_t *end = *state;
    push_up(end, 512, 1);
    push_up(end, 512, 2);
    (void)shutdown(end->other, SHUT_RDWR);
    assert_null(channel_up_reserve(&end->channel, 32));
    assert_null(channel_up_reserve(&end->channel, 32));
}

static void an_agent_that_moves_its_head_too_far_is_cut_off(void **state) {
    end_t *end = *state;
    push_up(end, 512, 1);
    push_up(end, 512, 2);
    *word(end, CHANNEL_UP_HEAD) = 1 << 20;
    assert_null(channel_up_reserve(&end->channel, 32));
    assert_int_equal(end->channel.dead, 1);
}

static void slab_chunks_never_wrap(void **state) {
    end_t *end = *state;
    for (int i = 0; i < 300; i++) {
        uint64_t bytes = (uint64_t)(1 + i * 37 % (SLAB / 4));
        uint64_t position = 0;
        unsigned char *chunk = channel_slab_reserve(&end->channel, bytes, &position);
        assert_non_null(chunk);
        assert_true((position & (SLAB - 1)) + bytes <= SLAB);
        assert_ptr_equal(chunk, end->channel.up_slab + (position & (SLAB - 1)));
        *word(end, CHANNEL_UP_SLAB_HEAD) = position + bytes;
    }
    uint64_t position = 0;
    assert_null(channel_slab_reserve(&end->channel, SLAB / 4 + 1, &position));
}

/* ---- down: whatever the other end writes, nothing outside the frame is read ---- */

static void put_down(end_t *end, uint64_t at, uint32_t length, uint16_t type) {
    const frame_header_t header = {.length = length, .type = type};
    memcpy(end->channel.down_ring + (at & (RING - 1)), &header, 8);
}

static void broken_frames_end_the_channel(void **state) {
    end_t *end = *state;
    static const struct {
        uint64_t head, tail;
        uint32_t length;
        uint16_t type;
    } cases[] = {
        {0, 32, 31, 256},       /* shorter than a header */
        {0, 32, 40, 256},       /* longer than what was published */
        {0, 32, 0, 256},        /* nothing */
        {0, 32, 0, FRAME_PAD},  /* PAD that goes nowhere */
        {0, 12, 32, 256},       /* a tail that is no multiple of 8 */
        {0, 4096, 32, 256},     /* more than the ring holds */
        {1000, 1064, 64, 256},  /* wraps */
        {8, 0, 32, 256},        /* a tail behind the head */
        {0, 32, UINT32_MAX, 256},
        {0, 32, UINT32_MAX, FRAME_PAD},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        frame_header_t header;
        const unsigned char *body = NULL;
        end->channel.dead = 0;
        end->channel.down_head = cases[i].head;
        *word(end, CHANNEL_DOWN_TAIL) = cases[i].tail;
        put_down(end, cases[i].head, cases[i].length, cases[i].type);
        assert_int_equal(channel_down_next(&end->channel, &header, &body), CHANNEL_BROKEN);
        assert_int_equal(end->channel.dead, 1);
    }
}

static void short_pads_are_skipped(void **state) {
    end_t *end = *state;
    frame_header_t header;
    const unsigned char *body = NULL;
    end->channel.down_head = RING - 8;
    put_down(end, RING - 8, 8, FRAME_PAD);
    put_down(end, RING, 40, 300);
    *word(end, CHANNEL_DOWN_TAIL) = RING + 40;
    assert_int_equal(channel_down_next(&end->channel, &header, &body), CHANNEL_FRAME);
    assert_int_equal(header.type, 300);
    assert_ptr_equal(body, end->channel.down_ring + 32);
    channel_down_consume(&end->channel, &header);
    assert_true(channel_down_empty(&end->channel));
    assert_true(*word(end, CHANNEL_DOWN_HEAD) == RING + 40);
}

/* Random rings: every frame that is accepted lies inside the ring. */
static void random_rings_stay_inside(void **state) {
    end_t *end = *state;
    srand(1);
    for (int round = 0; round < 20000; round++) {
        for (int i = 0; i < RING; i += 4) {
            uint32_t noise = rand() % 4 == 0 ? (uint32_t)rand() : (uint32_t)(rand() % 12) * 8;
            memcpy(end->channel.down_ring + i, &noise, sizeof noise);
        }
        end->channel.dead = 0;
        end->channel.down_head = (uint64_t)(rand() % 256) * 8;
        *word(end, CHANNEL_DOWN_TAIL) = end->channel.down_head + (uint64_t)(rand() % 140) * 8;
        frame_header_t header;
        const unsigned char *body = NULL;
        while (channel_down_next(&end->channel, &header, &body) == CHANNEL_FRAME) {
            const unsigned char *ring = end->channel.down_ring;
            assert_true(body >= ring && body + (header.length - sizeof header) <= ring + RING);
            channel_down_consume(&end->channel, &header);
        }
    }
}

static void slab_chunks_down_are_checked(void **state) {
    end_t *end = *state;
    assert_non_null(channel_down_slab(&end->channel, 0, SLAB));
    assert_non_null(channel_down_slab(&end->channel, (uint64_t)SLAB * 1000 + 64, SLAB - 64));
    assert_null(channel_down_slab(&end->channel, 64, SLAB));
    assert_null(channel_down_slab(&end->channel, 0, SLAB + 1));
    assert_null(channel_down_slab(&end->channel, UINT64_MAX, UINT64_MAX));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_channel, close_channel)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(frames_never_wrap),
        TEST(a_bell_rings_only_for_a_sleeper),
        TEST(a_full_ring_waits_for_the_agent),
        TEST(a_full_ring_notices_death),
        TEST(an_agent_that_moves_its_head_too_far_is_cut_off),
        TEST(slab_chunks_never_wrap),
        TEST(broken_frames_end_the_channel),
        TEST(short_pads_are_skipped),
        TEST(random_rings_stay_inside),
        TEST(slab_chunks_down_are_checked),
    };
    return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
