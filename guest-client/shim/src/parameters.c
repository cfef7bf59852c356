/* Launching as CUDA before 4.0 did: parameters, block and shared memory are set on the function, then it is launched. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "function.h"
#include "launch.h"
#include "limits.h"
#include "process.h"

static CUresult find(CUfunction pointer, function_t **function) {
    uint64_t wire = 0;
    uint32_t kind = 0;
    CUresult result = process_remote();
    return result != CUDA_SUCCESS ? result : function_find(pointer, function, &wire, &kind);
}

CUresult cuFuncSetBlockShape(CUfunction hfunc, int x, int y, int z) {
    function_t *function = NULL;
    CUresult result = find(hfunc, &function);
    if (result == CUDA_SUCCESS && (x <= 0 || y <= 0 || z <= 0)) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    if (result == CUDA_SUCCESS) {
        function->block[0] = (uint32_t)x;
        function->block[1] = (uint32_t)y;
        function->block[2] = (uint32_t)z;
    }
    return result;
}

CUresult cuFuncSetSharedSize(CUfunction hfunc, unsigned int bytes) {
    function_t *function = NULL;
    CUresult result = find(hfunc, &function);
    if (result == CUDA_SUCCESS) {
        function->shared_bytes = bytes;
    }
    return result;
}

CUresult cuParamSetSize(CUfunction hfunc, unsigned int numbytes) {
    function_t *function = NULL;
    CUresult result = find(hfunc, &function);
    if (result == CUDA_SUCCESS && numbytes > KERNEL_PARAMETER_BYTES_MAX) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    if (result == CUDA_SUCCESS) {
        function->set_bytes = numbytes;
    }
    return result;
}

CUresult cuParamSetv(CUfunction hfunc, int offset, void *ptr, unsigned int numbytes) {
    function_t *function = NULL;
    CUresult result = find(hfunc, &function);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (offset < 0 || ptr == NULL || (uint64_t)offset + numbytes > KERNEL_PARAMETER_BYTES_MAX) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (function->set_parameters == NULL) {
        function->set_parameters = calloc(1, KERNEL_PARAMETER_BYTES_MAX);
    }
    if (function->set_parameters == NULL) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    memcpy(function->set_parameters + offset, ptr, numbytes);
    return CUDA_SUCCESS;
}

CUresult cuParamSeti(CUfunction hfunc, int offset, unsigned int value) {
    return cuParamSetv(hfunc, offset, &value, sizeof value);
}

CUresult cuParamSetf(CUfunction hfunc, int offset, float value) {
    return cuParamSetv(hfunc, offset, &value, sizeof value);
}

CUresult cuLaunchGridAsync(CUfunction hfunc, int grid_width, int grid_height, CUstream hStream) {
    function_t *function = NULL;
    CUresult result = find(hfunc, &function);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (grid_width <= 0 || grid_height <= 0 || (function->set_bytes > 0 && function->set_parameters == NULL)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    launch_shape_t shape = {{(uint32_t)grid_width, (uint32_t)grid_height, 1}, {0, 0, 0}, function->shared_bytes};
    memcpy(shape.block, function->block, sizeof shape.block);
    size_t bytes = function->set_bytes;
    void *extra[] = {(void *)1, function->set_parameters, (void *)2, &bytes, NULL};
    return launch_post(CALL_cuLaunchKernel, hfunc, &shape, hStream, NULL, bytes > 0 ? extra : NULL, NULL, 0);
}

CUresult cuLaunchGrid(CUfunction hfunc, int grid_width, int grid_height) {
    return cuLaunchGridAsync(hfunc, grid_width, grid_height, NULL);
}

CUresult cuLaunch(CUfunction hfunc) {
    return cuLaunchGrid(hfunc, 1, 1);
}
