/*
 * Functions of the program that a graph calls between its copies from and to host memory. Those copies are made around a
 * launch (graph_stage.h), which is too late for a function behind one, and too early for a copy behind a function. So such a
 * function has a number of its own in each executable graph, and our callback thread moves the bytes: what the copies before
 * it have brought is fetched before it runs, what the copies behind it will read is filled afterwards.
 *
 * Events that a graph records behind a copy to host memory would complete before the bytes are there. They are recorded
 * once more behind the launch's own copies, so that who waits for one finds the bytes.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "callback.h"
#include "forwards.h"
#include "graph_exec.h"
#include "log.h"
#include "process.h"

/* ---- which function has to do with which copy ---- */

/* Edges between nodes by their places. */
typedef struct edges {
    size_t count;
    size_t *from, *to;
} edges_t;

static size_t place_of(const graph_nodes_t *nodes, CUgraphNode node) {
    size_t at = 0;
    while (at < nodes->count && nodes->each[at] != node) {
        at++;
    }
    return at;
}

/* `from` is to be freed, whatever comes of it. */
static CUresult ask_edges(CUgraph graph, const graph_nodes_t *nodes, edges_t *edges) {
    *edges = (edges_t){0, NULL, NULL};
    CUresult result = cuGraphGetEdges(graph, NULL, NULL, &edges->count);
    if (result != CUDA_SUCCESS || edges->count == 0) {
        return result;
    }
    CUgraphNode *ends = calloc(2 * edges->count, sizeof *ends);
    edges->from = calloc(2 * edges->count, sizeof *edges->from);
    if (ends == NULL || edges->from == NULL) {
        free(ends);
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    edges->to = edges->from + edges->count;
    result = cuGraphGetEdges(graph, ends, ends + edges->count, &edges->count);
    for (size_t i = 0; i < edges->count && result == CUDA_SUCCESS; i++) {
        edges->from[i] = place_of(nodes, ends[i]);
        edges->to[i] = place_of(nodes, ends[edges->count + i]);
    }
    free(ends);
    return result;
}

/* Marks everything that the marked nodes lead to along the edges, or against them. */
static void spread(unsigned char *marked, size_t nodes, const size_t *from, const size_t *to, size_t count) {
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < count; i++) {
            if (from[i] < nodes && to[i] < nodes && marked[from[i]] && !marked[to[i]]) {
                marked[to[i]] = 1;
                more = true;
            }
        }
    }
}

/* A graph as it is looked at: its nodes, which of them call the program, and its edges. */
typedef struct view {
    const graph_nodes_t *nodes;
    unsigned char *calls;
    edges_t edges;
} view_t;

/* Of the copies before a function those are its to fetch that no function on the way has fetched: what one has changed stays. */
static CUresult find_roles(const view_t *view, size_t at, exec_copies_t *copies, unsigned char *roles) {
    size_t nodes = view->nodes->count;
    const edges_t *edges = &view->edges;
    unsigned char *before = calloc(3, nodes);
    if (before == NULL) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    unsigned char *after = before + nodes;
    unsigned char *fetched = after + nodes;
    before[at] = after[at] = 1;
    spread(before, nodes, edges->to, edges->from, edges->count);
    spread(after, nodes, edges->from, edges->to, edges->count);
    for (size_t i = 0; i < nodes; i++) {
        fetched[i] = i != at && before[i] && view->calls[i];
    }
    spread(fetched, nodes, edges->to, edges->from, edges->count);
    for (size_t i = 0; i < copies->count; i++) {
        exec_copy_t *copy = &copies->each[i];
        size_t place = place_of(view->nodes, copy->node);
        if (place < nodes && before[place] && !fetched[place] && copy->stages.to != NULL) {
            roles[i] |= ROLE_FETCH;
            copy->called = true;
        }
        if (place < nodes && after[place] && copy->stages.from != NULL) {
            roles[i] |= ROLE_FILL;
        }
    }
    free(before);
    return CUDA_SUCCESS;
}

