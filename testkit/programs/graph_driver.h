/* What of the CUDA driver API our program with graphs needs besides driver.h; layouts are facts of the public API. */
#ifndef PENSTOCK_PROGRAMS_GRAPH_DRIVER_H
#define PENSTOCK_PROGRAMS_GRAPH_DRIVER_H

#include "driver.h"

typedef struct CUgraph_st *CUgraph;
typedef struct CUgraphNode_st *CUgraphNode;
typedef struct CUgraphExec_st *CUgraphExec;
typedef struct CUevent_st *CUevent;

enum { MEMORY_HOST = 1, MEMORY_DEVICE = 2 };
enum { NODE_KERNEL = 0, NODE_COPY = 1, NODE_SET = 2 };
enum { UPDATE_FAILED = 910, OUT_OF_MEMORY = 2 };

struct kernel_params {
    CUfunction function;
    unsigned grid[3], block[3], shared_bytes;
    void **parameters, **extra;
    struct CUkern_st *kernel;
    CUcontext context;
};

struct copy_side {
    size_t x, y, z, level;
    int type;
    void *host;
    CUdeviceptr device;
    void *array, *reserved;
    size_t pitch, height;
};

struct copy_params {
    struct copy_side from, to;
    size_t width, height, depth;
};

struct set_params {
    CUdeviceptr target;
    size_t pitch;
    unsigned value, element_bytes;
    size_t width, height;
};

struct alloc_params {
    struct {
        int type, handles, location_type, location;
        void *security;
        size_t most;
        unsigned short usage;
        unsigned char reserved[54];
    } properties;
    const void *access;
    size_t access_count, bytes;
    CUdeviceptr address;
};

struct batch_params {
    CUcontext context;
    unsigned count;
    void *operations;
    unsigned flags;
};

struct node_params {
    int type, reserved0[3];
    union {
        long long words[29];
        struct kernel_params kernel;
        struct {
            int flags, reserved;
            CUcontext context;
            struct copy_params params;
        } copy;
        struct {
            struct set_params params;
            CUcontext context;
        } set;
    } as;
    long long reserved2;
};

struct update_info {
    int result;
    CUgraphNode node, from;
};

_Static_assert(sizeof(struct kernel_params) == 72 && sizeof(struct copy_params) == 200, "as cuda.h has them");
_Static_assert(sizeof(struct alloc_params) == 120 && sizeof(struct node_params) == 256, "as cuda.h has them");

#define AFTER CUgraphNode *node, CUgraph graph, const CUgraphNode *after, size_t count

struct graph_driver {
    CUresult (*create)(CUgraph *graph, unsigned flags);
    CUresult (*destroy)(CUgraph graph);
    CUresult (*clone)(CUgraph *clone, CUgraph graph);
    CUresult (*find_in_clone)(CUgraphNode *node, CUgraphNode original, CUgraph clone);
    CUresult (*get_nodes)(CUgraph graph, CUgraphNode *nodes, size_t *count);
    CUresult (*instantiate)(CUgraphExec *exec, CUgraph graph, unsigned long long flags);
    CUresult (*exec_destroy)(CUgraphExec exec);
    CUresult (*update)(CUgraphExec exec, CUgraph graph, struct update_info *info);
    CUresult (*launch)(CUgraphExec exec, CUstream stream);
    CUresult (*set_enabled)(CUgraphExec exec, CUgraphNode node, unsigned enabled);
    CUresult (*add_kernel)(AFTER, const struct kernel_params *params);
    CUresult (*kernel_get)(CUgraphNode node, struct kernel_params *params);
    CUresult (*kernel_set)(CUgraphNode node, const struct kernel_params *params);
    CUresult (*exec_kernel_set)(CUgraphExec exec, CUgraphNode node, const struct kernel_params *params);
    CUresult (*add_copy)(AFTER, const struct copy_params *params, CUcontext context);
    CUresult (*copy_get)(CUgraphNode node, struct copy_params *params);
    CUresult (*exec_copy_set)(CUgraphExec exec, CUgraphNode node, const struct copy_params *params, CUcontext context);
    CUresult (*add_set)(AFTER, const struct set_params *params, CUcontext context);
    CUresult (*set_get)(CUgraphNode node, struct set_params *params);
    CUresult (*exec_set_set)(CUgraphExec exec, CUgraphNode node, const struct set_params *params, CUcontext context);
    CUresult (*add_record)(AFTER, CUevent event);
    CUresult (*record_get)(CUgraphNode node, CUevent *event);
    CUresult (*add_child)(AFTER, CUgraph child);
    CUresult (*add_alloc)(AFTER, struct alloc_params *params);
    CUresult (*alloc_get)(CUgraphNode node, struct alloc_params *params);
    CUresult (*add_free)(AFTER, CUdeviceptr address);
    CUresult (*add_batch)(AFTER, const struct batch_params *params);
    CUresult (*add_node)(CUgraphNode *node, CUgraph graph, const CUgraphNode *after, const void *edges, size_t count,
                         struct node_params *params);
    CUresult (*node_set)(CUgraphNode node, struct node_params *params);
    CUresult (*exec_node_set)(CUgraphExec exec, CUgraphNode node, struct node_params *params);
    CUresult (*event_create)(CUevent *event, unsigned flags);
    CUresult (*event_destroy)(CUevent event);
    CUresult (*event_synchronize)(CUevent event);
    CUresult (*stream_create)(CUstream *stream, unsigned flags);
    CUresult (*stream_destroy)(CUstream stream);
};

