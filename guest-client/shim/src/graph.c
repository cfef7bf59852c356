/* Graphs as a whole: made, copied, made executable, updated, launched, destroyed. */
#define _GNU_SOURCE
#include <stdlib.h>

#include "call.h"
#include "calls.h"
#include "event.h"
#include "forwards.h"
#include "graph.h"
#include "graph_exec.h"
#include "process.h"
#include "stream.h"

static const char *const NO_CHILDREN = "A graph with copies from or to host memory cannot be part of another one yet.";
static const char *const NO_EVENTS =
    "A graph that copies to host memory cannot have another one behind the copy that records events yet.";

static const char *const NO_FUNCTIONS =
    "A graph that copies from or to host memory cannot have another one inside it that calls host functions yet.";

exec_copy_t *exec_copy_of(CUgraphExec exec, CUgraphNode node) {
    exec_copies_t *copies = handle_detail(HANDLE_GRAPHEXEC, exec);
    for (size_t i = 0; copies != NULL && i < copies->count; i++) {
        if (copies->each[i].node == node) {
            return &copies->each[i];
        }
    }
    return NULL;
}

static void free_copies(exec_copies_t *copies) {
    for (size_t i = 0; copies != NULL && i < copies->count; i++) {
        stage_release(copies->each[i].stages.from);
        stage_release(copies->each[i].stages.to);
    }
    if (copies != NULL) {
        calls_free(copies);
    }
    free(copies);
}

static bool has_stage(const graph_node_t *node) {
    return node != NULL && (node->from != NULL || node->to != NULL);
}

/* Whether a launch of the graph has a node of this type, in itself or in a graph inside it. */
static CUresult has_type(const graph_nodes_t *nodes, CUgraphNodeType wanted, bool *found) {
    CUresult result = CUDA_SUCCESS;
    for (size_t i = 0; i < nodes->count && result == CUDA_SUCCESS && !*found; i++) {
        CUgraphNodeType type = CU_GRAPH_NODE_TYPE_EMPTY;
        CUgraph child = NULL;
        graph_nodes_t inside = {NULL, 0};
        result = cuGraphNodeGetType(nodes->each[i], &type);
        *found = type == wanted;
        if (result == CUDA_SUCCESS && type == CU_GRAPH_NODE_TYPE_GRAPH) {
            result = cuGraphChildGraphNodeGetGraph(nodes->each[i], &child);
            result = result != CUDA_SUCCESS ? result : graph_nodes(child, &inside);
            result = result != CUDA_SUCCESS ? result : has_type(&inside, wanted, found);
            free(inside.each);
        }
    }
    return result;
}

/* Whether a graph inside this one has such a node. */
static CUresult has_type_inside(const graph_nodes_t *nodes, CUgraphNodeType wanted, bool *found) {
    CUresult result = CUDA_SUCCESS;
    for (size_t i = 0; i < nodes->count && result == CUDA_SUCCESS && !*found; i++) {
        CUgraphNodeType type = CU_GRAPH_NODE_TYPE_EMPTY;
        result = cuGraphNodeGetType(nodes->each[i], &type);
        if (result == CUDA_SUCCESS && type == CU_GRAPH_NODE_TYPE_GRAPH) {
            result = has_type(&(graph_nodes_t){&nodes->each[i], 1}, wanted, found);
        }
    }
    return result;
}

/* A graph inside another one, behind a copy to host memory: what it records would complete before the bytes are there. */
static CUresult check_behind(CUgraphNode inside) {
    bool records = false;
    CUresult result = has_type(&(graph_nodes_t){&inside, 1}, CU_GRAPH_NODE_TYPE_EVENT_RECORD, &records);
    return records ? call_refused("cuGraphInstantiate", CUDA_ERROR_NOT_SUPPORTED, NO_EVENTS) : result;
}

static CUresult collect(CUgraph graph, const graph_nodes_t *nodes, exec_copies_t **copies) {
    exec_copies_t *found = calloc(1, sizeof *found + nodes->count * sizeof *found->each);
    bool calls = false;
    if (found == NULL) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    for (size_t i = 0; i < nodes->count; i++) {
        graph_node_t *node = handle_detail(HANDLE_GRAPHNODE, nodes->each[i]);
        if (has_stage(node)) {
            found->each[found->count++] = (exec_copy_t){
                .node = nodes->each[i], .stages = {stage_hold(node->from), stage_hold(node->to)}};
        }
    }
    CUresult result = found->count > 0 ? records_find(graph, nodes, found, check_behind) : CUDA_SUCCESS;
    if (result == CUDA_SUCCESS && found->count > 0) {
        result = calls_find(graph, nodes, found);
    }
    if (result == CUDA_SUCCESS && found->count > 0) {
        result = has_type_inside(nodes, CU_GRAPH_NODE_TYPE_HOST, &calls);
    }
    if (result == CUDA_SUCCESS && calls) {
        result = call_refused("cuGraphInstantiate", CUDA_ERROR_NOT_SUPPORTED, NO_FUNCTIONS);
    }
    if (result != CUDA_SUCCESS || found->count == 0) {
        free_copies(found);
        found = NULL;
    }
    *copies = found;
    return result;
}

