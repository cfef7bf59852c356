/*
 * Copies of two and three dimensions. A host side travels as packed rows; the server's side of the descriptor keeps its
 * pitches. Memory of type "unified" is told by what this process knows of the address.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "calls.h"
#include "capture_copy.h"
#include "context.h"
#include "copy.h"
#include "handle.h"
#include "limits.h"
#include "mapped.h"
#include "memory.h"
#include "payload.h"
#include "process.h"
#include "receive.h"
#include "stream.h"

enum { TYPE_HOST = 1, TYPE_DEVICE = 2, TYPE_ARRAY = 3, TYPE_UNIFIED = 4 };

/* One side of a descriptor, wherever its fields lie. */
typedef struct side {
    uint32_t *type;
    void **host;
    CUdeviceptr *device;
    CUarray *array;
    size_t x, y, z, pitch, height;
} side_t;

typedef struct box {
    uint32_t number;
    const CUstream *stream; /* NULL: the waiting form */
    void *descriptor;       /* a copy of the program's, with handles in wire form when it is sent */
    uint32_t descriptor_bytes;
    side_t from;
    side_t to;
    size_t width, rows, layers;
} box_t;

/* Leaves device memory, which mapped memory of the program is as well, or host memory that stays here. */
static CUresult tell_side(const char *call, side_t *side, bool *mapped) {
    memory_range_t range;
    if (*side->type == TYPE_UNIFIED) {
        bool known = memory_find(*side->device, &range) && ((unsigned)range.kind & MEMORY_ON_DEVICE) != 0;
        *side->type = known ? TYPE_DEVICE : TYPE_HOST;
        *side->host = (void *)(uintptr_t)*side->device;
    }
    if (*side->type == TYPE_HOST && mapped_holds(*side->host, 1)) {
        *side->type = TYPE_DEVICE;
        *side->device = (CUdeviceptr)(uintptr_t)*side->host;
    }
    if (*side->type == TYPE_DEVICE) {
        *side->host = NULL;
        return mapped_use(call, *side->device, mapped);
    }
    return CUDA_SUCCESS;
}

/* Between the program's rows and packed rows. */
static void walk_rows(const box_t *box, const side_t *side, unsigned char *packed, bool pack) {
    for (size_t layer = 0; layer < box->layers; layer++) {
        for (size_t row = 0; row < box->rows; row++) {
            size_t line = (side->z + layer) * side->height + side->y + row;
            unsigned char *at = (unsigned char *)*side->host + line * side->pitch + side->x;
            memcpy(pack ? packed : at, pack ? at : packed, box->width);
            packed += box->width;
        }
    }
}

static CUresult side_in(side_t *side) {
    uint64_t wire = 0;
    if (*side->type != TYPE_ARRAY) {
        return CUDA_SUCCESS;
    }
    CUresult result = handle_in(HANDLE_ARRAY, *side->array, &wire);
    memcpy(side->array, &wire, sizeof wire);
    return result;
}

static CUresult begin(call_t *call, const box_t *box, uint64_t stream, uint64_t more) {
    CUresult result = call_begin(call, box->number, box->stream != NULL ? CALL_POSTED : CALL_SYNCS,
                                 8 + box->descriptor_bytes + more);
    if (result == CUDA_SUCCESS) {
        if (box->stream != NULL) {
            call_put_handle(call, stream);
        }
        call_put_struct(call, box->descriptor, box->descriptor_bytes);
    }
    return result;
}

static CUresult finish(call_t *call, const box_t *box) {
    if (box->stream != NULL) {
        return call_post(call);
    }
    CUresult result = call_wait(call);
    call_end(call);
    return result;
}

