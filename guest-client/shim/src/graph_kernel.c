/* Kernel nodes: checked and packed as launches are. */
#define _GNU_SOURCE
#include <string.h>

#include "calls.h"
#include "context.h"
#include "function.h"
#include "graph.h"
#include "launch.h"
#include "process.h"

/* A node's parameters on their way to the server. */
typedef struct kernel {
    CUDA_KERNEL_NODE_PARAMS wire;
    const function_t *function;
    launch_parameters_t parameters;
} kernel_t;

static CUresult check(const CUDA_KERNEL_NODE_PARAMS *given, function_t *function, uint64_t wire) {
    const launch_shape_t shape = {{given->gridDimX, given->gridDimY, given->gridDimZ},
                                  {given->blockDimX, given->blockDimY, given->blockDimZ},
                                  given->sharedMemBytes};
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = context_of(given->func != NULL ? NULL : given->ctx, &context, &detail);
    const settings_t *settings = NULL;
    if (result == CUDA_SUCCESS) {
        result = settings_in_context(function, wire, detail, &settings);
    }
    return result != CUDA_SUCCESS ? result : launch_check(settings, snapshot_device(detail->device), &shape);
}

static CUresult read_kernel(const CUDA_KERNEL_NODE_PARAMS *given, kernel_t *kernel) {
    enum { IS_FUNCTION, IS_KERNEL };
    uint64_t wire = 0;
    uint64_t context = 0;
    uint32_t kind = IS_FUNCTION;
    function_t *function = NULL;
    if (given == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS) {
        result = function_find(given->func != NULL ? given->func : (CUfunction)given->kern, &function, &wire, &kind);
    }
    if (result == CUDA_SUCCESS && given->func == NULL) {
        result = handle_in(HANDLE_CONTEXT, given->ctx, &context); /* a function has its own */
    }
    if (result == CUDA_SUCCESS) {
        result = check(given, function, wire);
    }
    if (result == CUDA_SUCCESS) {
        result = launch_find_parameters(function, given->kernelParams, given->extra, &kernel->parameters);
    }
    if (result == CUDA_SUCCESS) {
        result = launch_use_pinned("cuGraphAddKernelNode", function, &kernel->parameters);
    }
    kernel->function = function;
    kernel->wire = *given;
    kernel->wire.kernelParams = NULL;
    kernel->wire.extra = NULL;
    memset(&kernel->wire.func, 0, sizeof kernel->wire.func);
    memset(&kernel->wire.kern, 0, sizeof kernel->wire.kern);
    memcpy(kind == IS_KERNEL ? (void *)&kernel->wire.kern : (void *)&kernel->wire.func, &wire, sizeof wire);
    memcpy(&kernel->wire.ctx, &context, sizeof context);
    return result;
}

static uint64_t kernel_bytes(const kernel_t *kernel) {
    return sizeof kernel->wire + 8 + call_padded(kernel->parameters.bytes);
}

static void put_kernel(call_t *call, const kernel_t *kernel) {
    call_put_struct(call, &kernel->wire, sizeof kernel->wire);
    call_put_u64(call, kernel->parameters.bytes);
    launch_put_parameters(call, kernel->function, &kernel->parameters);
}

