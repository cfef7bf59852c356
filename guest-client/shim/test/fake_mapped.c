/* The fake agent's mapped memory: a twin of each block, written by what the program sends. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "changes.h"
#include "fake_agent.h"

static uint64_t u64_at(const unsigned char *body, uint32_t offset) {
    uint64_t value;
    memcpy(&value, body + offset, sizeof value);
    return value;
}

static unsigned char *twin_of(const fake_agent_t *agent, uint64_t address, uint64_t bytes) {
    for (int i = 0; i < FAKE_BLOCKS_MAX; i++) {
        uint64_t offset = address - agent->block[i].address;
        if (agent->block[i].twin != NULL && offset < agent->block[i].bytes && bytes <= agent->block[i].bytes - offset) {
            return agent->block[i].twin + offset;
        }
    }
    return NULL;
}

const unsigned char *fake_mapped_twin(const fake_agent_t *agent, const volatile void *address) {
    return twin_of(agent, (uint64_t)(uintptr_t)address, 1);
}

uint32_t fake_mapped_call(fake_agent_t *agent, const frame_header_t *header, const unsigned char *body, unsigned char *outs) {
    if (header->type == CALL_cuMemHostRegister_v2 && agent->map_result == 0) {
        int free_block = 0;
        while (free_block < FAKE_BLOCKS_MAX - 1 && agent->block[free_block].twin != NULL) {
            free_block++;
        }
        agent->block[free_block].address = u64_at(body, 0);
        agent->block[free_block].bytes = u64_at(body, 8);
        agent->block[free_block].twin = calloc(1, u64_at(body, 8));
        memcpy(outs, body, 8);
        return 8;
    }
    if (header->type == CALL_cuMemHostUnregister) {
        for (int i = 0; i < FAKE_BLOCKS_MAX; i++) {
            if (agent->block[i].twin != NULL && agent->block[i].address == u64_at(body, 0)) {
                free(agent->block[i].twin);
                agent->block[i].twin = NULL;
            }
        }
    }
    return 0;
}

bool fake_mapped_take(fake_agent_t *agent, const unsigned char *body, uint32_t bytes) {
    uint32_t position = 0;
    change_t change;
    while (changes_next(body, bytes, &position, &change)) {
        unsigned char *twin = twin_of(agent, change.address, change.length);
        if (twin == NULL) {
            return false;
        }
        changes_apply(&change, twin);
        for (uint64_t i = 0; i < change.length; i++) {
            agent->mapped_bytes += change.mask[i / 8] >> i % 8 & 1;
        }
    }
    return position == bytes;
}

uint32_t fake_mapped_tell(fake_agent_t *agent, unsigned char *body) {
    uint32_t length = 0;
    for (uint32_t i = 0; i < agent->writes; i++) {
        const uint64_t range[4] = {agent->write[i].address, sizeof agent->write[i].value, agent->write[i].value, 0xf};
        unsigned char *twin = twin_of(agent, agent->write[i].address, sizeof agent->write[i].value);
        if (twin != NULL) {
            memcpy(twin, &agent->write[i].value, sizeof agent->write[i].value);
        }
        memcpy(body + length, range, sizeof range);
        length += sizeof range;
    }
    agent->writes = 0;
    return length;
}