static CUresult copy_up(const box_t *box, uint64_t stream, unsigned char *packed, uint64_t bytes) {
    walk_rows(box, &box->from, packed, true);
    *box->from.host = NULL; /* the program's addresses stay here */
    upload_t upload;
    call_t call;
    CUresult result = upload_begin(&upload, packed, bytes);
    if (result == CUDA_SUCCESS) {
        result = begin(&call, box, stream, upload_body_bytes(&upload));
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    upload_put(&call, &upload);
    return finish(&call, box);
}

static CUresult copy_down(const box_t *box, uint64_t stream, unsigned char *packed, uint64_t bytes) {
    void *host = *box->to.host;
    *box->to.host = NULL;
    payload_t *payload = receive_into(packed, bytes, box->stream != NULL);
    if (payload == NULL) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    uint64_t id = payload->id;
    call_t call;
    CUresult result = begin(&call, box, stream, 16);
    if (result != CUDA_SUCCESS) {
        receive_abandon(id);
        return result;
    }
    call_put_u64(&call, bytes);
    call_put_u64(&call, box->stream == NULL && bytes <= INLINE_PAYLOAD_BYTES_MAX ? 0 : id);
    if (box->stream == NULL) {
        call.payload = payload;
        result = copy_take(&call, call_wait(&call), payload);
    } else {
        result = copy_post(&call, payload);
        CUresult waited = cuStreamSynchronize(*box->stream);
        result = result != CUDA_SUCCESS ? result : waited;
    }
    *box->to.host = host;
    if (result == CUDA_SUCCESS) {
        walk_rows(box, &box->to, packed, false);
    }
    return result;
}

static CUresult copy_on_host(const box_t *box, unsigned char *packed) {
    CUresult result = cuStreamSynchronize(box->stream != NULL ? *box->stream : NULL);
    if (result == CUDA_SUCCESS) {
        walk_rows(box, &box->from, packed, true);
        walk_rows(box, &box->to, packed, false);
    }
    return result;
}

/* A node of a graph takes contexts from its sides, so a copy between two contexts is recorded like any other. */
static CUresult capture_box(const box_t *box) {
    CUDA_MEMCPY3D copy = {
        .srcXInBytes = box->from.x,
        .srcY = box->from.y,
        .srcZ = box->from.z,
        .srcMemoryType = *box->from.type,
        .srcHost = *box->from.host,
        .srcDevice = *box->from.device,
        .srcArray = *box->from.array,
        .srcPitch = box->from.pitch,
        .srcHeight = box->from.height,
        .dstXInBytes = box->to.x,
        .dstY = box->to.y,
        .dstZ = box->to.z,
        .dstMemoryType = *box->to.type,
        .dstHost = *box->to.host,
        .dstDevice = *box->to.device,
        .dstArray = *box->to.array,
        .dstPitch = box->to.pitch,
        .dstHeight = box->to.height,
        .WidthInBytes = box->width,
        .Height = box->rows,
        .Depth = box->layers,
    };
    return capture_copy(&copy, *box->stream);
}

static CUresult copy_box(box_t *box) {
    uint64_t stream = 0;
    uint64_t bytes = 0;
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = context_current(&context, &detail);
    if (result == CUDA_SUCCESS && box->stream != NULL) {
        result = handle_in(HANDLE_STREAM, *box->stream, &stream);
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (__builtin_mul_overflow(box->width, box->rows, &bytes) || __builtin_mul_overflow(bytes, box->layers, &bytes)
        || bytes > PAYLOAD_BYTES_MAX) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    bool mapped = false;
    result = tell_side(call_name(box->number), &box->from, &mapped);
    if (result == CUDA_SUCCESS) {
        result = tell_side(call_name(box->number), &box->to, &mapped);
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    bool up = *box->from.type == TYPE_HOST;
    bool down = *box->to.type == TYPE_HOST;
    if (bytes == 0) {
        return CUDA_SUCCESS;
    }
    if ((up || down) && box->stream != NULL && stream_captures(*box->stream)) {
        return capture_box(box);
    }
    result = side_in(&box->from);
    result = result != CUDA_SUCCESS ? result : side_in(&box->to);
    unsigned char *packed = up || down ? malloc(bytes) : NULL;
    if (result == CUDA_SUCCESS && (up || down) && packed == NULL) {
        result = CUDA_ERROR_OUT_OF_MEMORY;
    }
    if (result == CUDA_SUCCESS && up && receive_outstanding() > 0) {
        result = cuCtxSynchronize(); /* the rows may be the target of a copy down under way */
    }
    if (result == CUDA_SUCCESS && up && down) {
        result = copy_on_host(box, packed);
    } else if (result == CUDA_SUCCESS && up) {
        result = copy_up(box, stream, packed, bytes);
    } else if (result == CUDA_SUCCESS && down) {
        result = copy_down(box, stream, packed, bytes);
    } else if (result == CUDA_SUCCESS) {
        call_t call;
        result = begin(&call, box, stream, 0);
        result = result != CUDA_SUCCESS ? result : finish(&call, box);
    }
    free(packed);
    return result == CUDA_SUCCESS && mapped && box->stream == NULL ? cuStreamSynchronize(NULL) : result;
}

/* A side of a descriptor of either shape; `at` names the side, `z` and `height` are those of the flat shape otherwise. */
#define SIDE(copy, at, z_, height_)                                                                            \
    {                                                                                                          \
        .type = (uint32_t *)&(copy).at##MemoryType, .host = (void **)&(copy).at##Host,                         \
        .device = &(copy).at##Device, .array = &(copy).at##Array, .x = (copy).at##XInBytes, .y = (copy).at##Y, \
        .z = (z_), .pitch = (copy).at##Pitch, .height = (height_)                                              \
    }

static CUresult copy_2d(uint32_t number, const CUDA_MEMCPY2D *pCopy, const CUstream *stream) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS || pCopy == NULL) {
        return result != CUDA_SUCCESS ? result : CUDA_ERROR_INVALID_VALUE;
    }
    CUDA_MEMCPY2D copy = *pCopy;
    box_t box = {
        .number = number,
        .stream = stream,
        .descriptor = &copy,
        .descriptor_bytes = sizeof copy,
        .from = SIDE(copy, src, 0, 0),
        .to = SIDE(copy, dst, 0, 0),
        .width = copy.WidthInBytes,
        .rows = copy.Height,
        .layers = 1,
    };
    box.from.pitch = box.from.pitch != 0 ? box.from.pitch : box.width;
    box.to.pitch = box.to.pitch != 0 ? box.to.pitch : box.width;
    return copy_box(&box);
}

#define COPY_3D(copy, wanted, posted_on)                                                              \
    {                                                                                                 \
        .number = (wanted), .stream = (posted_on), .descriptor = &(copy), .descriptor_bytes = sizeof(copy), \
        .from = SIDE(copy, src, (copy).srcZ, (copy).srcHeight),                                       \
        .to = SIDE(copy, dst, (copy).dstZ, (copy).dstHeight), .width = (copy).WidthInBytes,           \
        .rows = (copy).Height, .layers = (copy).Depth                                                 \
    }

static CUresult copy_3d(uint32_t number, const CUDA_MEMCPY3D *pCopy, const CUstream *stream) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS || pCopy == NULL) {
        return result != CUDA_SUCCESS ? result : CUDA_ERROR_INVALID_VALUE;
    }
    CUDA_MEMCPY3D copy = *pCopy;
    box_t box = COPY_3D(copy, number, stream);
    return copy_box(&box);
}

