/*
 * An agent and a worker in one thread, over the real socket and the real memory: it decodes frames as docs/protocol.md
 * has them and answers a few calls from a byte array that plays the GPU. It calls itself a fake in its device's name.
 */
#ifndef PENSTOCK_FAKE_AGENT_H
#define PENSTOCK_FAKE_AGENT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "channel.h"

enum { FAKE_MEMORY_BYTES = 16 << 20, FAKE_CALLS_MAX = 4096, FAKE_NODES_MAX = 4, FAKE_NODE_BYTES = 256, FAKE_DEVICES_MAX = 2, FAKE_CONTEXTS_MAX = 16, FAKE_BLOCKS_MAX = 8, FAKE_WRITES_MAX = 4 };

/* The GPU's memory begins at this address. */
#define FAKE_BASE 0x200000000000u

typedef struct fake_agent {
    char path[100];
    int listener;
    int socket;
    pthread_t thread;
    unsigned char *base;
    uint64_t bytes;
    uint64_t area[4][2]; /* up ring, down ring, up slab, down slab: offset, size */
    uint64_t up_head, down_tail, slab_head, down_slab_tail;
    uint64_t sequence;
    unsigned char *gpu;
    uint64_t next_allocation;

    /* the graph: what each node's parameters were */
    unsigned char node[FAKE_NODES_MAX][FAKE_NODE_BYTES];
    uint32_t nodes;

    /* the kernel: its limit of dynamic shared memory by device, 0 until it is set; contexts' devices by their index */
    int32_t shared_limit[FAKE_DEVICES_MAX];
    uint32_t context_device[FAKE_CONTEXTS_MAX];

    /* mapped memory: what the program's blocks hold on the server; the program writes and looks between waits */
    struct {
        uint64_t address, bytes;
        unsigned char *twin; /* NULL: none */
    } block[FAKE_BLOCKS_MAX];
    uint64_t mapped_bytes; /* that have come as changed */
    uint32_t map_result;   /* of mapping */
    struct {               /* words that the GPU writes before the next answer */
        uint64_t address;
        uint32_t value;
    } write[FAKE_WRITES_MAX];
    uint32_t writes;

    /* what the test wants */
    uint32_t devices;            /* 0: one */
    uint32_t unsupported;        /* this call's driver answers 801 */
    uint64_t node_type;          /* of every node of the graph */
    uint64_t recorded;           /* the event that the graph's last event node records */
    uint32_t delay_microseconds; /* before each batch of frames */
    uint32_t fail_number;        /* this posted call fails … */
    uint32_t fail_result;
    bool fail_sticky;
    uint32_t die_at;             /* this call ends the agent */
    bool die_wordless;           /* … or it just stops to answer */
    bool refuse;
    uint32_t image_result;       /* of a module whose image is there */
    bool stalled;                /* takes nothing until false; atomic */

    /* what the test reads; atomic */
    uint32_t calls[FAKE_CALLS_MAX]; /* by call number */
    uint32_t launches;
    uint64_t last_up_sequence;
    bool out_of_order;
    unsigned char last_launch[4096];
    uint32_t last_launch_bytes;
    uint32_t last_launch_thread;
    char first_variable[128];
    uint32_t goodbyes;
    uint32_t at_goodbye;         /* what a call answers while GOODBYE is read */
    unsigned char kept_image[32]; /* the digest of the latest image that came */
    uint64_t image_bytes;         /* of all that came */
    bool stop;
} fake_agent_t;

/* Starts it, in a new folder, and sets PENSTOCK_SOCKET. */
void fake_agent_start(fake_agent_t *agent);

/* Answers a call on graphs: how many bytes of the reply it has written, 0 when it leaves the answer to others. */
uint32_t fake_graph_call(fake_agent_t *agent, const frame_header_t *header, const unsigned char *body, unsigned char *outs);

/* The same for calls on kernels and functions. */
uint32_t fake_kernel_call(fake_agent_t *agent, const frame_header_t *header, const unsigned char *body, unsigned char *outs);

/* The same for those that map pinned memory. */
uint32_t fake_mapped_call(fake_agent_t *agent, const frame_header_t *header, const unsigned char *body, unsigned char *outs);

/* Takes a MAPPED frame; false when it is for no block. */
bool fake_mapped_take(fake_agent_t *agent, const unsigned char *body, uint32_t bytes);

/* Writes the body of the frame that tells what the GPU has written; 0 for nothing. */
uint32_t fake_mapped_tell(fake_agent_t *agent, unsigned char *body);

/* The server's bytes of a block; NULL when it is not mapped. */
const unsigned char *fake_mapped_twin(const fake_agent_t *agent, const volatile void *address);

/* Closes its end and waits for its thread. */
void fake_agent_stop(fake_agent_t *agent);

#endif
