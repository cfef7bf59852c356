/*
 * Occupancy: the server's driver knows; the block-size search is the documented one over its answers. Answers are
 * remembered with the device and the settings that decided them: a kernel is launched on any device, with others on each.
 */
#define _GNU_SOURCE
#include <string.h>

#include "call.h"
#include "calls.h"
#include "context.h"
#include "forwards.h"
#include "function.h"
#include "handle.h"
#include "launch.h"
#include "limits.h"
#include "process.h"

enum { CACHE_ROWS = 256 };

/* What of the current context decides an answer: any of the attributes may. */
typedef struct place {
    int32_t device;
    int32_t attributes[FUNCTION_ATTRIBUTES]; /* as they stood; 0 where the driver knows none */
} place_t;

/* The last answers, by their arguments: libraries ask the same before every launch. */
static struct row {
    uint64_t function; /* wire form: generations make it unique; 0 = free */
    uint64_t shared_bytes;
    int32_t block;
    uint32_t flags;
    place_t place;
    int32_t answer;
} rows[CACHE_ROWS]; /* rows_lock */
static pthread_mutex_t rows_lock = PTHREAD_MUTEX_INITIALIZER;

static bool same_place(const place_t *one, const place_t *other) {
    return memcmp(one, other, sizeof *one) == 0;
}

/* The function or kernel, and what holds for it in the current context. */
static CUresult find_here(CUfunction pointer, uint64_t *wire, uint32_t *kind, place_t *place) {
    const settings_t *settings = NULL;
    function_t *function = NULL;
    CUcontext context = NULL;
    context_t *current = NULL;
    CUresult result = function_find(pointer, &function, wire, kind);
    if (result == CUDA_SUCCESS) {
        result = context_current(&context, &current);
    }
    if (result == CUDA_SUCCESS) {
        result = settings_in_context(function, *wire, current, &settings);
    }
    if (result == CUDA_SUCCESS) {
        place->device = current->device;
        for (unsigned int i = 0; i < FUNCTION_ATTRIBUTES; i++) {
            (void)settings_get(settings, i, &place->attributes[i]);
        }
    }
    return result;
}

static struct row *row_of(const struct row *asked) {
    uint64_t hash = asked->function ^ (uint64_t)asked->block << 40 ^ asked->shared_bytes << 8 ^ (uint64_t)asked->place.device << 56;
    hash *= 0x9e3779b97f4a7c15u;
    return &rows[hash >> 56];
}

static bool same(const struct row *one, const struct row *other) {
    return one->function == other->function && one->shared_bytes == other->shared_bytes && one->block == other->block
           && one->flags == other->flags && same_place(&one->place, &other->place);
}

CUresult cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *numBlocks, CUfunction func, int blockSize,
                                                              size_t dynamicSMemSize, unsigned int flags) {
    uint32_t kind = 0;
    struct row asked = {.shared_bytes = dynamicSMemSize, .block = blockSize, .flags = flags};
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS) {
        result = numBlocks == NULL ? CUDA_ERROR_INVALID_VALUE : find_here(func, &asked.function, &kind, &asked.place);
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    struct row *row = row_of(&asked);
    pthread_mutex_lock(&rows_lock);
    bool known = same(row, &asked);
    *numBlocks = known ? row->answer : 0;
    pthread_mutex_unlock(&rows_lock);
    if (known) {
        return CUDA_SUCCESS;
    }
    result = forward_cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(numBlocks, func, blockSize, dynamicSMemSize,
                                                                          flags);
    if (result == CUDA_SUCCESS) {
        asked.answer = *numBlocks;
        pthread_mutex_lock(&rows_lock);
        *row = asked;
        pthread_mutex_unlock(&rows_lock);
    }
    return result;
}

CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int *numBlocks, CUfunction func, int blockSize,
                                                     size_t dynamicSMemSize) {
    return cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(numBlocks, func, blockSize, dynamicSMemSize, 0);
}

CUresult cuOccupancyAvailableDynamicSMemPerBlock(size_t *dynamicSmemSize, CUfunction func, int numBlocks,
                                                 int blockSize) {
    CUresult result = process_remote();
    return result != CUDA_SUCCESS ? result
                                  : forward_cuOccupancyAvailableDynamicSMemPerBlock(dynamicSmemSize, func, numBlocks,
                                                                                    blockSize);
}

