#define _GNU_SOURCE
#include "fake_agent.h"
#include "fake_folder.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "limits.h"
#include "prototypes.h"
#include "snapshot.h"

static uint64_t *word64(fake_agent_t *agent, uint32_t offset) {
    return (uint64_t *)(void *)(agent->base + offset);
}

static uint32_t *word32(fake_agent_t *agent, uint32_t offset) {
    return (uint32_t *)(void *)(agent->base + offset);
}

static void fail(const char *what) {
    perror(what);
    abort();
}

/* ---- down ---- */

static void wake_program(fake_agent_t *agent) {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_exchange_n(word32(agent, CHANNEL_DOWN_WAITER_ASLEEP), 0, __ATOMIC_ACQ_REL) != 0) {
        futex_wake(word32(agent, CHANNEL_DOWN_WAITER_ASLEEP), 1, true);
    }
    if (__atomic_exchange_n(word32(agent, CHANNEL_DOWN_RECEIVER_ASLEEP), 0, __ATOMIC_ACQ_REL) != 0) {
        (void)send(agent->socket, "!", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
}

static void push_in(fake_agent_t *agent, uint32_t context, uint16_t type, uint16_t flags, uint32_t thread,
                    const void *body, uint32_t bytes) {
    uint64_t size = agent->area[1][1];
    uint64_t whole = (sizeof(frame_header_t) + bytes + 7) & ~(uint64_t)7;
    uint64_t rest = size - (agent->down_tail & (size - 1));
    uint64_t needed = whole > rest ? rest + whole : whole;
    while (size - (agent->down_tail - __atomic_load_n(word64(agent, CHANNEL_DOWN_HEAD), __ATOMIC_ACQUIRE)) < needed) {
        __atomic_store_n(word32(agent, CHANNEL_DOWN_PRODUCER_ASLEEP), 1, __ATOMIC_SEQ_CST);
        (void)poll(&(struct pollfd){.fd = agent->socket, .events = POLLIN}, 1, 1);
    }
    unsigned char *ring = agent->base + agent->area[1][0];
    if (whole > rest) {
        frame_header_t pad = {.length = (uint32_t)rest, .type = FRAME_PAD};
        memcpy(ring + (agent->down_tail & (size - 1)), &pad, rest < sizeof pad ? 8 : sizeof pad);
        agent->down_tail += rest;
    }
    bool counted = type >= FRAME_CALLS || (type >= FRAME_FAILED && type != FRAME_PING && type != FRAME_PONG);
    frame_header_t header = {.length = (uint32_t)sizeof header + bytes,
                             .type = type,
                             .flags = flags,
                             .thread = thread,
                             .context = context,
                             .sequence = counted ? ++agent->sequence : 0,
                             .acknowledged = agent->last_up_sequence};
    unsigned char *at = ring + (agent->down_tail & (size - 1));
    memcpy(at, &header, sizeof header);
    if (bytes > 0) {
        memcpy(at + sizeof header, body, bytes);
    }
    agent->down_tail += whole;
    __atomic_store_n(word64(agent, CHANNEL_DOWN_TAIL), agent->down_tail, __ATOMIC_RELEASE);
    wake_program(agent);
}

#define push(agent, ...) push_in(agent, 0, __VA_ARGS__)
static void reply(fake_agent_t *agent, const frame_header_t *to, uint32_t result, const void *outs, uint32_t bytes) {
    static unsigned char body[FRAME_BYTES_MAX];
    uint32_t told = fake_mapped_tell(agent, body);
    if (told > 0) {
        push(agent, FRAME_MAPPED, 0, 0, body, told);
    }
    memset(body, 0, 16);
    memcpy(body, &to->sequence, 8);
    memcpy(body + 8, &result, 4);
    if (bytes > 0) {
        memcpy(body + 16, outs, bytes);
    }
    push(agent, to->type, FRAME_FLAG_REPLY, to->thread, body, 16 + bytes);
}

static void push_payload(fake_agent_t *agent, uint64_t id, const unsigned char *from, uint64_t bytes) {
    enum { CHUNK = 256 << 10 };
    uint64_t size = agent->area[3][1];
    for (uint64_t at = 0; at < bytes;) {
        uint64_t count = bytes - at < CHUNK ? bytes - at : CHUNK;
        uint64_t start = (agent->down_slab_tail + 63) & ~(uint64_t)63;
        if ((start & (size - 1)) + count > size) {
            start = (start + size - 1) & ~(size - 1);
        }
        while (start + count - __atomic_load_n(word64(agent, CHANNEL_DOWN_SLAB_HEAD), __ATOMIC_ACQUIRE) > size) {
            (void)usleep(50);
        }
        memcpy(agent->base + agent->area[3][0] + (start & (size - 1)), from + at, count);
        agent->down_slab_tail = start + count;
        const uint64_t field[4] = {id, at, start, count};
        push(agent, FRAME_PAYLOAD, 0, 0, field, sizeof field);
        at += count;
    }
}

/* ---- what the worker does ---- */

static uint64_t u64_at(const unsigned char *body, uint32_t offset) {
    uint64_t value;
    memcpy(&value, body + offset, sizeof value);
    return value;
}

/* Up payloads that came in chunks: one at a time suffices here. */
static struct {
    uint64_t id;
    uint64_t received;
    unsigned char bytes[FAKE_MEMORY_BYTES];
} up;

static void take_payload(fake_agent_t *agent, const unsigned char *body) {
    uint64_t size = agent->area[2][1];
    uint64_t position = u64_at(body, 16);
    uint64_t count = u64_at(body, 24);
    if (u64_at(body, 0) != up.id) {
        up.id = u64_at(body, 0);
        up.received = 0;
    }
    memcpy(up.bytes + u64_at(body, 8), agent->base + agent->area[2][0] + (position & (size - 1)), count);
    up.received += count;
    __atomic_store_n(word64(agent, CHANNEL_UP_SLAB_HEAD), position + count, __ATOMIC_RELEASE);
    if (__atomic_exchange_n(word32(agent, CHANNEL_UP_SLAB_PRODUCER_ASLEEP), 0, __ATOMIC_ACQ_REL) != 0) {
        futex_wake(word32(agent, CHANNEL_UP_SLAB_PRODUCER_ASLEEP), 8, true);
    }
}

static unsigned char *gpu_at(fake_agent_t *agent, uint64_t address) {
    return agent->gpu + (address - FAKE_BASE);
}

static void copy_up(fake_agent_t *agent, uint64_t to, const unsigned char *payload) {
    uint64_t total = u64_at(payload, 0);
    uint64_t id = u64_at(payload, 8);
    if (id != 0 && (id != up.id || up.received != total)) {
        fail("a payload is not complete when its call comes");
    }
    memcpy(gpu_at(agent, to), id == 0 ? payload + 16 : up.bytes, total);
}

static void copy_down(fake_agent_t *agent, const frame_header_t *header, uint64_t from, uint64_t bytes, uint64_t id,
                      bool posted) {
    static unsigned char body[32 + INLINE_PAYLOAD_BYTES_MAX];
    uint64_t field[4] = {id, 0, bytes, 0};
    bool apart = bytes > INLINE_PAYLOAD_BYTES_MAX;
    field[3] = apart ? id : 0;
    if (apart) {
        uint64_t half = bytes / 2; /* control may overtake bulk: the second half comes after */
        push_payload(agent, id, gpu_at(agent, from), half);
        if (posted) {
            push(agent, FRAME_DATA, 0, 0, field, sizeof field);
        } else {
            reply(agent, header, 0, field + 2, 16);
        }
        static unsigned char rest[FAKE_MEMORY_BYTES];
        memcpy(rest, gpu_at(agent, from) + half, bytes - half);
        for (uint64_t at = half; at < bytes; at += 65536) {
            uint64_t count = bytes - at < 65536 ? bytes - at : 65536;
            uint64_t size = agent->area[3][1];
            uint64_t start = (agent->down_slab_tail + 63) & ~(uint64_t)63;
            if ((start & (size - 1)) + count > size) {
                start = (start + size - 1) & ~(size - 1);
            }
            memcpy(agent->base + agent->area[3][0] + (start & (size - 1)), rest + (at - half), count);
            agent->down_slab_tail = start + count;
            const uint64_t chunk[4] = {id, at, start, count};
            push(agent, FRAME_PAYLOAD, 0, 0, chunk, sizeof chunk);
        }
        return;
    }
    if (posted) {
        memcpy(body, field, sizeof field);
        memcpy(body + 32, gpu_at(agent, from), bytes);
        push(agent, FRAME_DATA, 0, 0, body, (uint32_t)(32 + ((bytes + 7) & ~(uint64_t)7)));
    } else {
        memcpy(body, field + 2, 16);
        memcpy(body + 16, gpu_at(agent, from), bytes);
        reply(agent, header, 0, body, (uint32_t)(16 + ((bytes + 7) & ~(uint64_t)7)));
    }
}

static void welcome(fake_agent_t *agent, const unsigned char *hello) {
    if (agent->refuse) {
        unsigned char body[64] = {0};
        const uint32_t result = 2;
        const uint64_t length = 9;
        memcpy(body, &result, 4);
        memcpy(body + 8, &length, 8);
        memcpy(body + 16, "no memory", 9);
        push(agent, FRAME_REFUSED, 0, 0, body, 32);
        return;
    }
    uint64_t at = 40;
    for (int i = 0; i < 2; i++) { /* ticket and program */
        at += 8 + ((u64_at(hello, (uint32_t)at) + 7) & ~(uint64_t)7);
    }
    at += 8;
    if (u64_at(hello, (uint32_t)at) > 0) {
        uint64_t length = u64_at(hello, (uint32_t)at + 8);
        (void)snprintf(agent->first_variable, sizeof agent->first_variable, "%.*s", (int)length, hello + at + 16);
    }
    struct {
        uint32_t version, driver;
        uint64_t server_length;
        char server[8];
        uint64_t session_length;
        char session[8];
        uint32_t count, zero;
        device_snapshot_t devices[FAKE_DEVICES_MAX];
    } body = {.version = 1, .driver = 13000, .server_length = 4, .server = "fake", .session_length = 2, .session = "s1",
              .count = agent->devices > 0 ? agent->devices : 1};
    device_snapshot_t *device = &body.devices[0];
    (void)snprintf(device->name, sizeof device->name, "Fake device of the shim's tests");
    static const struct {
        int attribute, value;
    } attributes[] = {{1, 1024}, {2, 1024}, {3, 1024}, {4, 64}, {5, 2147483647}, {6, 65535}, {7, 65535}, {10, 32},
                      {16, 2},   {33, 2},   {34, 0},   {50, 0}, {75, 8},         {76, 0}};
    for (int attribute = 1; attribute <= 147; attribute++) {
        device->attribute_known[attribute / 8] |= (unsigned char)(1 << attribute % 8);
    }
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        device->attributes[attributes[i].attribute] = attributes[i].value;
    }
    device->total_memory = FAKE_MEMORY_BYTES;
    device->pci_bus = 2;
    for (int i = 0; i < 16; i++) {
        device->uuid[i] = (unsigned char)i;
    }
    for (uint32_t i = 1; i < body.count; i++) {
        body.devices[i] = *device;
        body.devices[i].uuid[0] = (unsigned char)(i << 4);
    }
    push(agent, FRAME_WELCOME, 0, 0, &body, (uint32_t)(sizeof body - (FAKE_DEVICES_MAX - body.count) * sizeof *device));
}

