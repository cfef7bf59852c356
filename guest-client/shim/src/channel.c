#define _GNU_SOURCE
#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "limits.h"

enum {
    HANDSHAKE_MILLISECONDS = 10000,
    FULL_WAIT_MILLISECONDS = 50, /* how long a producer sleeps before it looks whether the agent still lives */
};

const channel_sizes_t channel_default_sizes = {
    .up_ring = RING_UP_BYTES,
    .down_ring = RING_DOWN_BYTES,
    .up_slab = SLAB_UP_BYTES,
    .down_slab = SLAB_DOWN_BYTES,
};

typedef struct channel_hello {
    char magic[8];
    uint32_t version;
    uint32_t memory;
    uint64_t bytes;
} channel_hello_t;

uint32_t *channel_word32(const channel_t *channel, uint32_t offset) {
    return (uint32_t *)(void *)(channel->base + offset);
}

uint64_t *channel_word64(const channel_t *channel, uint32_t offset) {
    return (uint64_t *)(void *)(channel->base + offset);
}

void futex_sleep(uint32_t *word, uint32_t value, int milliseconds, bool shared) {
    struct timespec limit = {.tv_sec = milliseconds / 1000, .tv_nsec = (long)(milliseconds % 1000) * 1000000};
    (void)syscall(SYS_futex, word, shared ? FUTEX_WAIT : FUTEX_WAIT_PRIVATE, value, &limit, NULL, 0);
}

void futex_wake(uint32_t *word, int threads, bool shared) {
    (void)syscall(SYS_futex, word, shared ? FUTEX_WAKE : FUTEX_WAKE_PRIVATE, threads, NULL, NULL, 0);
}

/* ---- opening ---- */