CUresult cuGraphAddKernelNode_v2(CUgraphNode *phGraphNode, CUgraph hGraph, const CUgraphNode *dependencies,
                                 size_t numDependencies, const CUDA_KERNEL_NODE_PARAMS *nodeParams) {
    kernel_t kernel;
    call_t call;
    if (phGraphNode == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    CUresult result = read_kernel(nodeParams, &kernel);
    if (result == CUDA_SUCCESS) {
        result = graph_add_begin(&call, CALL_cuGraphAddKernelNode_v2, hGraph, dependencies, numDependencies,
                                 kernel_bytes(&kernel));
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    put_kernel(&call, &kernel);
    result = graph_add_wait(&call, phGraphNode);
    call_end(&call);
    return result;
}

/* Sets a node's parameters; the handles say where: in a graph, or in an executable one. */
static CUresult set(uint32_t number, const uint64_t *handles, uint32_t count, const CUDA_KERNEL_NODE_PARAMS *given) {
    kernel_t kernel;
    call_t call;
    CUresult result = read_kernel(given, &kernel);
    if (result == CUDA_SUCCESS) {
        result = call_begin(&call, number, CALL_POSTED, 8u * count + kernel_bytes(&kernel));
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_struct(&call, handles, 8u * count);
    put_kernel(&call, &kernel);
    return call_post(&call);
}

CUresult cuGraphKernelNodeSetParams_v2(CUgraphNode hNode, const CUDA_KERNEL_NODE_PARAMS *nodeParams) {
    uint64_t node = 0;
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS) {
        result = handle_in(HANDLE_GRAPHNODE, hNode, &node);
    }
    return result != CUDA_SUCCESS ? result : set(CALL_cuGraphKernelNodeSetParams_v2, &node, 1, nodeParams);
}

CUresult cuGraphExecKernelNodeSetParams_v2(CUgraphExec hGraphExec, CUgraphNode hNode,
                                           const CUDA_KERNEL_NODE_PARAMS *nodeParams) {
    uint64_t handles[2] = {0, 0};
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS) {
        result = handle_in(HANDLE_GRAPHEXEC, hGraphExec, &handles[0]);
    }
    if (result == CUDA_SUCCESS) {
        result = handle_in(HANDLE_GRAPHNODE, hNode, &handles[1]);
    }
    return result != CUDA_SUCCESS ? result : set(CALL_cuGraphExecKernelNodeSetParams_v2, handles, 2, nodeParams);
}

/* Turns what came into what a program may read: handles of its own, and pointers into memory that is kept with the node. */
static CUresult show(CUgraphNode node, CUDA_KERNEL_NODE_PARAMS *params, const void *packed, uint64_t bytes) {
    uint64_t wires[3];
    memcpy(&wires[0], &params->func, sizeof wires[0]);
    memcpy(&wires[1], &params->kern, sizeof wires[1]);
    memcpy(&wires[2], &params->ctx, sizeof wires[2]);
    params->func = handle_out(HANDLE_FUNCTION, wires[0]);
    params->kern = handle_out(HANDLE_KERNEL, wires[1]);
    params->ctx = handle_out(HANDLE_CONTEXT, wires[2]);
    const function_t *function = params->func != NULL ? handle_detail(HANDLE_FUNCTION, params->func)
                                                      : handle_detail(HANDLE_KERNEL, params->kern);
    if (function == NULL) {
        return call_refused("cuGraphKernelNodeGetParams", CUDA_ERROR_NOT_SUPPORTED,
                            "The node's kernel is none that this program has asked for, or it is unloaded.");
    }
    uint64_t room = bytes > function->parameter_bytes ? bytes : function->parameter_bytes;
    void **pointers = graph_node_show(node, function->parameter_count * sizeof *pointers + room + 1);
    if (pointers == NULL) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    unsigned char *values = (unsigned char *)(pointers + function->parameter_count);
    if (bytes > 0) {
        memcpy(values, packed, bytes);
    }
    for (uint32_t i = 0; i < function->parameter_count; i++) {
        pointers[i] = values + function->parameters[i].offset;
    }
    params->kernelParams = function->parameter_count > 0 ? pointers : NULL;
    params->extra = NULL;
    return CUDA_SUCCESS;
}

CUresult cuGraphKernelNodeGetParams_v2(CUgraphNode hNode, CUDA_KERNEL_NODE_PARAMS *nodeParams) {
    uint64_t wire = 0;
    call_t call;
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS) {
        result = nodeParams == NULL ? CUDA_ERROR_INVALID_VALUE : handle_in(HANDLE_GRAPHNODE, hNode, &wire);
    }
    if (result == CUDA_SUCCESS) {
        result = call_begin(&call, CALL_cuGraphKernelNodeGetParams_v2, CALL_WAITS, 8);
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_handle(&call, wire);
    result = call_wait(&call);
    if (result == CUDA_SUCCESS) {
        CUDA_KERNEL_NODE_PARAMS params;
        uint64_t bytes = 0;
        call_get_struct(&call, &params, sizeof params);
        const unsigned char *packed = call_get_bytes(&call, &bytes);
        result = show(hNode, &params, packed, bytes);
        if (result == CUDA_SUCCESS) {
            *nodeParams = params;
        }
    }
    call_end(&call);
    return result;
}

/* ---- as CUDA 10 to 11 had it ---- */

static CUDA_KERNEL_NODE_PARAMS widened(const CUDA_KERNEL_NODE_PARAMS_v1 *params) {
    CUDA_KERNEL_NODE_PARAMS wide;
    memset(&wide, 0, sizeof wide);
    memcpy(&wide, params, sizeof *params);
    return wide;
}

CUresult cuGraphAddKernelNode(CUgraphNode *phGraphNode, CUgraph hGraph, const CUgraphNode *dependencies,
                              size_t numDependencies, const CUDA_KERNEL_NODE_PARAMS_v1 *nodeParams) {
    if (nodeParams == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    CUDA_KERNEL_NODE_PARAMS wide = widened(nodeParams);
    return cuGraphAddKernelNode_v2(phGraphNode, hGraph, dependencies, numDependencies, &wide);
}

CUresult cuGraphKernelNodeSetParams(CUgraphNode hNode, const CUDA_KERNEL_NODE_PARAMS_v1 *nodeParams) {
    if (nodeParams == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    CUDA_KERNEL_NODE_PARAMS wide = widened(nodeParams);
    return cuGraphKernelNodeSetParams_v2(hNode, &wide);
}

CUresult cuGraphExecKernelNodeSetParams(CUgraphExec hGraphExec, CUgraphNode hNode,
                                        const CUDA_KERNEL_NODE_PARAMS_v1 *nodeParams) {
    if (nodeParams == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    CUDA_KERNEL_NODE_PARAMS wide = widened(nodeParams);
    return cuGraphExecKernelNodeSetParams_v2(hGraphExec, hNode, &wide);
}

CUresult cuGraphKernelNodeGetParams(CUgraphNode hNode, CUDA_KERNEL_NODE_PARAMS_v1 *nodeParams) {
    CUDA_KERNEL_NODE_PARAMS wide;
    CUresult result = nodeParams == NULL ? CUDA_ERROR_INVALID_VALUE : cuGraphKernelNodeGetParams_v2(hNode, &wide);
    if (result == CUDA_SUCCESS) {
        wide.func = wide.func != NULL ? wide.func : (CUfunction)wide.kern; /* a kernel stands for its function */
        memcpy(nodeParams, &wide, sizeof *nodeParams);
    }
    return result;
}
