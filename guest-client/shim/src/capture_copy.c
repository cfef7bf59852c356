#define _GNU_SOURCE
#include "capture_copy.h"

#include "calls.h"

enum { SET_DEPENDENCIES = 1, TYPE_UNIFIED = 4 };

CUresult capture_copy(const CUDA_MEMCPY3D *copy, CUstream stream) {
    CUstreamCaptureStatus status = CU_STREAM_CAPTURE_STATUS_NONE;
    CUgraph graph = NULL;
    const CUgraphNode *dependencies = NULL;
    size_t count = 0;
    CUcontext context = NULL;
    CUresult result = cuStreamGetCaptureInfo_v2(stream, &status, NULL, &graph, &dependencies, &count);
    if (result == CUDA_SUCCESS && status != CU_STREAM_CAPTURE_STATUS_ACTIVE) {
        result = CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    }
    if (result == CUDA_SUCCESS) {
        result = cuStreamGetCtx(stream, &context);
    }
    CUgraphNode node = NULL;
    if (result == CUDA_SUCCESS) {
        result = cuGraphAddMemcpyNode(&node, graph, dependencies, count, copy, context);
    }
    return result != CUDA_SUCCESS ? result : cuStreamUpdateCaptureDependencies(stream, &node, 1, SET_DEPENDENCIES);
}

CUresult capture_bytes(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
    const CUDA_MEMCPY3D copy = {
        .srcMemoryType = TYPE_UNIFIED,
        .srcDevice = from,
        .dstMemoryType = TYPE_UNIFIED,
        .dstDevice = to,
        .WidthInBytes = bytes,
        .Height = 1,
        .Depth = 1,
    };
    return capture_copy(&copy, stream);
}
