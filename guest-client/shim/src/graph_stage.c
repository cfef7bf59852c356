#define _GNU_SOURCE
#include "graph_stage.h"

#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "context.h"
#include "copy.h"
#include "handle.h"
#include "limits.h"
#include "mapped.h"
#include "memory.h"
#include "stream.h"

enum { TYPE_HOST = 1, TYPE_DEVICE = 2, TYPE_ARRAY = 3, TYPE_UNIFIED = 4 };

struct stage {
    uint32_t references; /* atomic */
    CUcontext context;
    CUdeviceptr address;
    uint64_t bytes;
    CUDA_MEMCPY3D program; /* the descriptor as the program gave it */
    CUevent used;          /* recorded behind each launch; of the context of the last one's stream */
    CUcontext used_in;
};

static uint64_t stages; /* atomic: alive */

bool stage_any(void) {
    return __atomic_load_n(&stages, __ATOMIC_ACQUIRE) > 0;
}

/* One side of a descriptor. */
typedef struct side {
    size_t *x, *y, *z, *level, *pitch, *height;
    unsigned int *type;
    void **host, **reserved;
    CUdeviceptr *device;
    CUarray *array;
} side_t;

static side_t side_of(CUDA_MEMCPY3D *copy, bool source) {
    return source ? (side_t){&copy->srcXInBytes, &copy->srcY, &copy->srcZ, &copy->srcLOD, &copy->srcPitch,
                             &copy->srcHeight, &copy->srcMemoryType, &copy->srcHost, &copy->reserved0, &copy->srcDevice,
                             &copy->srcArray}
                  : (side_t){&copy->dstXInBytes, &copy->dstY, &copy->dstZ, &copy->dstLOD, &copy->dstPitch,
                             &copy->dstHeight, &copy->dstMemoryType, &copy->dstHost, &copy->reserved1, &copy->dstDevice,
                             &copy->dstArray};
}