/* The copies with a host side that launches of this graph will have to make; NULL when it has none. */
static CUresult copies_of(CUgraph graph, exec_copies_t **copies) {
    *copies = NULL;
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS || !stage_any() || !handle_is(HANDLE_GRAPH, graph)) {
        return result;
    }
    graph_nodes_t nodes;
    result = graph_nodes(graph, &nodes);
    if (result == CUDA_SUCCESS) {
        result = collect(graph, &nodes, copies);
        free(nodes.each);
    }
    return result;
}

/* ---- instantiation ---- */

static CUresult made(CUresult result, const CUgraphExec *exec, exec_copies_t *copies) {
    if (result != CUDA_SUCCESS || copies == NULL) {
        free_copies(copies);
        return result;
    }
    handle_set_detail(*exec, copies);
    result = calls_bind(*exec, copies, copies);
    if (result != CUDA_SUCCESS) {
        (void)cuGraphExecDestroy(*exec);
    }
    return result;
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec *phGraphExec, CUgraph hGraph, unsigned long long flags) {
    exec_copies_t *copies = NULL;
    CUresult result = copies_of(hGraph, &copies);
    return result != CUDA_SUCCESS
               ? result
               : made(forward_cuGraphInstantiateWithFlags(phGraphExec, hGraph, flags), phGraphExec, copies);
}

CUresult cuGraphInstantiateWithParams(CUgraphExec *phGraphExec, CUgraph hGraph,
                                      CUDA_GRAPH_INSTANTIATE_PARAMS *instantiateParams) {
    exec_copies_t *copies = NULL;
    CUresult result = copies_of(hGraph, &copies);
    return result != CUDA_SUCCESS
               ? result
               : made(forward_cuGraphInstantiateWithParams(phGraphExec, hGraph, instantiateParams), phGraphExec, copies);
}

static CUresult instantiate(CUgraphExec *exec, CUgraph graph, CUgraphNode *error_node, char *text, size_t bytes) {
    if (error_node != NULL) {
        *error_node = NULL;
    }
    if (text != NULL && bytes > 0) {
        text[0] = 0;
    }
    return cuGraphInstantiateWithFlags(exec, graph, 0);
}

CUresult cuGraphInstantiate(CUgraphExec *phGraphExec, CUgraph hGraph, CUgraphNode *phErrorNode, char *logBuffer,
                            size_t bufferSize) {
    return instantiate(phGraphExec, hGraph, phErrorNode, logBuffer, bufferSize);
}

CUresult cuGraphInstantiate_v2(CUgraphExec *phGraphExec, CUgraph hGraph, CUgraphNode *phErrorNode, char *logBuffer,
                               size_t bufferSize) {
    return instantiate(phGraphExec, hGraph, phErrorNode, logBuffer, bufferSize);
}

/* ---- updates ---- */