static int make_memory(channel_t *channel) {
    channel->memory = memfd_create("penstock-channel", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (channel->memory < 0) {
        return errno;
    }
    if (ftruncate(channel->memory, (off_t)channel->bytes) != 0
        || fcntl(channel->memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        return errno;
    }
    void *base = mmap(NULL, channel->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, channel->memory, 0);
    if (base == MAP_FAILED) {
        return errno;
    }
    channel->base = base;
    /* a forked child must neither see nor touch the parent's rings */
    (void)madvise(base, channel->bytes, MADV_DONTFORK);
    return 0;
}

static void lay_out(channel_t *channel) {
    const uint64_t sizes[4] = {channel->sizes.up_ring, channel->sizes.down_ring, channel->sizes.up_slab,
                               channel->sizes.down_slab};
    unsigned char **areas[4] = {&channel->up_ring, &channel->down_ring, &channel->up_slab, &channel->down_slab};
    uint64_t offset = CHANNEL_HEADER_BYTES;
    memcpy(channel->base, CHANNEL_MAGIC_TEXT, 8);
    *channel_word32(channel, 0x08) = CHANNEL_VERSION;
    *channel_word32(channel, 0x0c) = CHANNEL_HEADER_BYTES;
    for (uint32_t i = 0; i < 4; i++) {
        *channel_word64(channel, 0x10 + 16 * i) = offset;
        *channel_word64(channel, 0x18 + 16 * i) = sizes[i];
        *areas[i] = channel->base + offset;
        offset += sizes[i];
    }
}

static int connect_to(channel_t *channel, const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length >= sizeof address.sun_path) {
        return ENAMETOOLONG;
    }
    memcpy(address.sun_path, path, length + 1);
    channel->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (channel->socket < 0) {
        return errno;
    }
    while (connect(channel->socket, (struct sockaddr *)&address, sizeof address) != 0) {
        if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

static int shake_hands(channel_t *channel) {
    channel_hello_t hello = {.version = CHANNEL_VERSION, .memory = (uint32_t)channel->memory, .bytes = channel->bytes};
    memcpy(hello.magic, CHANNEL_MAGIC_TEXT, 8);
    if (send(channel->socket, &hello, sizeof hello, MSG_NOSIGNAL) != (ssize_t)sizeof hello) {
        return errno != 0 ? errno : EPROTO;
    }
    struct pollfd ready = {.fd = channel->socket, .events = POLLIN};
    int polled;
    do {
        polled = poll(&ready, 1, HANDSHAKE_MILLISECONDS);
    } while (polled < 0 && errno == EINTR);
    if (polled == 0) {
        return ETIMEDOUT;
    }
    unsigned char answer = 1;
    if (recv(channel->socket, &answer, 1, 0) != 1 || answer != 0) {
        return ECONNREFUSED;
    }
    return 0;
}

int channel_open(channel_t *channel, const char *path, const channel_sizes_t *sizes) {
    memset(channel, 0, sizeof *channel);
    channel->socket = -1;
    channel->memory = -1;
    channel->sizes = *sizes;
    channel->bytes = CHANNEL_HEADER_BYTES + sizes->up_ring + sizes->down_ring + sizes->up_slab + sizes->down_slab;
    int error = connect_to(channel, path);
    if (error == 0) {
        error = make_memory(channel);
    }
    if (error == 0) {
        lay_out(channel);
        error = shake_hands(channel);
    }
    if (error != 0) {
        channel_close(channel);
    }
    return error;
}

void channel_close(channel_t *channel) {
    if (channel->base != NULL) {
        (void)munmap(channel->base, channel->bytes);
        channel->base = NULL;
    }
    channel_forget(channel);
}

void channel_forget(channel_t *channel) {
    if (channel->socket >= 0) {
        (void)close(channel->socket);
        channel->socket = -1;
    }
    if (channel->memory >= 0) {
        (void)close(channel->memory);
        channel->memory = -1;
    }
}

/* ---- doorbells and death ---- */

void channel_ring(channel_t *channel) {
    static const unsigned char bell = 1;
    /* a full socket buffer means that bells enough are under way */
    (void)send(channel->socket, &bell, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool channel_alive(channel_t *channel) {
    unsigned char bells[256];
    for (;;) {
        ssize_t got = recv(channel->socket, bells, sizeof bells, MSG_DONTWAIT);
        if (got == (ssize_t)sizeof bells || (got < 0 && errno == EINTR)) {
            continue;
        }
        if (got == 0 || (got < 0 && errno != EAGAIN)) {
            __atomic_store_n(&channel->dead, 1, __ATOMIC_RELEASE);
            return false;
        }
        return true;
    }
}

static bool is_dead(const channel_t *channel) {
    return __atomic_load_n(&channel->dead, __ATOMIC_ACQUIRE) != 0;
}

static void wake_agent(channel_t *channel, uint32_t flag) {
    uint32_t *asleep = channel_word32(channel, flag);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(asleep, __ATOMIC_RELAXED) != 0 && __atomic_exchange_n(asleep, 0, __ATOMIC_ACQ_REL) != 0) {
        channel_ring(channel);
    }
}

/* ---- up ---- */

static bool up_has_room(channel_t *channel, uint64_t bytes) {
    if (channel->sizes.up_ring - (channel->up_tail - channel->up_head_seen) >= bytes) {
        return true;
    }
    uint64_t head = __atomic_load_n(channel_word64(channel, CHANNEL_UP_HEAD), __ATOMIC_ACQUIRE);
    if (head > channel->up_tail || head < channel->up_head_seen) {
        __atomic_store_n(&channel->dead, 1, __ATOMIC_RELEASE); /* the agent broke the ring's rules */
        return false;
    }
    channel->up_head_seen = head;
    return channel->sizes.up_ring - (channel->up_tail - head) >= bytes;
}

static bool up_wait_for_room(channel_t *channel, uint64_t bytes) {
    uint32_t *asleep = channel_word32(channel, CHANNEL_UP_PRODUCER_ASLEEP);
    while (!up_has_room(channel, bytes)) {
        if (is_dead(channel)) {
            return false;
        }
        wake_agent(channel, CHANNEL_UP_CONSUMER_ASLEEP);
        __atomic_store_n(asleep, 1, __ATOMIC_RELAXED);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        if (up_has_room(channel, bytes)) {
            break;
        }
        futex_sleep(asleep, 1, FULL_WAIT_MILLISECONDS, true);
        struct pollfd gone = {.fd = channel->socket, .events = POLLRDHUP};
        if (poll(&gone, 1, 0) > 0 && (gone.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0) {
            __atomic_store_n(&channel->dead, 1, __ATOMIC_RELEASE);
        }
    }
    __atomic_store_n(asleep, 0, __ATOMIC_RELAXED);
    return true;
}

unsigned char *channel_up_reserve(channel_t *channel, uint32_t bytes) {
    uint64_t mask = channel->sizes.up_ring - 1;
    uint64_t rest = channel->sizes.up_ring - (channel->up_tail & mask);
    uint64_t needed = bytes > rest ? rest + bytes : bytes;
    if (bytes > channel->sizes.up_ring / 2 || is_dead(channel)
        || (!up_has_room(channel, needed) && !up_wait_for_room(channel, needed))) {
        return NULL;
    }
    if (bytes > rest) {
        /* A frame never wraps: what is left of the ring becomes PAD. Eight bytes hold length and type; positions are
         * multiples of 8, so a PAD may be shorter than a header. */
        unsigned char *pad = channel->up_ring + (channel->up_tail & mask);
        frame_header_t header = {.length = (uint32_t)rest, .type = FRAME_PAD};
        memcpy(pad, &header, rest < sizeof header ? rest : sizeof header);
        channel->up_tail += rest;
    }
    return channel->up_ring + (channel->up_tail & mask);
}

bool channel_up_has_room(channel_t *channel, uint32_t bytes) {
    uint64_t rest = channel->sizes.up_ring - (channel->up_tail & (channel->sizes.up_ring - 1));
    return !is_dead(channel) && up_has_room(channel, bytes > rest ? rest + bytes : bytes);
}

void channel_up_publish(channel_t *channel, uint32_t bytes) {
    channel->up_tail += bytes;
    __atomic_store_n(channel_word64(channel, CHANNEL_UP_TAIL), channel->up_tail, __ATOMIC_RELEASE);
    wake_agent(channel, CHANNEL_UP_CONSUMER_ASLEEP);
}

/* ---- the up slab ---- */

static bool slab_has_room(channel_t *channel, uint64_t end) {
    uint64_t head = __atomic_load_n(channel_word64(channel, CHANNEL_UP_SLAB_HEAD), __ATOMIC_ACQUIRE);
    if (head > channel->slab_tail) {
        __atomic_store_n(&channel->dead, 1, __ATOMIC_RELEASE);
        return false;
    }
    return end - head <= channel->sizes.up_slab;
}

unsigned char *channel_slab_reserve(channel_t *channel, uint64_t bytes, uint64_t *position) {
    uint64_t size = channel->sizes.up_slab;
    uint64_t start = (channel->slab_tail + 63) & ~(uint64_t)63;
    if (bytes > size / 4) {
        return NULL;
    }
    if ((start & (size - 1)) + bytes > size) {
        start = (start + size - 1) & ~(size - 1);
    }
    uint32_t *asleep = channel_word32(channel, CHANNEL_UP_SLAB_PRODUCER_ASLEEP);
    while (!slab_has_room(channel, start + bytes)) {
        if (is_dead(channel)) {
            return NULL;
        }
        __atomic_store_n(asleep, 1, __ATOMIC_RELAXED);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        if (slab_has_room(channel, start + bytes)) {
            break;
        }
        futex_sleep(asleep, 1, FULL_WAIT_MILLISECONDS, true);
        struct pollfd gone = {.fd = channel->socket, .events = POLLRDHUP};
        if (poll(&gone, 1, 0) > 0 && (gone.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0) {
            __atomic_store_n(&channel->dead, 1, __ATOMIC_RELEASE);
        }
    }
    __atomic_store_n(asleep, 0, __ATOMIC_RELAXED);
    channel->slab_tail = start + bytes;
    *position = start;
    return channel->up_slab + (start & (size - 1));
}

/* ---- down ---- */

bool channel_down_empty(const channel_t *channel) {
    return __atomic_load_n(channel_word64(channel, CHANNEL_DOWN_TAIL), __ATOMIC_ACQUIRE)
           == __atomic_load_n(&channel->down_head, __ATOMIC_RELAXED);
}

static void down_advance(channel_t *channel, uint64_t bytes) {
    __atomic_store_n(&channel->down_head, channel->down_head + bytes, __ATOMIC_RELAXED); /* others ask whether it is empty */
    __atomic_store_n(channel_word64(channel, CHANNEL_DOWN_HEAD), channel->down_head, __ATOMIC_RELEASE);
    wake_agent(channel, CHANNEL_DOWN_PRODUCER_ASLEEP);
}

static enum channel_next down_broken(channel_t *channel) {
    __atomic_store_n(&channel->dead, 1, __ATOMIC_RELEASE);
    return CHANNEL_BROKEN;
}

enum channel_next channel_down_next(channel_t *channel, frame_header_t *header, const unsigned char **body) {
    for (;;) {
        uint64_t tail = __atomic_load_n(channel_word64(channel, CHANNEL_DOWN_TAIL), __ATOMIC_ACQUIRE);
        uint64_t available = tail - channel->down_head;
        if (available == 0) {
            return CHANNEL_EMPTY;
        }
        uint64_t index = channel->down_head & (channel->sizes.down_ring - 1);
        uint64_t rest = channel->sizes.down_ring - index;
        if (available > channel->sizes.down_ring || (available & 7) != 0) {
            return down_broken(channel);
        }
        memset(header, 0, sizeof *header);
        memcpy(header, channel->down_ring + index, rest < sizeof *header ? 8 : sizeof *header);
        uint64_t whole = ((uint64_t)header->length + 7) & ~(uint64_t)7;
        if (whole > available || whole > rest || whole < 8) {
            return down_broken(channel);
        }
        if (header->type == FRAME_PAD) {
            down_advance(channel, whole);
            continue;
        }
        if (header->length < sizeof *header || header->length > FRAME_BYTES_MAX) {
            return down_broken(channel);
        }
        *body = channel->down_ring + index + sizeof *header;
        return CHANNEL_FRAME;
    }
}

void channel_down_consume(channel_t *channel, const frame_header_t *header) {
    down_advance(channel, ((uint64_t)header->length + 7) & ~(uint64_t)7);
}

const unsigned char *channel_down_slab(const channel_t *channel, uint64_t position, uint64_t length) {
    uint64_t size = channel->sizes.down_slab;
    uint64_t index = position & (size - 1);
    return length > size || index + length > size ? NULL : channel->down_slab + index;
}

void channel_down_slab_release(channel_t *channel, uint64_t position, uint64_t length) {
    __atomic_store_n(channel_word64(channel, CHANNEL_DOWN_SLAB_HEAD), position + length, __ATOMIC_RELEASE);
    wake_agent(channel, CHANNEL_DOWN_SLAB_PRODUCER_ASLEEP);
}
