/*
 * Copies between this process and the GPU. Up: the bytes are taken at the call. Down: a waiting copy brings them with its
 * reply; a posted one into pinned memory gets them as DATA before anything shows that proves it done. Host memory that is
 * mapped is memory of the server: such a copy is one within the server, in the stream's order.
 */
#define _GNU_SOURCE
#include "copy.h"

#include <string.h>

#include "calls.h"
#include "capture_copy.h"
#include "context.h"
#include "forwards.h"
#include "handle.h"
#include "limits.h"
#include "mapped.h"
#include "memory.h"
#include "payload.h"
#include "process.h"
#include "receive.h"
#include "stream.h"

/* A large copy up travels in parts, so that the server copies one while the next is under way. */
enum { PART_BYTES = 4 << 20 };

static bool pinned(const void *address, uint64_t bytes) {
    memory_range_t range;
    return memory_find((uint64_t)(uintptr_t)address, &range) && ((unsigned)range.kind & MEMORY_PINNED) != 0
           && (uint64_t)(uintptr_t)address + bytes <= range.base + range.size;
}

/* By unified addressing. */
static CUdeviceptr device(const void *host) {
    return (CUdeviceptr)(uintptr_t)host;
}

static CUresult check(CUstream stream, uint64_t *wire) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = context_usable(&context, &detail);
    return result != CUDA_SUCCESS ? result : handle_in(HANDLE_STREAM, stream, wire);
}

/* Bytes that an unfinished copy down still writes must not be read before it has arrived. */
static CUresult settle(const void *source, uint64_t bytes) {
    return receive_outstanding() > 0 && receive_overlaps(source, bytes) ? cuCtxSynchronize() : CUDA_SUCCESS;
}

static CUresult send_part(uint32_t number, CUdeviceptr to, const uint64_t *stream, const unsigned char *from,
                          uint64_t bytes) {
    upload_t upload;
    CUresult result = upload_begin(&upload, from, bytes);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_t call;
    result = call_begin(&call, number, CALL_POSTED, 16 + upload_body_bytes(&upload));
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_u64(&call, to);
    if (stream != NULL) {
        call_put_handle(&call, *stream);
    }
    upload_put(&call, &upload);
    return call_post(&call);
}

static CUresult send_parts(uint32_t number, CUdeviceptr to, const uint64_t *stream, const void *from, uint64_t bytes) {
    CUresult result = settle(from, bytes);
    for (uint64_t at = 0; at < bytes && result == CUDA_SUCCESS; at += PART_BYTES) {
        uint64_t rest = bytes - at;
        result = send_part(number, to + at, stream, (const unsigned char *)from + at, rest < PART_BYTES ? rest : PART_BYTES);
    }
    return result;
}