static void fail_posted(fake_agent_t *agent, const frame_header_t *header) {
    struct {
        uint64_t sequence;
        uint32_t number, result, sticky, zero;
        uint64_t length;
        char text[8];
    } body = {header->sequence, header->type, agent->fail_result, agent->fail_sticky, 0, 6, "broken"};
    push_in(agent, agent->fail_sticky ? header->context : 0, FRAME_FAILED, 0, header->thread, &body, sizeof body);
}

/* Keeps the digest of the latest image whose bytes came: asked for it again, it has it. */
static void take_image(fake_agent_t *agent, const frame_header_t *header, const unsigned char *body) {
    static const unsigned char logs[24];
    const unsigned char *digest = body + 8;
    uint64_t bytes = u64_at(body, 8 + sizeof agent->kept_image);
    if (bytes == 0 && memcmp(digest, agent->kept_image, sizeof agent->kept_image) != 0) {
        reply(agent, header, CUDA_ERROR_NOT_FOUND, logs, sizeof logs);
        return;
    }
    memcpy(agent->kept_image, digest, sizeof agent->kept_image);
    (void)__atomic_add_fetch(&agent->image_bytes, bytes, __ATOMIC_ACQ_REL);
    reply(agent, header, agent->image_result, logs, sizeof logs);
}