static struct graph_driver gr;

static void load_graph_driver(void)
{
    static const struct {
        size_t member;
        const char *name;
    } wanted[] = {
        {offsetof(struct graph_driver, create), "cuGraphCreate"},
        {offsetof(struct graph_driver, destroy), "cuGraphDestroy"},
        {offsetof(struct graph_driver, clone), "cuGraphClone"},
        {offsetof(struct graph_driver, find_in_clone), "cuGraphNodeFindInClone"},
        {offsetof(struct graph_driver, get_nodes), "cuGraphGetNodes"},
        {offsetof(struct graph_driver, instantiate), "cuGraphInstantiateWithFlags"},
        {offsetof(struct graph_driver, exec_destroy), "cuGraphExecDestroy"},
        {offsetof(struct graph_driver, update), "cuGraphExecUpdate_v2"},
        {offsetof(struct graph_driver, launch), "cuGraphLaunch"},
        {offsetof(struct graph_driver, set_enabled), "cuGraphNodeSetEnabled"},
        {offsetof(struct graph_driver, add_kernel), "cuGraphAddKernelNode_v2"},
        {offsetof(struct graph_driver, kernel_get), "cuGraphKernelNodeGetParams_v2"},
        {offsetof(struct graph_driver, kernel_set), "cuGraphKernelNodeSetParams_v2"},
        {offsetof(struct graph_driver, exec_kernel_set), "cuGraphExecKernelNodeSetParams_v2"},
        {offsetof(struct graph_driver, add_copy), "cuGraphAddMemcpyNode"},
        {offsetof(struct graph_driver, copy_get), "cuGraphMemcpyNodeGetParams"},
        {offsetof(struct graph_driver, exec_copy_set), "cuGraphExecMemcpyNodeSetParams"},
        {offsetof(struct graph_driver, add_set), "cuGraphAddMemsetNode"},
        {offsetof(struct graph_driver, set_get), "cuGraphMemsetNodeGetParams"},
        {offsetof(struct graph_driver, exec_set_set), "cuGraphExecMemsetNodeSetParams"},
        {offsetof(struct graph_driver, add_record), "cuGraphAddEventRecordNode"},
        {offsetof(struct graph_driver, record_get), "cuGraphEventRecordNodeGetEvent"},
        {offsetof(struct graph_driver, add_child), "cuGraphAddChildGraphNode"},
        {offsetof(struct graph_driver, add_alloc), "cuGraphAddMemAllocNode"},
        {offsetof(struct graph_driver, alloc_get), "cuGraphMemAllocNodeGetParams"},
        {offsetof(struct graph_driver, add_free), "cuGraphAddMemFreeNode"},
        {offsetof(struct graph_driver, add_batch), "cuGraphAddBatchMemOpNode"},
        {offsetof(struct graph_driver, add_node), "cuGraphAddNode_v2"},
        {offsetof(struct graph_driver, node_set), "cuGraphNodeSetParams"},
        {offsetof(struct graph_driver, exec_node_set), "cuGraphExecNodeSetParams"},
        {offsetof(struct graph_driver, event_create), "cuEventCreate"},
        {offsetof(struct graph_driver, event_destroy), "cuEventDestroy_v2"},
        {offsetof(struct graph_driver, event_synchronize), "cuEventSynchronize"},
        {offsetof(struct graph_driver, stream_create), "cuStreamCreate"},
        {offsetof(struct graph_driver, stream_destroy), "cuStreamDestroy_v2"},
    };
    void *library = dlopen("libcuda.so.1", RTLD_NOW);
    size_t i;

    for (i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        *(void **)((char *)&gr + wanted[i].member) = symbol(library, wanted[i].name);
}

#endif