/* Leaves what the type means and clears the rest, so that no address of the program and no stale handle travels. */
static CUresult settle(const side_t *side, bool *host) {
    memory_range_t range;
    if (*side->type == TYPE_UNIFIED) {
        bool known = memory_find(*side->device, &range) && ((unsigned)range.kind & MEMORY_ON_DEVICE) != 0;
        *side->type = known ? TYPE_DEVICE : TYPE_HOST;
        *side->host = (void *)(uintptr_t)*side->device;
    }
    if (*side->type == TYPE_HOST && mapped_holds(*side->host, 1)) {
        *side->type = TYPE_DEVICE; /* the server has it at the same address */
        *side->device = (CUdeviceptr)(uintptr_t)*side->host;
    }
    *host = *side->type == TYPE_HOST;
    *side->reserved = NULL;
    if (*side->type < TYPE_HOST || *side->type > TYPE_ARRAY || (*host && *side->host == NULL)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (!*host) {
        *side->host = NULL;
    }
    if (*side->type != TYPE_DEVICE) {
        *side->device = 0;
    }
    if (*side->type != TYPE_ARRAY) {
        *side->array = NULL;
    }
    return CUDA_SUCCESS;
}

static void use_stage(const stage_t *stage, bool source, CUDA_MEMCPY3D *copy) {
    side_t side = side_of(copy, source);
    *side.x = *side.y = *side.z = *side.level = 0;
    *side.type = TYPE_DEVICE;
    *side.host = NULL;
    *side.device = stage->address;
    *side.pitch = copy->WidthInBytes;
    *side.height = copy->Height;
}

void stage_show(const stage_t *stage, bool source, CUDA_MEMCPY3D *copy) {
    CUDA_MEMCPY3D program = stage->program;
    side_t from = side_of(&program, source);
    side_t to = side_of(copy, source);
    *to.x = *from.x;
    *to.y = *from.y;
    *to.z = *from.z;
    *to.level = *from.level;
    *to.type = *from.type;
    *to.host = *from.host;
    *to.device = *from.device;
    *to.pitch = *from.pitch;
    *to.height = *from.height;
}

static CUresult allocate(stage_t *stage, CUcontext context) {
    context_t *detail = NULL;
    CUcontext before = NULL;
    CUresult result = context_of(context, &stage->context, &detail);
    if (result == CUDA_SUCCESS) {
        result = cuCtxPushCurrent_v2(stage->context);
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    result = cuMemAlloc_v2(&stage->address, stage->bytes > 0 ? stage->bytes : 1);
    (void)cuCtxPopCurrent_v2(&before);
    return result;
}

static CUresult make(const CUDA_MEMCPY3D *program, CUcontext context, uint64_t bytes, stage_t **made) {
    stage_t *stage = calloc(1, sizeof *stage);
    if (stage == NULL) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    stage->references = 1;
    stage->bytes = bytes;
    stage->program = *program;
    CUresult result = allocate(stage, context);
    if (result != CUDA_SUCCESS) {
        free(stage);
        return result;
    }
    (void)__atomic_add_fetch(&stages, 1, __ATOMIC_ACQ_REL);
    *made = stage;
    return CUDA_SUCCESS;
}

stage_t *stage_hold(stage_t *stage) {
    if (stage != NULL) {
        (void)__atomic_add_fetch(&stage->references, 1, __ATOMIC_ACQ_REL);
    }
    return stage;
}

void stage_release(stage_t *stage) {
    if (stage == NULL || __atomic_sub_fetch(&stage->references, 1, __ATOMIC_ACQ_REL) > 0) {
        return;
    }
    CUcontext before = NULL;
    if (cuCtxPushCurrent_v2(stage->context) == CUDA_SUCCESS) { /* a context that has ended took its memory along */
        (void)cuMemFree_v2(stage->address);
        (void)cuCtxPopCurrent_v2(&before);
    }
    if (stage->used != NULL) {
        (void)cuEventDestroy_v2(stage->used);
    }
    free(stage);
    (void)__atomic_sub_fetch(&stages, 1, __ATOMIC_ACQ_REL);
}

CUresult stage_sides(const CUDA_MEMCPY3D *program, CUcontext context, CUDA_MEMCPY3D *wire, stage_pair_t *stages_out) {
    *stages_out = (stage_pair_t){NULL, NULL};
    if (program == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *wire = *program;
    side_t from = side_of(wire, true);
    side_t to = side_of(wire, false);
    bool from_host = false;
    bool to_host = false;
    uint64_t bytes = 0;
    CUresult result = settle(&from, &from_host);
    if (result == CUDA_SUCCESS) {
        result = settle(&to, &to_host);
    }
    if (result == CUDA_SUCCESS
        && (__builtin_mul_overflow(wire->WidthInBytes, wire->Height, &bytes)
            || __builtin_mul_overflow(bytes, wire->Depth, &bytes) || bytes > PAYLOAD_BYTES_MAX)) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    CUDA_MEMCPY3D settled = *wire;
    if (result == CUDA_SUCCESS && from_host) {
        result = make(&settled, context, bytes, &stages_out->from);
    }
    if (result == CUDA_SUCCESS && to_host) {
        result = make(&settled, context, bytes, &stages_out->to);
    }
    if (result != CUDA_SUCCESS) {
        stage_release(stages_out->from);
        *stages_out = (stage_pair_t){NULL, NULL};
        return result;
    }
    if (from_host) {
        use_stage(stages_out->from, true, wire);
    }
    if (to_host) {
        use_stage(stages_out->to, false, wire);
    }
    return CUDA_SUCCESS;
}

/* ---- launches ---- */

/* The copy between the program's rows and the stage, whose own are packed. */
typedef struct rows {
    CUDA_MEMCPY3D copy;
    unsigned char *start;
    bool packed; /* the program's rows as well */
} rows_t;

static rows_t rows_of(const stage_t *stage, bool up) {
    rows_t rows = {.copy = stage->program};
    CUDA_MEMCPY3D *copy = &rows.copy;
    side_t host = side_of(copy, up);
    *host.pitch = *host.pitch != 0 ? *host.pitch : copy->WidthInBytes;
    *host.height = *host.height != 0 ? *host.height : copy->Height;
    rows.start = (unsigned char *)*host.host + (*host.z * *host.height + *host.y) * *host.pitch + *host.x;
    rows.packed = (*host.pitch == copy->WidthInBytes || copy->Height * copy->Depth == 1)
                  && (*host.height == copy->Height || copy->Depth == 1);
    use_stage(stage, !up, copy);
    return rows;
}

CUresult stage_wait(stage_t *stage, CUstream stream) {
    return stage == NULL || stage->used == NULL ? CUDA_SUCCESS : cuStreamWaitEvent(stream, stage->used, 0);
}

CUresult stage_fill(stage_t *stage, CUstream stream) {
    if (stage == NULL || stage->bytes == 0) {
        return CUDA_SUCCESS;
    }
    rows_t rows = rows_of(stage, true);
    return rows.packed ? cuMemcpyHtoDAsync_v2(stage->address, rows.start, stage->bytes, stream)
                       : cuMemcpy3DAsync_v2(&rows.copy, stream);
}

/* Rows that lie apart are brought by a copy that waits; packed ones arrive by themselves, before anything proves the launch done. */
CUresult stage_fetch(stage_t *stage, CUstream stream) {
    if (stage == NULL || stage->bytes == 0) {
        return CUDA_SUCCESS;
    }
    rows_t rows = rows_of(stage, false);
    if (!rows.packed) {
        return cuMemcpy3DAsync_v2(&rows.copy, stream);
    }
    uint64_t fields[2] = {stage->address, 0};
    CUresult result = handle_in(HANDLE_STREAM, stream, &fields[1]);
    return result != CUDA_SUCCESS ? result
                                  : copy_post_down(CALL_cuMemcpyDtoHAsync_v2, fields, 2, rows.start, stage->bytes);
}

CUresult stage_move(stage_t *stage, CUresult (*step)(stage_t *stage, CUstream stream)) {
    CUcontext before = NULL;
    CUstream stream = NULL;
    CUresult result = cuCtxPushCurrent_v2(stage->context);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    result = cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING);
    if (result == CUDA_SUCCESS) {
        result = step(stage, stream);
        CUresult moved = cuStreamSynchronize(stream);
        result = result != CUDA_SUCCESS ? result : moved;
        (void)cuStreamDestroy_v2(stream);
    }
    (void)cuCtxPopCurrent_v2(&before);
    return result;
}

void stage_await(stage_t *stage) {
    if (stage != NULL && stage->used != NULL) {
        (void)cuEventSynchronize(stage->used);
    }
}

/* An event belongs to the context of its stream. */
static CUresult event_in(stage_t *stage, CUcontext context) {
    if (stage->used != NULL && stage->used_in == context) {
        return CUDA_SUCCESS;
    }
    CUevent event = NULL;
    CUcontext before = NULL;
    CUresult result = cuCtxPushCurrent_v2(context);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    result = cuEventCreate(&event, CU_EVENT_DISABLE_TIMING);
    (void)cuCtxPopCurrent_v2(&before);
    if (result == CUDA_SUCCESS) {
        if (stage->used != NULL) {
            (void)cuEventDestroy_v2(stage->used);
        }
        stage->used = event;
        stage->used_in = context;
    }
    return result;
}

CUresult stage_mark(stage_t *stage, CUstream stream) {
    if (stage == NULL) {
        return CUDA_SUCCESS;
    }
    CUcontext context = NULL;
    CUresult result = cuStreamGetCtx(stream, &context);
    if (result == CUDA_SUCCESS) {
        result = event_in(stage, context);
    }
    return result != CUDA_SUCCESS ? result : cuEventRecord(stage->used, stream);
}