/* The documented search: whole warps from the largest block down, the one that keeps most threads resident. */
CUresult cuOccupancyMaxPotentialBlockSizeWithFlags(int *minGridSize, int *blockSize, CUfunction func,
                                                   CUoccupancyB2DSize blockSizeToDynamicSMemSize,
                                                   size_t dynamicSMemSize, int blockSizeLimit, unsigned int flags) {
    place_t here = {0};
    uint64_t wire = 0;
    uint32_t kind = 0;
    int warp = 32;
    int processors = 1;
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS && (minGridSize == NULL || blockSize == NULL)) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    if (result == CUDA_SUCCESS) {
        result = find_here(func, &wire, &kind, &here);
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    int largest = here.attributes[CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK];
    (void)snapshot_attribute(snapshot_device(here.device), CU_DEVICE_ATTRIBUTE_WARP_SIZE, &warp);
    (void)snapshot_attribute(snapshot_device(here.device), CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, &processors);
    int limit = blockSizeLimit > 0 && blockSizeLimit < largest ? blockSizeLimit : largest;
    int best_threads = 0;
    for (int block = limit; block > 0; block = block % warp == 0 ? block - warp : block - block % warp) {
        size_t shared = blockSizeToDynamicSMemSize != NULL ? blockSizeToDynamicSMemSize(block) : dynamicSMemSize;
        int blocks = 0;
        result = cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(&blocks, func, block, shared, flags);
        if (result != CUDA_SUCCESS) {
            return result;
        }
        if (blocks * block > best_threads) {
            best_threads = blocks * block;
            *blockSize = block;
            *minGridSize = blocks * processors;
        }
    }
    return best_threads > 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuOccupancyMaxPotentialBlockSize(int *minGridSize, int *blockSize, CUfunction func,
                                          CUoccupancyB2DSize blockSizeToDynamicSMemSize, size_t dynamicSMemSize,
                                          int blockSizeLimit) {
    return cuOccupancyMaxPotentialBlockSizeWithFlags(minGridSize, blockSize, func, blockSizeToDynamicSMemSize,
                                                     dynamicSMemSize, blockSizeLimit, 0);
}

enum { CLUSTER_ROWS = 64, CLUSTER_ATTRIBUTES = 8 };

/* The last answers about clusters, by everything that decides them; cuBLASLt asks before every launch of some kernels. */
typedef struct cluster_row {
    uint64_t function; /* wire form; 0 = free */
    uint32_t number;
    place_t place;
    uint32_t shape[8];
    uint32_t attribute_count;
    int32_t answer;
    CUlaunchAttribute attributes[CLUSTER_ATTRIBUTES];
} cluster_row_t;

static cluster_row_t cluster_rows[CLUSTER_ROWS]; /* rows_lock */

static cluster_row_t *cluster_row_of(const cluster_row_t *asked) {
    uint64_t hash = asked->function ^ (uint64_t)asked->number << 32 ^ asked->attribute_count ^ (uint64_t)asked->place.device << 56;
    for (int i = 0; i < 8; i++) {
        hash = (hash ^ asked->shape[i]) * 0x9e3779b97f4a7c15u;
    }
    return &cluster_rows[hash >> 58];
}

static bool cluster_known(cluster_row_t *asked) {
    if (asked->attribute_count > CLUSTER_ATTRIBUTES) {
        return false;
    }
    pthread_mutex_lock(&rows_lock);
    const cluster_row_t *row = cluster_row_of(asked);
    bool known = row->function == asked->function && row->number == asked->number
                 && same_place(&row->place, &asked->place) && row->attribute_count == asked->attribute_count
                 && memcmp(row->shape, asked->shape, sizeof row->shape) == 0
                 && memcmp(row->attributes, asked->attributes, sizeof row->attributes) == 0;
    asked->answer = row->answer;
    pthread_mutex_unlock(&rows_lock);
    return known;
}

static void cluster_remember(const cluster_row_t *answered) {
    if (answered->attribute_count <= CLUSTER_ATTRIBUTES) {
        pthread_mutex_lock(&rows_lock);
        *cluster_row_of(answered) = *answered;
        pthread_mutex_unlock(&rows_lock);
    }
}

static CUresult ask_cluster(uint32_t number, int *answer, CUfunction func, const CUlaunchConfig *config) {
    cluster_row_t row = {.number = number};
    uint64_t stream = 0;
    uint32_t kind = 0;
    CUlaunchAttribute attributes[LAUNCH_ATTRIBUTES_MAX];
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS && (answer == NULL || config == NULL)) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    if (result == CUDA_SUCCESS) {
        result = find_here(func, &row.function, &kind, &row.place);
    }
    if (result == CUDA_SUCCESS) {
        result = handle_in(HANDLE_STREAM, config->hStream, &stream);
    }
    if (result == CUDA_SUCCESS) {
        result = launch_attributes(config, attributes);
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    const uint32_t shape[8] = {config->gridDimX,  config->gridDimY,  config->gridDimZ,       config->blockDimX,
                               config->blockDimY, config->blockDimZ, config->sharedMemBytes, 0};
    row.attribute_count = config->numAttrs;
    memcpy(row.shape, shape, sizeof shape);
    if (config->numAttrs <= CLUSTER_ATTRIBUTES) {
        memcpy(row.attributes, attributes, config->numAttrs * sizeof *attributes);
    }
    if (cluster_known(&row)) {
        *answer = row.answer;
        return CUDA_SUCCESS;
    }
    call_t call;
    result = call_begin(&call, number, CALL_WAITS, 56 + config->numAttrs * sizeof *attributes);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_handle(&call, row.function);
    call_put_u32(&call, kind);
    call_put_u32(&call, config->numAttrs);
    call_put_struct(&call, shape, sizeof shape);
    call_put_handle(&call, stream);
    if (config->numAttrs > 0) {
        call_put_struct(&call, attributes, config->numAttrs * sizeof *attributes);
    }
    result = call_wait(&call);
    if (result == CUDA_SUCCESS) {
        *answer = call_get_i32(&call);
        row.answer = *answer;
        cluster_remember(&row);
    }
    call_end(&call);
    return result;
}

CUresult cuOccupancyMaxActiveClusters(int *numClusters, CUfunction func, const CUlaunchConfig *config) {
    return ask_cluster(CALL_cuOccupancyMaxActiveClusters, numClusters, func, config);
}

CUresult cuOccupancyMaxPotentialClusterSize(int *clusterSize, CUfunction func, const CUlaunchConfig *config) {
    return ask_cluster(CALL_cuOccupancyMaxPotentialClusterSize, clusterSize, func, config);
}
