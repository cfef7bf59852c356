/* Streams: made here, sent in order; what a program may ask of one is kept with its handle. */
#define _GNU_SOURCE
#include "stream.h"

#include <stdlib.h>

#include "call.h"
#include "context.h"
#include "counts.h"
#include "forwards.h"
#include "handle.h"
#include "mapped.h"
#include "process.h"
#include "receive.h"

typedef struct stream {
    CUcontext context;
    uint32_t flags;
    int32_t priority;
    uint64_t id; /* atomic; 0 until asked */
} stream_t;

static CUresult keep(CUstream stream, CUcontext context, uint32_t flags, int32_t priority) {
    stream_t *detail = calloc(1, sizeof *detail);
    if (detail == NULL) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    *detail = (stream_t){.context = context, .flags = flags, .priority = priority};
    handle_set_detail(stream, detail);
    return CUDA_SUCCESS;
}

CUresult cuStreamCreate(CUstream *phStream, unsigned int Flags) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = context_usable(&context, &detail);
    if (result == CUDA_SUCCESS && (Flags & ~1u) != 0) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    if (result == CUDA_SUCCESS) {
        result = forward_cuStreamCreate(phStream, Flags);
    }
    return result != CUDA_SUCCESS ? result : keep(*phStream, context, Flags, 0);
}

static int32_t clamp(int32_t priority, const device_snapshot_t *device) {
    /* the least priority is the greatest number */
    return priority > device->least_priority      ? device->least_priority
           : priority < device->greatest_priority ? device->greatest_priority
                                                  : priority;
}

CUresult cuStreamCreateWithPriority(CUstream *phStream, unsigned int flags, int priority) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = context_usable(&context, &detail);
    if (result == CUDA_SUCCESS && (flags & ~1u) != 0) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    if (result == CUDA_SUCCESS) {
        result = forward_cuStreamCreateWithPriority(phStream, flags, priority);
    }
    return result != CUDA_SUCCESS ? result
                                  : keep(*phStream, context, flags, clamp(priority, snapshot_device(detail->device)));
}

CUresult cuStreamDestroy_v2(CUstream hStream) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    return handle_is(HANDLE_STREAM, hStream) ? forward_cuStreamDestroy_v2(hStream) : CUDA_ERROR_INVALID_HANDLE;
}

/* The stream's own record, or NULL for the two streams that are numbers. */
static CUresult find(CUstream stream, stream_t **detail) {
    uint64_t wire = 0;
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS) {
        result = handle_in(HANDLE_STREAM, stream, &wire);
    }
    *detail = result == CUDA_SUCCESS ? handle_detail(HANDLE_STREAM, stream) : NULL;
    return result;
}

CUresult cuStreamGetFlags(CUstream hStream, unsigned int *flags) {
    stream_t *stream = NULL;
    CUresult result = find(hStream, &stream);
    if (result == CUDA_SUCCESS && flags == NULL) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    if (result == CUDA_SUCCESS) {
        *flags = stream == NULL ? 0 : stream->flags;
    }
    return result;
}

CUresult cuStreamGetPriority(CUstream hStream, int *priority) {
    stream_t *stream = NULL;
    CUresult result = find(hStream, &stream);
    if (result == CUDA_SUCCESS && priority == NULL) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    if (result == CUDA_SUCCESS) {
        *priority = stream == NULL ? 0 : stream->priority;
    }
    return result;
}

CUresult cuStreamGetCtx(CUstream hStream, CUcontext *pctx) {
    stream_t *stream = NULL;
    CUresult result = find(hStream, &stream);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (pctx == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (stream != NULL) {
        *pctx = stream->context;
        return CUDA_SUCCESS;
    }
    context_t *detail = NULL;
    return context_current(pctx, &detail);
}

CUresult cuStreamGetDevice(CUstream hStream, CUdevice *device) {
    CUcontext context = NULL;
    CUresult result = cuStreamGetCtx(hStream, &context);
    return result != CUDA_SUCCESS ? result : cuCtxGetDevice_v2(device, context);
}

CUresult cuStreamGetId(CUstream hStream, unsigned long long *streamId) {
    stream_t *stream = NULL;
    CUresult result = find(hStream, &stream);
    if (result == CUDA_SUCCESS && streamId == NULL) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    uint64_t known = stream == NULL ? 0 : __atomic_load_n(&stream->id, __ATOMIC_ACQUIRE);
    if (known != 0) {
        *streamId = known;
        return CUDA_SUCCESS;
    }
    result = forward_cuStreamGetId(hStream, streamId);
    if (result == CUDA_SUCCESS && stream != NULL) {
        __atomic_store_n(&stream->id, *streamId, __ATOMIC_RELEASE);
    }
    return result;
}

CUresult cuStreamSynchronize(CUstream hStream) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    counts_send();
    return forward_cuStreamSynchronize(hStream);
}

CUresult cuStreamQuery(CUstream hStream) {
    CUresult result = process_remote();
    return result != CUDA_SUCCESS ? result : forward_cuStreamQuery(hStream);
}

CUresult cuStreamBatchMemOp_v2(CUstream stream, unsigned int count, CUstreamBatchMemOpParams *paramArray,
                               unsigned int flags) {
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS && paramArray != NULL) {
        result = mapped_use_operations(__func__, paramArray, count);
    }
    return result != CUDA_SUCCESS ? result : forward_cuStreamBatchMemOp_v2(stream, count, paramArray, flags);
}

/* ---- capture: local answers are exact while no capture is under way in the process ---- */

bool stream_captures(CUstream stream) {
    CUstreamCaptureStatus status = CU_STREAM_CAPTURE_STATUS_NONE;
    return __atomic_load_n(&process.capturing, __ATOMIC_ACQUIRE) > 0
           && forward_cuStreamIsCapturing(stream, &status) == CUDA_SUCCESS && status != CU_STREAM_CAPTURE_STATUS_NONE;
}

CUresult cuStreamIsCapturing(CUstream hStream, CUstreamCaptureStatus *captureStatus) {
    stream_t *stream = NULL;
    CUresult result = find(hStream, &stream);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (captureStatus == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (__atomic_load_n(&process.capturing, __ATOMIC_ACQUIRE) > 0) {
        return forward_cuStreamIsCapturing(hStream, captureStatus);
    }
    CUcontext context = NULL;
    context_t *detail = NULL;
    if (stream == NULL && (result = context_current(&context, &detail)) != CUDA_SUCCESS) {
        return result;
    }
    *captureStatus = CU_STREAM_CAPTURE_STATUS_NONE;
    return CUDA_SUCCESS;
}
