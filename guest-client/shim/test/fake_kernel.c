/* The fake agent's one kernel: its attributes on each device, which its functions share, and what occupancy follows from; and its linker. */
#define _GNU_SOURCE
#include <string.h>

#include "calls.h"
#include "fake_agent.h"
#include "types.h"

enum { THREADS = 0, SHARED_LIMIT = 8, SHARED_DEFAULT = 49152 };

typedef struct attributes {
    uint64_t known;
    int32_t value[32];
} attributes_t;

static uint32_t u32_at(const unsigned char *body, uint32_t offset) {
    uint32_t value;
    memcpy(&value, body + offset, sizeof value);
    return value;
}

static uint32_t current_device(const fake_agent_t *agent, const frame_header_t *header) {
    return agent->context_device[header->context % FAKE_CONTEXTS_MAX];
}

static uint32_t tell(unsigned char *outs, const void *from, uint32_t bytes) {
    memcpy(outs, from, bytes);
    return bytes;
}

static attributes_t attributes_on(const fake_agent_t *agent, uint32_t device) {
    attributes_t attributes = {.known = 0xffff};
    int32_t set = agent->shared_limit[device % FAKE_DEVICES_MAX];
    attributes.value[THREADS] = 1024;
    attributes.value[SHARED_LIMIT] = set != 0 ? set : SHARED_DEFAULT;
    return attributes;
}

static uint32_t describe(const fake_agent_t *agent, uint32_t device, unsigned char *outs) {
    struct {
        attributes_t attributes;
        uint32_t count, device;
        uint64_t parameters[3][2];
    } description = {attributes_on(agent, device), 3, device, {{0, 8}, {8, 4}, {16, 8}}};
    return tell(outs, &description, sizeof description);
}

static uint32_t retain(fake_agent_t *agent, const unsigned char *body, unsigned char *outs) {
    uint32_t device = u32_at(body, 8);
    const uint32_t description[4] = {7 + device, 0, 3020, 0}; /* a context's id is its own */
    agent->context_device[u32_at(body, 0) % FAKE_CONTEXTS_MAX] = device;
    return tell(outs, description, sizeof description);
}

/* u64 length and bytes, padded to 8, of each text. */
static uint32_t tell_texts(unsigned char *outs, const char *const *texts, int count) {
    uint32_t at = 0;
    for (int i = 0; i < count; i++) {
        uint64_t length = strlen(texts[i]);
        memcpy(outs + at, &length, sizeof length);
        memset(outs + at + 8, 0, (length + 7) & ~(uint64_t)7);
        memcpy(outs + at + 8, texts[i], length);
        at += 8 + (uint32_t)((length + 7) & ~(uint64_t)7);
    }
    return at;
}

uint32_t fake_kernel_call(fake_agent_t *agent, const frame_header_t *header, const unsigned char *body, unsigned char *outs) {
    uint32_t device = current_device(agent, header);
    attributes_t attributes;
    switch (header->type) {
    case CALL_cuDevicePrimaryCtxRetain:
        return retain(agent, body, outs);
    case CALL_cuLibraryLoadData:
        memset(outs, 0, 24);
        return 24;
    case CALL_cuLinkAddData_v2:
        return tell_texts(outs, (const char *const[]){"", "a warning"}, 2);
    case CALL_cuLinkComplete:
        return tell_texts(outs, (const char *const[]){"image", "linked", "a warning, and another"}, 3);
    case CALL_cuModuleGetFunction:
    case CALL_cuLibraryGetKernel:
    case CALL_cuKernelGetFunction:
        return describe(agent, device, outs);
    case CALL_cuKernelGetAttribute:
        attributes = attributes_on(agent, u32_at(body, 8));
        return tell(outs, &attributes, sizeof attributes);
    case CALL_cuKernelSetAttribute: /* u32 attribute, i32 value, u64 kernel, u32 device */
        agent->shared_limit[u32_at(body, 16) % FAKE_DEVICES_MAX] = (int32_t)u32_at(body, 4);
        return 0;
    case CALL_cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags: /* so many that the device shows */
        memset(outs, 0, 8);
        outs[0] = (unsigned char)(device + 1);
        return 8;
    default:
        return 0;
    }
}