static void take_call(fake_agent_t *agent, const frame_header_t *header, const unsigned char *body) {
    if (header->sequence != agent->last_up_sequence + 1) {
        __atomic_store_n(&agent->out_of_order, true, __ATOMIC_RELEASE);
    }
    agent->last_up_sequence = header->sequence;
    (void)__atomic_add_fetch(&agent->calls[header->type % FAKE_CALLS_MAX], 1, __ATOMIC_ACQ_REL);
    if (header->type == agent->fail_number) {
        fail_posted(agent, header);
        if ((header->flags & FRAME_FLAG_WANTS_REPLY) != 0) {
            reply(agent, header, agent->fail_result, NULL, 0);
        }
        return;
    }
    if (header->type == agent->unsupported) {
        reply(agent, header, CUDA_ERROR_NOT_SUPPORTED, NULL, 0);
        return;
    }
    unsigned char outs[FAKE_NODE_BYTES];
    uint32_t out_bytes = fake_graph_call(agent, header, body, outs);
    if (out_bytes == 0) {
        out_bytes = fake_kernel_call(agent, header, body, outs);
    }
    if (out_bytes == 0) {
        out_bytes = fake_mapped_call(agent, header, body, outs);
    }
    if (header->type == CALL_cuMemHostRegister_v2) {
        reply(agent, header, agent->map_result, outs, agent->map_result == 0 ? out_bytes : 0);
        return;
    }
    if (out_bytes > 0) {
        reply(agent, header, 0, outs, out_bytes);
        return;
    }
    switch (header->type) {
    case CALL_cuCtxCreate_v2: {
        const uint32_t outs[4] = {7, 0, 3020, 0};
        reply(agent, header, 0, outs, sizeof outs);
        return;
    }
    case CALL_cuMemAlloc_v2: {
        uint64_t address = FAKE_BASE + agent->next_allocation;
        if (u64_at(body, 0) > FAKE_MEMORY_BYTES - agent->next_allocation) {
            reply(agent, header, 2, NULL, 0);
            return;
        }
        agent->next_allocation += (u64_at(body, 0) + 511) & ~(uint64_t)511;
        reply(agent, header, 0, &address, sizeof address);
        return;
    }
    case CALL_cuMemcpyHtoD_v2:
        copy_up(agent, u64_at(body, 0), body + 8);
        break;
    case CALL_cuMemcpyHtoDAsync_v2:
        copy_up(agent, u64_at(body, 0), body + 16);
        break;
    case CALL_cuMemcpyDtoH_v2:
        copy_down(agent, header, u64_at(body, 0), u64_at(body, 8), u64_at(body, 16), false);
        return;
    case CALL_cuMemcpyDtoHAsync_v2:
        copy_down(agent, header, u64_at(body, 0), u64_at(body, 16), u64_at(body, 24), true);
        break;
    case CALL_cuModuleLoadData:
        take_image(agent, header, body);
        return;
    case CALL_cuLaunchKernel: {
        uint32_t bytes = header->length - (uint32_t)sizeof *header;
        memcpy(agent->last_launch, body, bytes < sizeof agent->last_launch ? bytes : sizeof agent->last_launch);
        agent->last_launch_bytes = bytes;
        agent->last_launch_thread = header->thread;
        (void)__atomic_add_fetch(&agent->launches, 1, __ATOMIC_ACQ_REL);
        break;
    }
    case CALL_cuCtxDestroy_v2:
    case CALL_cuCtxSynchronize:
    case CALL_cuCtxSynchronize_v2:
    case CALL_cuDevicePrimaryCtxReset_v2:
    case CALL_cuFuncSetAttribute:
    case CALL_cuKernelSetAttribute:
    case CALL_cuLinkCreate_v2:
    case CALL_cuStreamSynchronize:
    case CALL_cuStreamQuery:
    case CALL_cuEventQuery:
    case CALL_cuEventSynchronize:
        reply(agent, header, 0, NULL, 0);
        return;
    default:
        break;
    }
    if ((header->flags & FRAME_FLAG_WANTS_REPLY) != 0) {
        reply(agent, header, 0, NULL, 0);
    }
}