CUresult cuMemcpyHtoD_v2(CUdeviceptr dstDevice, const void *srcHost, size_t ByteCount) {
    uint64_t legacy = 0;
    CUresult result = check(NULL, &legacy);
    if (result != CUDA_SUCCESS || ByteCount == 0) {
        return result;
    }
    if (srcHost == NULL || dstDevice == 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    result = memory_reaches(dstDevice, ByteCount);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (mapped_holds(srcHost, ByteCount)) {
        return forward_cuMemcpy(dstDevice, device(srcHost), ByteCount);
    }
    result = mapped_use(__func__, dstDevice, NULL);
    if (result == CUDA_SUCCESS) {
        result = send_parts(CALL_cuMemcpyHtoD_v2, dstDevice, NULL, srcHost, ByteCount);
    }
    /* the program may take this call for a barrier before it reads what an earlier copy down or a kernel has written */
    bool barrier = receive_outstanding() > 0 || mapped_any();
    return result != CUDA_SUCCESS || !barrier ? result : cuStreamSynchronize(NULL);
}

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr dstDevice, const void *srcHost, size_t ByteCount, CUstream hStream) {
    uint64_t stream = 0;
    CUresult result = check(hStream, &stream);
    if (result != CUDA_SUCCESS || ByteCount == 0) {
        return result;
    }
    if (srcHost == NULL || dstDevice == 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    result = memory_reaches(dstDevice, ByteCount);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (mapped_holds(srcHost, ByteCount)) {
        return forward_cuMemcpyAsync(dstDevice, device(srcHost), ByteCount, hStream);
    }
    if (stream_captures(hStream)) {
        return capture_bytes(dstDevice, device(srcHost), ByteCount, hStream);
    }
    result = mapped_use(__func__, dstDevice, NULL);
    return result != CUDA_SUCCESS ? result : send_parts(CALL_cuMemcpyHtoDAsync_v2, dstDevice, &stream, srcHost, ByteCount);
}

/* ---- down ---- */

CUresult copy_take(call_t *call, CUresult result, payload_t *payload) {
    if (result == CUDA_SUCCESS) {
        uint64_t total = call_get_u64(call);
        uint64_t id = call_get_u64(call);
        if (total > payload->capacity) {
            process_lose("a copy brought more bytes than were asked for");
            result = process_session();
        } else if (id == 0 && total > 0) {
            call_get_struct(call, payload->destination, total);
        }
    }
    call_end(call);
    receive_forget(payload);
    return result;
}

CUresult cuMemcpyDtoH_v2(void *dstHost, CUdeviceptr srcDevice, size_t ByteCount) {
    uint64_t legacy = 0;
    CUresult result = check(NULL, &legacy);
    if (result != CUDA_SUCCESS || ByteCount == 0) {
        return result;
    }
    if (dstHost == NULL || srcDevice == 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (mapped_holds(dstHost, ByteCount)) {
        return forward_cuMemcpy(device(dstHost), srcDevice, ByteCount);
    }
    result = mapped_use(__func__, srcDevice, NULL);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    payload_t *payload = receive_into(dstHost, ByteCount, false);
    if (payload == NULL) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    call_t call;
    result = call_begin(&call, CALL_cuMemcpyDtoH_v2, CALL_SYNCS, 24);
    if (result != CUDA_SUCCESS) {
        receive_forget(payload);
        return result;
    }
    call_put_u64(&call, srcDevice);
    call_put_u64(&call, ByteCount);
    call_put_u64(&call, ByteCount <= INLINE_PAYLOAD_BYTES_MAX ? 0 : payload->id);
    call.payload = payload;
    return copy_take(&call, call_wait(&call), payload);
}

CUresult copy_post(call_t *call, payload_t *payload) {
    if (!process.posted_calls_wait) {
        return call_post(call);
    }
    call->payload = payload;
    return copy_take(call, call_post_and_wait(call), payload); /* the bytes come with the reply */
}

CUresult copy_post_down(uint32_t number, const uint64_t *fields, uint32_t count, void *to, uint64_t bytes) {
    payload_t *payload = receive_into(to, bytes, true);
    if (payload == NULL) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    uint64_t id = payload->id;
    call_t call;
    CUresult result = call_begin(&call, number, CALL_POSTED, 8u * count + 16);
    if (result == CUDA_SUCCESS) {
        for (uint32_t i = 0; i < count; i++) {
            call_put_u64(&call, fields[i]);
        }
        call_put_u64(&call, bytes);
        call_put_u64(&call, id);
        result = copy_post(&call, payload);
    }
    if (result != CUDA_SUCCESS) {
        receive_abandon(id);
    }
    return result;
}

CUresult cuMemcpyDtoHAsync_v2(void *dstHost, CUdeviceptr srcDevice, size_t ByteCount, CUstream hStream) {
    uint64_t fields[2] = {srcDevice, 0};
    CUresult result = check(hStream, &fields[1]);
    if (result != CUDA_SUCCESS || ByteCount == 0) {
        return result;
    }
    if (dstHost == NULL || srcDevice == 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    result = memory_reaches(srcDevice, ByteCount);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (mapped_holds(dstHost, ByteCount)) {
        return forward_cuMemcpyAsync(device(dstHost), srcDevice, ByteCount, hStream);
    }
    if (stream_captures(hStream)) {
        return capture_bytes(device(dstHost), srcDevice, ByteCount, hStream);
    }
    result = mapped_use(__func__, srcDevice, NULL);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    result = copy_post_down(CALL_cuMemcpyDtoHAsync_v2, fields, 2, dstHost, ByteCount);
    /* into pageable memory the call returns when the bytes are there: the wait follows the copy in one trip */
    return result != CUDA_SUCCESS || pinned(dstHost, ByteCount) ? result : cuStreamSynchronize(hStream);
}

/* ---- copies that do not say what is host and what is device ---- */

static bool on_server(CUdeviceptr address, uint64_t bytes) {
    memory_range_t range;
    return (memory_find(address, &range) && ((unsigned)range.kind & MEMORY_ON_DEVICE) != 0)
           || mapped_holds((void *)(uintptr_t)address, bytes);
}

static void *host(CUdeviceptr address) {
    return (void *)(uintptr_t)address;
}

CUresult cuMemcpy(CUdeviceptr dst, CUdeviceptr src, size_t ByteCount) {
    uint64_t legacy = 0;
    CUresult result = check(NULL, &legacy);
    if (result != CUDA_SUCCESS || ByteCount == 0) {
        return result;
    }
    bool to_device = on_server(dst, ByteCount);
    bool from_device = on_server(src, ByteCount);
    if (to_device && from_device) {
        return forward_cuMemcpy(dst, src, ByteCount);
    }
    if (to_device) {
        return cuMemcpyHtoD_v2(dst, host(src), ByteCount);
    }
    if (from_device) {
        return cuMemcpyDtoH_v2(host(dst), src, ByteCount);
    }
    if (dst == 0 || src == 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    result = cuStreamSynchronize(NULL);
    if (result == CUDA_SUCCESS) {
        memcpy(host(dst), host(src), ByteCount);
    }
    return result;
}

CUresult cuMemcpyAsync(CUdeviceptr dst, CUdeviceptr src, size_t ByteCount, CUstream hStream) {
    uint64_t stream = 0;
    CUresult result = check(hStream, &stream);
    if (result != CUDA_SUCCESS || ByteCount == 0) {
        return result;
    }
    bool to_device = on_server(dst, ByteCount);
    bool from_device = on_server(src, ByteCount);
    if (to_device && from_device) {
        return forward_cuMemcpyAsync(dst, src, ByteCount, hStream);
    }
    if (to_device) {
        return cuMemcpyHtoDAsync_v2(dst, host(src), ByteCount, hStream);
    }
    if (from_device) {
        return cuMemcpyDtoHAsync_v2(host(dst), src, ByteCount, hStream);
    }
    if (dst == 0 || src == 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (stream_captures(hStream)) {
        return capture_bytes(dst, src, ByteCount, hStream);
    }
    result = cuStreamSynchronize(hStream); /* host to host keeps the stream's order by waiting for it */
    if (result == CUDA_SUCCESS) {
        memcpy(host(dst), host(src), ByteCount);
    }
    return result;
}
