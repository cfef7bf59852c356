/* Copies between host memory and arrays, and batches of plain copies. */
#define _GNU_SOURCE
#include "call.h"
#include "calls.h"
#include "capture_copy.h"
#include "copy.h"
#include "handle.h"
#include "limits.h"
#include "memory.h"
#include "payload.h"
#include "process.h"
#include "stream.h"

enum { TYPE_HOST = 1, TYPE_ARRAY = 3 };

static CUresult check(CUarray array, CUstream stream, const void *host, uint64_t wires[2]) {
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS) {
        result = handle_in(HANDLE_ARRAY, array, &wires[0]);
    }
    if (result == CUDA_SUCCESS) {
        result = handle_in(HANDLE_STREAM, stream, &wires[1]);
    }
    return result == CUDA_SUCCESS && host == NULL ? CUDA_ERROR_INVALID_VALUE : result;
}

static CUresult capture(CUarray array, size_t offset, void *host, size_t bytes, bool up, CUstream stream) {
    CUDA_MEMCPY3D copy = {.WidthInBytes = bytes, .Height = 1, .Depth = 1};
    copy.srcMemoryType = up ? TYPE_HOST : TYPE_ARRAY;
    copy.dstMemoryType = up ? TYPE_ARRAY : TYPE_HOST;
    if (up) {
        copy.srcHost = host;
        copy.dstArray = array;
        copy.dstXInBytes = offset;
    } else {
        copy.srcArray = array;
        copy.srcXInBytes = offset;
        copy.dstHost = host;
    }
    return capture_copy(&copy, stream);
}

static CUresult send_up(uint32_t number, const uint64_t wires[2], bool with_stream, size_t offset, const void *from,
                        size_t bytes) {
    CUresult result = receive_outstanding() > 0 && receive_overlaps(from, bytes) ? cuCtxSynchronize() : CUDA_SUCCESS;
    upload_t upload;
    call_t call;
    if (result == CUDA_SUCCESS) {
        result = upload_begin(&upload, from, bytes);
    }
    if (result == CUDA_SUCCESS) {
        result = call_begin(&call, number, CALL_POSTED, 24 + upload_body_bytes(&upload));
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_handle(&call, wires[0]);
    call_put_u64(&call, offset);
    if (with_stream) {
        call_put_handle(&call, wires[1]);
    }
    upload_put(&call, &upload);
    return call_post(&call);
}

CUresult cuMemcpyHtoA_v2(CUarray dstArray, size_t dstOffset, const void *srcHost, size_t ByteCount) {
    uint64_t wires[2] = {0, 0};
    CUresult result = check(dstArray, NULL, srcHost, wires);
    return result != CUDA_SUCCESS ? result
                                  : send_up(CALL_cuMemcpyHtoA_v2, wires, false, dstOffset, srcHost, ByteCount);
}

CUresult cuMemcpyHtoAAsync_v2(CUarray dstArray, size_t dstOffset, const void *srcHost, size_t ByteCount,
                              CUstream hStream) {
    uint64_t wires[2] = {0, 0};
    CUresult result = check(dstArray, hStream, srcHost, wires);
    if (result == CUDA_SUCCESS && stream_captures(hStream)) {
        return capture(dstArray, dstOffset, (void *)(uintptr_t)srcHost, ByteCount, true, hStream);
    }
    return result != CUDA_SUCCESS ? result
                                  : send_up(CALL_cuMemcpyHtoAAsync_v2, wires, true, dstOffset, srcHost, ByteCount);
}

CUresult cuMemcpyAtoH_v2(void *dstHost, CUarray srcArray, size_t srcOffset, size_t ByteCount) {
    uint64_t wires[2] = {0, 0};
    CUresult result = check(srcArray, NULL, dstHost, wires);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    payload_t *payload = receive_into(dstHost, ByteCount, false);
    if (payload == NULL) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    call_t call;
    result = call_begin(&call, CALL_cuMemcpyAtoH_v2, CALL_SYNCS, 32);
    if (result != CUDA_SUCCESS) {
        receive_forget(payload);
        return result;
    }
    call_put_handle(&call, wires[0]);
    call_put_u64(&call, srcOffset);
    call_put_u64(&call, ByteCount);
    call_put_u64(&call, ByteCount <= INLINE_PAYLOAD_BYTES_MAX ? 0 : payload->id);
    call.payload = payload;
    return copy_take(&call, call_wait(&call), payload);
}

CUresult cuMemcpyAtoHAsync_v2(void *dstHost, CUarray srcArray, size_t srcOffset, size_t ByteCount, CUstream hStream) {
    uint64_t wires[2] = {0, 0};
    CUresult result = check(srcArray, hStream, dstHost, wires);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (stream_captures(hStream)) {
        return capture(srcArray, srcOffset, dstHost, ByteCount, false, hStream);
    }
    const uint64_t fields[3] = {wires[0], srcOffset, wires[1]};
    result = copy_post_down(CALL_cuMemcpyAtoHAsync_v2, fields, 3, dstHost, ByteCount);
    memory_range_t range;
    bool pinned = memory_find((uint64_t)(uintptr_t)dstHost, &range) && ((unsigned)range.kind & MEMORY_PINNED) != 0;
    return result != CUDA_SUCCESS || pinned ? result : cuStreamSynchronize(hStream);
}

CUresult cuMemcpyBatchAsync_v2(CUdeviceptr *dsts, CUdeviceptr *srcs, size_t *sizes, size_t count,
                               CUmemcpyAttributes *attrs, size_t *attrsIdxs, size_t numAttrs, CUstream hStream) {
    /* the attributes are hints of where a pointer lies and when it may be read: at the call is always allowed */
    (void)attrs, (void)attrsIdxs, (void)numAttrs;
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS && count > 0 && (dsts == NULL || srcs == NULL || sizes == NULL)) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    for (size_t i = 0; i < count && result == CUDA_SUCCESS; i++) {
        result = cuMemcpyAsync(dsts[i], srcs[i], sizes[i], hStream);
    }
    return result;
}

CUresult cuMemcpyBatchAsync(CUdeviceptr *dsts, CUdeviceptr *srcs, size_t *sizes, size_t count,
                            CUmemcpyAttributes *attrs, size_t *attrsIdxs, size_t numAttrs, size_t *failIdx,
                            CUstream hStream) {
    CUresult result = cuMemcpyBatchAsync_v2(dsts, srcs, sizes, count, attrs, attrsIdxs, numAttrs, hStream);
    if (result != CUDA_SUCCESS && failIdx != NULL) {
        *failIdx = SIZE_MAX; /* "not one operation in particular" */
    }
    return result;
}