static bool take_frame(fake_agent_t *agent, const frame_header_t *header, const unsigned char *body) {
    if (header->type >= FRAME_CALLS) {
        if (header->type == agent->die_at) {
            return false;
        }
        take_call(agent, header, body);
    } else if (header->type == FRAME_HELLO) {
        welcome(agent, body);
    } else if (header->type == FRAME_PAYLOAD) {
        take_payload(agent, body);
    } else if (header->sequence != 0) {
        agent->last_up_sequence = header->sequence;
        if (header->type == FRAME_GOODBYE) {
            CUcontext current = NULL;
            agent->at_goodbye = cuCtxGetCurrent(&current);
            (void)__atomic_add_fetch(&agent->goodbyes, 1, __ATOMIC_ACQ_REL);
        }
        if (header->type == FRAME_MAPPED && !fake_mapped_take(agent, body, header->length - (uint32_t)sizeof *header)) {
            fail("bytes for memory that is not mapped");
        }
        if (header->type == FRAME_COUNTS) {
            const uint64_t counts[3] = {agent->launches, 0, 0};
            push(agent, FRAME_COUNTS, 0, 0, counts, sizeof counts);
        }
    }
    return true;
}

/* ---- up ---- */

static bool drain(fake_agent_t *agent) {
    uint64_t size = agent->area[0][1];
    unsigned char *ring = agent->base + agent->area[0][0];
    static unsigned char frame[FRAME_BYTES_MAX + 8];
    while (!__atomic_load_n(&agent->stalled, __ATOMIC_ACQUIRE)
           && __atomic_load_n(word64(agent, CHANNEL_UP_TAIL), __ATOMIC_ACQUIRE) != agent->up_head) {
        uint64_t index = agent->up_head & (size - 1);
        frame_header_t header = {0};
        memcpy(&header, ring + index, size - index < sizeof header ? 8 : sizeof header);
        bool go_on = true;
        if (header.type != FRAME_PAD) {
            memcpy(frame, ring + index + sizeof header, header.length - sizeof header);
            go_on = take_frame(agent, &header, frame);
        }
        agent->up_head += (header.length + 7) & ~7u;
        __atomic_store_n(word64(agent, CHANNEL_UP_HEAD), agent->up_head, __ATOMIC_RELEASE);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        if (__atomic_exchange_n(word32(agent, CHANNEL_UP_PRODUCER_ASLEEP), 0, __ATOMIC_ACQ_REL) != 0) {
            futex_wake(word32(agent, CHANNEL_UP_PRODUCER_ASLEEP), 8, true);
        }
        if (!go_on) {
            return false;
        }
    }
    return true;
}