static CUresult add_call(const view_t *view, size_t at, exec_copies_t *copies) {
    exec_call_t *grown = realloc(copies->calls, (copies->call_count + 1) * sizeof *grown);
    if (grown == NULL) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    copies->calls = grown;
    exec_call_t *call = &grown[copies->call_count];
    *call = (exec_call_t){view->nodes->each[at], calloc(copies->count, 1)};
    if (call->roles == NULL) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    copies->call_count++;
    return find_roles(view, at, copies, call->roles);
}

CUresult calls_find(CUgraph graph, const graph_nodes_t *nodes, exec_copies_t *copies) {
    view_t view = {nodes, calloc(nodes->count, 1), {0, NULL, NULL}};
    bool any = false;
    CUresult result = view.calls != NULL ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
    for (size_t i = 0; i < nodes->count && result == CUDA_SUCCESS; i++) {
        CUgraphNodeType type = CU_GRAPH_NODE_TYPE_EMPTY;
        result = cuGraphNodeGetType(nodes->each[i], &type);
        view.calls[i] = type == CU_GRAPH_NODE_TYPE_HOST;
        any = any || view.calls[i];
    }
    if (result == CUDA_SUCCESS && any) {
        result = ask_edges(graph, nodes, &view.edges);
    }
    for (size_t i = 0; i < nodes->count && result == CUDA_SUCCESS && any; i++) {
        result = view.calls[i] ? add_call(&view, i, copies) : CUDA_SUCCESS;
    }
    free(view.edges.from);
    free(view.calls);
    return result;
}

/* ---- events ---- */

static CUresult add_record(exec_copies_t *copies, CUgraphNode node) {
    CUevent event = NULL;
    CUresult result = cuGraphEventRecordNodeGetEvent(node, &event);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    exec_record_t *grown = realloc(copies->records, (copies->record_count + 1) * sizeof *grown);
    if (grown == NULL) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    copies->records = grown;
    grown[copies->record_count++] = (exec_record_t){node, event};
    return CUDA_SUCCESS;
}

static CUresult add_behind(exec_copies_t *copies, CUgraphNode node, CUresult (*behind)(CUgraphNode inside)) {
    CUgraphNodeType type = CU_GRAPH_NODE_TYPE_EMPTY;
    CUresult result = cuGraphNodeGetType(node, &type);
    if (result == CUDA_SUCCESS && type == CU_GRAPH_NODE_TYPE_EVENT_RECORD) {
        return add_record(copies, node);
    }
    return result == CUDA_SUCCESS && type == CU_GRAPH_NODE_TYPE_GRAPH ? behind(node) : result;
}

CUresult records_find(CUgraph graph, const graph_nodes_t *nodes, exec_copies_t *copies,
                      CUresult (*behind)(CUgraphNode inside)) {
    unsigned char *marked = calloc(nodes->count, 1);
    edges_t edges = {0, NULL, NULL};
    bool any = false;
    if (marked == NULL) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    for (size_t i = 0; i < copies->count; i++) {
        size_t place = place_of(nodes, copies->each[i].node);
        if (place < nodes->count && copies->each[i].stages.to != NULL) {
            marked[place] = 1;
            any = true;
        }
    }
    CUresult result = any ? ask_edges(graph, nodes, &edges) : CUDA_SUCCESS;
    if (result == CUDA_SUCCESS) {
        spread(marked, nodes->count, edges.from, edges.to, edges.count);
    }
    for (size_t i = 0; i < nodes->count && result == CUDA_SUCCESS; i++) {
        result = marked[i] ? add_behind(copies, nodes->each[i], behind) : CUDA_SUCCESS;
    }
    free(edges.from);
    free(marked);
    return result;
}

CUresult records_repeat(const exec_copies_t *copies, CUstream stream) {
    CUresult result = CUDA_SUCCESS;
    for (size_t i = 0; i < copies->record_count && result == CUDA_SUCCESS; i++) {
        result = cuEventRecord(copies->records[i].event, stream);
    }
    return result;
}