static CUresult ask_update(CUgraphExec exec, CUgraph graph, CUgraphExecUpdateResultInfo *info) {
    uint64_t wires[2] = {0, 0};
    CUresult result = handle_in(HANDLE_GRAPHEXEC, exec, &wires[0]);
    if (result == CUDA_SUCCESS) {
        result = handle_in(HANDLE_GRAPH, graph, &wires[1]);
    }
    call_t call;
    if (result == CUDA_SUCCESS) {
        result = call_begin(&call, CALL_cuGraphExecUpdate_v2, CALL_WAITS, sizeof wires);
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_struct(&call, wires, sizeof wires);
    result = call_wait(&call);
    if (call.reply_bytes >= sizeof *info) {
        info->result = call_get_u32(&call);
        (void)call_get_u32(&call);
        info->errorNode = handle_out(HANDLE_GRAPHNODE, call_get_handle(&call));
        info->errorFromNode = handle_out(HANDLE_GRAPHNODE, call_get_handle(&call));
    }
    call_end(&call);
    return result;
}

/* The nodes of two graphs pair up in the order in which they were added; so do their copies with a host side. */
static CUresult take_over(CUgraphExec exec, exec_copies_t *copies) {
    exec_copies_t *before = handle_detail(HANDLE_GRAPHEXEC, exec);
    for (size_t i = 0; before != NULL && i < before->count; i++) {
        stage_pair_t old = before->each[i].stages;
        before->each[i].stages = copies->each[i].stages;
        copies->each[i].stages = old;
    }
    for (size_t i = 0; before != NULL && i < before->record_count; i++) {
        before->records[i].event = copies->records[i].event;
    }
    CUresult result = before != NULL && copies != NULL ? calls_bind(exec, before, copies) : CUDA_SUCCESS;
    free_copies(copies);
    return result;
}

static bool pairs(const exec_copies_t *before, const exec_copies_t *after) {
    if (before == NULL || after == NULL) {
        return before == after;
    }
    bool same = before->count == after->count && before->call_count == after->call_count
                && before->record_count == after->record_count;
    for (size_t i = 0; same && i < before->count; i++) {
        same = (before->each[i].stages.from == NULL) == (after->each[i].stages.from == NULL)
               && (before->each[i].stages.to == NULL) == (after->each[i].stages.to == NULL);
    }
    return same;
}

CUresult cuGraphExecUpdate_v2(CUgraphExec hGraphExec, CUgraph hGraph, CUgraphExecUpdateResultInfo *resultInfo) {
    exec_copies_t *copies = NULL;
    if (resultInfo == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *resultInfo = (CUgraphExecUpdateResultInfo){.result = CU_GRAPH_EXEC_UPDATE_ERROR};
    CUresult result = copies_of(hGraph, &copies);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (pairs(handle_detail(HANDLE_GRAPHEXEC, hGraphExec), copies)) {
        result = ask_update(hGraphExec, hGraph, resultInfo);
    } else {
        resultInfo->result = CU_GRAPH_EXEC_UPDATE_ERROR_PARAMETERS_CHANGED; /* a side went to another kind of memory */
        result = CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE;
    }
    if (result == CUDA_SUCCESS) {
        return take_over(hGraphExec, copies);
    }
    free_copies(copies);
    return result;
}

CUresult cuGraphExecUpdate(CUgraphExec hGraphExec, CUgraph hGraph, CUgraphNode *hErrorNode_out,
                           CUgraphExecUpdateResult *updateResult_out) {
    CUgraphExecUpdateResultInfo info;
    if (updateResult_out == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    CUresult result = cuGraphExecUpdate_v2(hGraphExec, hGraph, &info);
    *updateResult_out = (CUgraphExecUpdateResult)info.result;
    if (hErrorNode_out != NULL) {
        *hErrorNode_out = info.errorNode;
    }
    return result;
}

CUresult cuGraphNodeSetEnabled(CUgraphExec hGraphExec, CUgraphNode hNode, unsigned int isEnabled) {
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS) {
        result = forward_cuGraphNodeSetEnabled(hGraphExec, hNode, isEnabled);
    }
    exec_copy_t *copy = result == CUDA_SUCCESS ? exec_copy_of(hGraphExec, hNode) : NULL;
    if (copy != NULL) {
        copy->disabled = isEnabled == 0;
    }
    return result;
}

/* ---- launches ---- */

static CUresult around(const exec_copies_t *copies, CUstream stream,
                       CUresult (*step)(stage_t *stage, CUstream stream), bool from, bool to) {
    CUresult result = CUDA_SUCCESS;
    for (size_t i = 0; i < copies->count && result == CUDA_SUCCESS; i++) {
        const exec_copy_t *copy = &copies->each[i];
        if (!copy->disabled && from) {
            result = step(copy->stages.from, stream);
        }
        bool brought = step == stage_fetch && copy->called;
        if (!copy->disabled && to && !brought && result == CUDA_SUCCESS) {
            result = step(copy->stages.to, stream);
        }
    }
    return result;
}

static CUresult launch_with_copies(const exec_copies_t *copies, CUgraphExec exec, CUstream stream) {
    if (stream_captures(stream)) {
        return call_refused("cuGraphLaunch", CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, NO_CHILDREN);
    }
    CUresult result = around(copies, stream, stage_wait, true, true);
    if (result == CUDA_SUCCESS) {
        result = around(copies, stream, stage_fill, true, false);
    }
    if (result == CUDA_SUCCESS) {
        result = forward_cuGraphLaunch(exec, stream);
    }
    if (result == CUDA_SUCCESS) {
        result = around(copies, stream, stage_fetch, false, true);
    }
    if (result == CUDA_SUCCESS) {
        result = records_repeat(copies, stream);
    }
    return result != CUDA_SUCCESS ? result : around(copies, stream, stage_mark, true, true);
}

CUresult cuGraphLaunch(CUgraphExec hGraphExec, CUstream hStream) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    event_graph_launched();
    const exec_copies_t *copies = handle_detail(HANDLE_GRAPHEXEC, hGraphExec);
    return copies != NULL ? launch_with_copies(copies, hGraphExec, hStream) : forward_cuGraphLaunch(hGraphExec, hStream);
}

/* ---- graphs inside graphs ---- */

static CUresult refuse_stages(const char *name, CUgraph child) {
    exec_copies_t *copies = NULL;
    CUresult result = copies_of(child, &copies);
    if (result == CUDA_SUCCESS && copies != NULL) {
        result = call_refused(name, CUDA_ERROR_NOT_SUPPORTED, NO_CHILDREN);
    }
    free_copies(copies);
    return result;
}

CUresult cuGraphAddChildGraphNode(CUgraphNode *phGraphNode, CUgraph hGraph, const CUgraphNode *dependencies,
                                  size_t numDependencies, CUgraph childGraph) {
    CUresult result = refuse_stages("cuGraphAddChildGraphNode", childGraph);
    return result != CUDA_SUCCESS ? result
                                  : forward_cuGraphAddChildGraphNode(phGraphNode, hGraph, dependencies, numDependencies,
                                                                     childGraph);
}

CUresult cuGraphExecChildGraphNodeSetParams(CUgraphExec hGraphExec, CUgraphNode hNode, CUgraph childGraph) {
    CUresult result = refuse_stages("cuGraphExecChildGraphNodeSetParams", childGraph);
    return result != CUDA_SUCCESS ? result : forward_cuGraphExecChildGraphNodeSetParams(hGraphExec, hNode, childGraph);
}

/* The clone's nodes share the stages of the nodes they were made from. */
static CUresult share_stages(CUgraph original, CUgraph clone) {
    graph_nodes_t nodes;
    CUresult result = graph_nodes(original, &nodes);
    for (size_t i = 0; i < nodes.count && result == CUDA_SUCCESS; i++) {
        const graph_node_t *node = handle_detail(HANDLE_GRAPHNODE, nodes.each[i]);
        CUgraphNode twin = NULL;
        if (!has_stage(node)) {
            continue;
        }
        result = cuGraphNodeFindInClone(&twin, nodes.each[i], clone);
        graph_node_t *copied = result == CUDA_SUCCESS ? graph_node_of(twin) : NULL;
        if (copied != NULL) {
            copied->from = stage_hold(node->from);
            copied->to = stage_hold(node->to);
        } else if (result == CUDA_SUCCESS) {
            result = CUDA_ERROR_OUT_OF_MEMORY;
        }
    }
    free(nodes.each);
    return result;
}

CUresult cuGraphClone(CUgraph *phGraphClone, CUgraph originalGraph) {
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS) {
        result = forward_cuGraphClone(phGraphClone, originalGraph);
    }
    if (result == CUDA_SUCCESS && stage_any()) {
        result = share_stages(originalGraph, *phGraphClone);
        if (result != CUDA_SUCCESS) {
            (void)cuGraphDestroy(*phGraphClone);
        }
    }
    return result;
}

/* ---- ends ---- */

/* Its nodes end with a graph; a program that never saw a node has none to forget. */
CUresult cuGraphDestroy(CUgraph hGraph) {
    graph_nodes_t nodes = {NULL, 0};
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS && handle_any(HANDLE_GRAPHNODE)) {
        (void)graph_nodes(hGraph, &nodes); /* a handle that is none is for the call itself to refuse */
    }
    if (result == CUDA_SUCCESS) {
        result = forward_cuGraphDestroy(hGraph);
    }
    for (size_t i = 0; i < nodes.count && result == CUDA_SUCCESS; i++) {
        graph_node_forget(nodes.each[i]);
    }
    free(nodes.each);
    return result;
}

CUresult cuGraphExecDestroy(CUgraphExec hGraphExec) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    exec_copies_t *copies = handle_detail(HANDLE_GRAPHEXEC, hGraphExec);
    if (copies != NULL) {
        calls_end(copies);
        handle_set_detail(hGraphExec, NULL); /* its references have to be given back first */
    }
    result = forward_cuGraphExecDestroy(hGraphExec);
    free_copies(copies);
    return result;
}
