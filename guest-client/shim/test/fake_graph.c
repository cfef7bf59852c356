/* The fake agent's one graph: a node is told back as it was given; a launch makes its copies, whose sides are flat. */
#define _GNU_SOURCE
#include <string.h>

#include "calls.h"
#include "fake_agent.h"
#include "types.h"

enum { GRAPH = 1, EXEC = 2, FIRST_NODE = 3 };

static uint64_t server_made(uint32_t index) {
    return 1ull << 32 | 0x80000000u | index;
}

static uint64_t u64_at(const unsigned char *body, uint32_t offset) {
    uint64_t value;
    memcpy(&value, body + offset, sizeof value);
    return value;
}

static uint32_t tell(unsigned char *outs, const void *from, uint32_t bytes) {
    memcpy(outs, from, bytes);
    return bytes;
}

static uint32_t add_node(fake_agent_t *agent, const unsigned char *params, uint32_t bytes, unsigned char *outs) {
    uint64_t node = server_made(FIRST_NODE + agent->nodes);
    memcpy(agent->node[agent->nodes++], params, bytes < FAKE_NODE_BYTES ? bytes : FAKE_NODE_BYTES);
    return tell(outs, &node, sizeof node);
}

static uint32_t tell_nodes(const fake_agent_t *agent, bool wanted, unsigned char *outs) {
    uint64_t words[3 + FAKE_NODES_MAX] = {wanted, agent->nodes};
    uint32_t count = wanted ? 2 : 1;
    for (uint32_t i = 0; i < agent->nodes && wanted; i++) {
        words[count++] = server_made(FIRST_NODE + i);
    }
    words[count++] = agent->nodes;
    return tell(outs, words, 8 * count);
}

static void launch(fake_agent_t *agent) {
    for (uint32_t i = 0; i < agent->nodes; i++) {
        CUDA_MEMCPY3D copy;
        memcpy(&copy, agent->node[i], sizeof copy);
        memcpy(agent->gpu + (copy.dstDevice - FAKE_BASE), agent->gpu + (copy.srcDevice - FAKE_BASE),
               copy.WidthInBytes * copy.Height * copy.Depth);
    }
}

uint32_t fake_graph_call(fake_agent_t *agent, const frame_header_t *header, const unsigned char *body, unsigned char *outs) {
    const uint64_t graph = server_made(GRAPH);
    const uint64_t exec = server_made(EXEC);
    const uint64_t other = server_made(FIRST_NODE + FAKE_NODES_MAX);
    uint32_t bytes = header->length - (uint32_t)sizeof *header;
    switch (header->type) {
    case CALL_cuGraphCreate:
        return tell(outs, &graph, sizeof graph);
    case CALL_cuGraphInstantiateWithFlags:
        return tell(outs, &exec, sizeof exec);
    case CALL_cuGraphAddKernelNode_v2: /* the graph, an array of nodes, the parameters */
        return add_node(agent, body + 16 + 8 * u64_at(body, 8), bytes - 16, outs);
    case CALL_cuGraphAddHostNode: /* the same, the number of the function */
        return add_node(agent, body + 16 + 8 * u64_at(body, 8), 8, outs);
    case CALL_cuGraphAddEventRecordNode: /* the graph, an array of nodes, the event; a launch here is its copies alone */
        agent->recorded = u64_at(body, bytes - 8);
        return tell(outs, &other, sizeof other);
    case CALL_cuGraphEventRecordNodeGetEvent:
        return tell(outs, &agent->recorded, sizeof agent->recorded);
    case CALL_cuGraphExecEventRecordNodeSetEvent: /* nothing comes back but that it is done */
        return tell(outs, &other, sizeof other);
    case CALL_cuMemCreate: /* one piece of memory, whoever asks for it */
    case CALL_cuMemRetainAllocationHandle:
        return tell(outs, &other, sizeof other);
    case CALL_cuGraphHostNodeGetParams:
        return tell(outs, agent->node[(uint32_t)u64_at(body, 0) - 0x80000000u - FIRST_NODE], 8);
    case CALL_cuGraphGetEdges: /* none: whether there is each of the arrays, their number */
        return tell(outs, (const uint64_t[3]){0}, 24);
    case CALL_cuGraphAddMemcpyNode: /* the graph, whether there are dependencies, their number, the parameters */
        return add_node(agent, body + 24, bytes - 24, outs);
    case CALL_cuGraphKernelNodeGetParams_v2:
        return tell(outs, agent->node[0], FAKE_NODE_BYTES);
    case CALL_cuGraphMemcpyNodeGetParams:
        return tell(outs, agent->node[(uint32_t)u64_at(body, 0) - 0x80000000u - FIRST_NODE], sizeof(CUDA_MEMCPY3D));
    case CALL_cuGraphGetNodes:
        return tell_nodes(agent, u64_at(body, 8) != 0, outs);
    case CALL_cuGraphNodeGetType:
        return tell(outs, &agent->node_type, sizeof agent->node_type);
    case CALL_cuGraphLaunch:
        launch(agent);
        return 0;
    default:
        return 0;
    }
}