static void map(fake_agent_t *agent) {
    struct {
        char magic[8];
        uint32_t version, memory;
        uint64_t bytes;
    } hello;
    if (recv(agent->socket, &hello, sizeof hello, MSG_WAITALL) != (ssize_t)sizeof hello
        || memcmp(hello.magic, "PNSTCHAN", 8) != 0 || hello.version != 1) {
        fail("the program's first message");
    }
    int memory = dup((int)hello.memory); /* the program is this process */
    agent->bytes = hello.bytes;
    agent->base = mmap(NULL, hello.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    if (agent->base == MAP_FAILED) {
        fail("mmap");
    }
    (void)close(memory);
    memcpy(agent->area, agent->base + 0x10, sizeof agent->area);
    (void)send(agent->socket, "", 1, MSG_NOSIGNAL);
}

static void *agent_main(void *argument) {
    fake_agent_t *agent = argument;
    agent->socket = accept(agent->listener, NULL, NULL);
    /* nobody connects a second time, and most programs end without stopping us */
    fake_folder_remove(agent->path);
    if (agent->socket < 0) {
        return NULL;
    }
    map(agent);
    char bells[64];
    while (drain(agent) && !__atomic_load_n(&agent->stop, __ATOMIC_ACQUIRE)) {
        __atomic_store_n(word32(agent, CHANNEL_UP_CONSUMER_ASLEEP), 1, __ATOMIC_SEQ_CST);
        if (agent->stalled || __atomic_load_n(word64(agent, CHANNEL_UP_TAIL), __ATOMIC_ACQUIRE) == agent->up_head) {
            struct pollfd bell = {.fd = agent->socket, .events = POLLIN};
            if (poll(&bell, 1, agent->stalled ? 1 : 50) > 0 && recv(agent->socket, bells, sizeof bells, MSG_DONTWAIT) == 0) {
                break;
            }
        }
        __atomic_store_n(word32(agent, CHANNEL_UP_CONSUMER_ASLEEP), 0, __ATOMIC_RELAXED);
        if (agent->delay_microseconds > 0) {
            (void)usleep(agent->delay_microseconds);
        }
    }
    (void)drain(agent);
    (void)shutdown(agent->socket, SHUT_RDWR);
    return NULL;
}

void fake_agent_start(fake_agent_t *agent) {
    if (!fake_folder_make(agent->path, sizeof agent->path)) {
        fail("mkdtemp");
    }
    agent->gpu = calloc(1, FAKE_MEMORY_BYTES);
    agent->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, agent->path, strlen(agent->path) + 1);
    if (agent->gpu == NULL || bind(agent->listener, (struct sockaddr *)&address, sizeof address) != 0
        || listen(agent->listener, 4) != 0) {
        fail("listen");
    }
    (void)setenv("PENSTOCK_SOCKET", agent->path, 1);
    if (pthread_create(&agent->thread, NULL, agent_main, agent) != 0) {
        fail("pthread_create");
    }
}

void fake_agent_stop(fake_agent_t *agent) {
    __atomic_store_n(&agent->stop, true, __ATOMIC_RELEASE);
    (void)shutdown(agent->listener, SHUT_RDWR);
    (void)pthread_join(agent->thread, NULL);
    fake_folder_remove(agent->path);
}