static CUresult copy_peers(uint32_t number, const CUDA_MEMCPY3D_PEER *pCopy, const CUstream *stream) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS || pCopy == NULL) {
        return result != CUDA_SUCCESS ? result : CUDA_ERROR_INVALID_VALUE;
    }
    CUDA_MEMCPY3D_PEER copy = *pCopy;
    uint64_t wire = 0;
    result = handle_in_nullable(HANDLE_CONTEXT, copy.srcContext, &wire);
    memcpy(&copy.srcContext, &wire, sizeof wire);
    if (result == CUDA_SUCCESS) {
        result = handle_in_nullable(HANDLE_CONTEXT, copy.dstContext, &wire);
        memcpy(&copy.dstContext, &wire, sizeof wire);
    }
    box_t box = COPY_3D(copy, number, stream);
    return result != CUDA_SUCCESS ? result : copy_box(&box);
}

CUresult cuMemcpy2D_v2(const CUDA_MEMCPY2D *pCopy) {
    return copy_2d(CALL_cuMemcpy2D_v2, pCopy, NULL);
}

CUresult cuMemcpy2DUnaligned_v2(const CUDA_MEMCPY2D *pCopy) {
    return copy_2d(CALL_cuMemcpy2DUnaligned_v2, pCopy, NULL);
}

CUresult cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D *pCopy, CUstream hStream) {
    return copy_2d(CALL_cuMemcpy2DAsync_v2, pCopy, &hStream);
}

CUresult cuMemcpy3D_v2(const CUDA_MEMCPY3D *pCopy) {
    return copy_3d(CALL_cuMemcpy3D_v2, pCopy, NULL);
}

CUresult cuMemcpy3DAsync_v2(const CUDA_MEMCPY3D *pCopy, CUstream hStream) {
    return copy_3d(CALL_cuMemcpy3DAsync_v2, pCopy, &hStream);
}

CUresult cuMemcpy3DPeer(const CUDA_MEMCPY3D_PEER *pCopy) {
    return copy_peers(CALL_cuMemcpy3DPeer, pCopy, NULL);
}

CUresult cuMemcpy3DPeerAsync(const CUDA_MEMCPY3D_PEER *pCopy, CUstream hStream) {
    return copy_peers(CALL_cuMemcpy3DPeerAsync, pCopy, &hStream);
}