CUresult cuGraphExecEventRecordNodeSetEvent(CUgraphExec hGraphExec, CUgraphNode hNode, CUevent event) {
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS) {
        result = forward_cuGraphExecEventRecordNodeSetEvent(hGraphExec, hNode, event);
    }
    exec_copies_t *copies = result == CUDA_SUCCESS ? handle_detail(HANDLE_GRAPHEXEC, hGraphExec) : NULL;
    for (size_t i = 0; copies != NULL && i < copies->record_count; i++) {
        if (copies->records[i].node == hNode) {
            copies->records[i].event = event;
        }
    }
    return result;
}

void calls_free(exec_copies_t *copies) {
    free(copies->records);
    for (size_t i = 0; i < copies->call_count; i++) {
        free(copies->calls[i].roles);
    }
    free(copies->calls);
}

/* ---- what the callback thread does ---- */

static CUresult move_one(const exec_copy_t *copy, int role) {
    stage_t *stage = role == ROLE_FETCH ? copy->stages.to : copy->stages.from;
    return stage_move(stage, role == ROLE_FETCH ? stage_fetch : stage_fill);
}

static void move(const exec_copies_t *copies, const unsigned char *roles, int role) {
    for (size_t i = 0; i < copies->count; i++) {
        if ((roles[i] & role) == 0 || copies->each[i].disabled) {
            continue;
        }
        CUresult result = move_one(&copies->each[i], role);
        if (result != CUDA_SUCCESS) {
            log_tell("a graph's copy of host memory failed around a host function: result %d", (int)result);
        }
    }
}

static void before(void *copies, const unsigned char *roles) {
    move(copies, roles, ROLE_FETCH);
}

static void after(void *copies, const unsigned char *roles) {
    move(copies, roles, ROLE_FILL);
}

/* ---- numbers ---- */

static uint64_t number_of(exec_copies_t *copies, const exec_call_t *call, CUhostFn function, void *user) {
    return callback_around(function, user, &(callback_hooks_t){before, after, copies, call->roles});
}

static CUresult set_number(CUgraphExec exec, CUgraphNode node, uint64_t id) {
    uint64_t handles[2] = {0, 0};
    call_t call;
    CUresult result = handle_in(HANDLE_GRAPHEXEC, exec, &handles[0]);
    if (result == CUDA_SUCCESS) {
        result = handle_in(HANDLE_GRAPHNODE, node, &handles[1]);
    }
    if (result == CUDA_SUCCESS) {
        result = call_begin(&call, CALL_cuGraphExecHostNodeSetParams, CALL_WAITS, sizeof handles + 8);
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_struct(&call, handles, sizeof handles);
    call_put_u64(&call, id);
    result = call_wait(&call);
    call_end(&call);
    return result;
}

CUresult calls_bind(CUgraphExec exec, exec_copies_t *copies, const exec_copies_t *from) {
    CUresult result = CUDA_SUCCESS;
    for (size_t i = 0; i < copies->call_count && i < from->call_count && result == CUDA_SUCCESS; i++) {
        CUDA_HOST_NODE_PARAMS params;
        result = cuGraphHostNodeGetParams(from->calls[i].node, &params);
        if (result != CUDA_SUCCESS) {
            break;
        }
        uint64_t id = number_of(copies, &copies->calls[i], (CUhostFn)(uintptr_t)params.fn, params.userData);
        result = id != 0 ? set_number(exec, copies->calls[i].node, id) : CUDA_ERROR_OUT_OF_MEMORY;
    }
    return result;
}

uint64_t calls_number(CUgraphExec exec, CUgraphNode node, const CUDA_HOST_NODE_PARAMS *params) {
    CUhostFn function = (CUhostFn)(uintptr_t)params->fn;
    exec_copies_t *copies = handle_detail(HANDLE_GRAPHEXEC, exec);
    for (size_t i = 0; copies != NULL && i < copies->call_count; i++) {
        if (copies->calls[i].node == node) {
            return number_of(copies, &copies->calls[i], function, params->userData);
        }
    }
    return callback_of_graph(function, params->userData);
}

void calls_end(exec_copies_t *copies) {
    if (copies->call_count == 0) {
        return;
    }
    for (size_t i = 0; i < copies->count; i++) {
        stage_await(copies->each[i].stages.from);
        stage_await(copies->each[i].stages.to);
    }
    callback_forget(copies);
}
