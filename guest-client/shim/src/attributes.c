/* What a program asks of functions and kernels, answered from what came with them. */
#define _GNU_SOURCE
#include <string.h>

#include "call.h"
#include "calls.h"
#include "forwards.h"
#include "function.h"
#include "handle.h"
#include "process.h"

static CUresult find(const void *pointer, const void *out, function_t **function) {
    uint64_t wire = 0;
    uint32_t kind = 0;
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (out == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    return function_find((CUfunction)(uintptr_t)pointer, function, &wire, &kind);
}

static CUresult get_attribute(int *value, unsigned int attribute, const function_t *function) {
    if (attribute >= FUNCTION_ATTRIBUTES || (function->known >> attribute & 1) == 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *value = __atomic_load_n(&function->attributes[attribute], __ATOMIC_ACQUIRE);
    return CUDA_SUCCESS;
}

static void set_attribute(function_t *function, unsigned int attribute, int value) {
    if (attribute < FUNCTION_ATTRIBUTES) {
        __atomic_store_n(&function->attributes[attribute], value, __ATOMIC_RELEASE);
    }
}

CUresult cuFuncGetAttribute(int *pi, CUfunction_attribute attrib, CUfunction hfunc) {
    function_t *function = NULL;
    CUresult result = find(hfunc, pi, &function);
    return result != CUDA_SUCCESS ? result : get_attribute(pi, (unsigned int)attrib, function);
}

CUresult cuKernelGetAttribute(int *pi, CUfunction_attribute attrib, CUkernel kernel, CUdevice dev) {
    function_t *function = NULL;
    CUresult result = find(kernel, pi, &function);
    if (result == CUDA_SUCCESS && snapshot_device(dev) == NULL) {
        result = CUDA_ERROR_INVALID_DEVICE;
    }
    return result != CUDA_SUCCESS ? result : get_attribute(pi, (unsigned int)attrib, function);
}

static bool has_attribute(const function_t *function, unsigned int attribute, int value) {
    int now = 0;
    return get_attribute(&now, attribute, function) == CUDA_SUCCESS && now == value;
}

CUresult cuFuncSetAttribute(CUfunction hfunc, CUfunction_attribute attrib, int value) {
    function_t *function = NULL;
    CUresult result = find(hfunc, hfunc, &function);
    if (result == CUDA_SUCCESS && has_attribute(function, (unsigned int)attrib, value)) {
        return CUDA_SUCCESS; /* FlashAttention sets the same before every launch */
    }
    if (result == CUDA_SUCCESS) {
        result = forward_cuFuncSetAttribute(hfunc, attrib, value);
    }
    if (result == CUDA_SUCCESS) {
        set_attribute(function, (unsigned int)attrib, value);
    }
    return result;
}

CUresult cuKernelSetAttribute(CUfunction_attribute attrib, int val, CUkernel kernel, CUdevice dev) {
    function_t *function = NULL;
    CUresult result = find(kernel, kernel, &function);
    /* a kernel's attributes are a device's: with several of them what we remember may be another's */
    if (result == CUDA_SUCCESS && dev == 0 && snapshot_device(1) == NULL && has_attribute(function, (unsigned int)attrib, val)) {
        return CUDA_SUCCESS;
    }
    if (result == CUDA_SUCCESS) {
        result = forward_cuKernelSetAttribute(attrib, val, kernel, dev);
    }
    if (result == CUDA_SUCCESS) {
        set_attribute(function, (unsigned int)attrib, val);
        uint32_t contexts = __atomic_load_n(&function->in_contexts, __ATOMIC_ACQUIRE);
        for (uint32_t i = 0; i < contexts; i++) {
            function_t *in_context = handle_detail(HANDLE_FUNCTION, function->in_context[i].function);
            if (in_context != NULL) {
                set_attribute(in_context, (unsigned int)attrib, val);
            }
        }
    }
    return result;
}

CUresult cuFuncSetCacheConfig(CUfunction hfunc, CUfunc_cache config) {
    function_t *function = NULL;
    CUresult result = find(hfunc, hfunc, &function);
    return result != CUDA_SUCCESS ? result : forward_cuFuncSetCacheConfig(hfunc, config);
}

CUresult cuFuncSetSharedMemConfig(CUfunction hfunc, CUsharedconfig config) {
    function_t *function = NULL;
    CUresult result = find(hfunc, hfunc, &function);
    return result != CUDA_SUCCESS ? result : forward_cuFuncSetSharedMemConfig(hfunc, config);
}

CUresult cuKernelSetCacheConfig(CUkernel kernel, CUfunc_cache config, CUdevice dev) {
    function_t *function = NULL;
    CUresult result = find(kernel, kernel, &function);
    return result != CUDA_SUCCESS ? result : forward_cuKernelSetCacheConfig(kernel, config, dev);
}

CUresult cuFuncLoad(CUfunction function) {
    function_t *detail = NULL;
    CUresult result = find(function, function, &detail);
    return result != CUDA_SUCCESS ? result : forward_cuFuncLoad(function);
}

CUresult cuFuncIsLoaded(CUfunctionLoadingState *state, CUfunction function) {
    function_t *detail = NULL;
    CUresult result = find(function, state, &detail);
    if (result == CUDA_SUCCESS) {
        *state = CU_FUNCTION_LOADING_STATE_LOADED; /* the server loads a function when it is resolved */
    }
    return result;
}

CUresult cuFuncGetModule(CUmodule *hmod, CUfunction hfunc) {
    function_t *function = NULL;
    CUresult result = find(hfunc, hmod, &function);
    if (result == CUDA_SUCCESS && function->module == NULL) {
        return call_refused(__func__, CUDA_ERROR_NOT_SUPPORTED, "The function came from a kernel of a library.");
    }
    if (result == CUDA_SUCCESS) {
        *hmod = function->module;
    }
    return result;
}

CUresult cuFuncGetName(const char **name, CUfunction hfunc) {
    function_t *function = NULL;
    CUresult result = find(hfunc, name, &function);
    if (result == CUDA_SUCCESS) {
        *name = function->name;
    }
    return result;
}

CUresult cuKernelGetName(const char **name, CUkernel hfunc) {
    return cuFuncGetName(name, (CUfunction)hfunc);
}

CUresult cuFuncGetParamInfo(CUfunction func, size_t paramIndex, size_t *paramOffset, size_t *paramSize) {
    function_t *function = NULL;
    CUresult result = find(func, paramOffset, &function);
    if (result == CUDA_SUCCESS && paramIndex >= function->parameter_count) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    if (result == CUDA_SUCCESS) {
        *paramOffset = function->parameters[paramIndex].offset;
        if (paramSize != NULL) {
            *paramSize = function->parameters[paramIndex].size;
        }
    }
    return result;
}

CUresult cuKernelGetParamInfo(CUkernel kernel, size_t paramIndex, size_t *paramOffset, size_t *paramSize) {
    return cuFuncGetParamInfo((CUfunction)kernel, paramIndex, paramOffset, paramSize);
}
