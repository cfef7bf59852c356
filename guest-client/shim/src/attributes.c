/* What a program asks of functions and kernels, answered from what came with them. */
#define _GNU_SOURCE
#include <string.h>

#include "call.h"
#include "calls.h"
#include "forwards.h"
#include "function.h"
#include "handle.h"
#include "process.h"

/* The driver takes no kernel where it wants a function, nor the other way round: 400 (driver 580). */
static CUresult find(enum handle_kind kind, const void *pointer, const void *out, function_t **function) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (out == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *function = handle_detail(kind, pointer);
    if (*function == NULL) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    /* what was enumerated has no name yet; without a context the driver tells a kernel's name all the same */
    bool known = __atomic_load_n(&(*function)->name, __ATOMIC_ACQUIRE)[0] != 0;
    result = known ? CUDA_SUCCESS : function_complete(kind, pointer, *function);
    return known || result != CUDA_ERROR_INVALID_CONTEXT ? result : CUDA_SUCCESS;
}

static CUresult find_function(CUfunction pointer, const void *out, function_t **function) {
    return find(HANDLE_FUNCTION, pointer, out, function);
}

static CUresult find_kernel(CUkernel pointer, const void *out, function_t **function) {
    return find(HANDLE_KERNEL, pointer, out, function);
}

CUresult cuFuncGetAttribute(int *pi, CUfunction_attribute attrib, CUfunction hfunc) {
    function_t *function = NULL;
    CUresult result = find_function(hfunc, pi, &function);
    if (result == CUDA_SUCCESS && !settings_get(function->settings, (unsigned int)attrib, pi)) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    return result;
}

static CUresult find_on_device(CUkernel pointer, const void *out, CUdevice device, function_t **kernel,
                               const settings_t **settings) {
    uint64_t wire = 0;
    CUresult result = find_kernel(pointer, out, kernel);
    if (result == CUDA_SUCCESS && snapshot_device(device) == NULL) {
        result = CUDA_ERROR_INVALID_DEVICE;
    }
    if (result == CUDA_SUCCESS) {
        result = handle_in(HANDLE_KERNEL, pointer, &wire);
    }
    return result != CUDA_SUCCESS ? result : settings_on_device(*kernel, wire, device, settings);
}

CUresult cuKernelGetAttribute(int *pi, CUfunction_attribute attrib, CUkernel kernel, CUdevice dev) {
    function_t *own = NULL;
    const settings_t *settings = NULL;
    CUresult result = find_on_device(kernel, pi, dev, &own, &settings);
    if (result == CUDA_SUCCESS && !settings_get(settings, (unsigned int)attrib, pi)) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    return result;
}

CUresult cuFuncSetAttribute(CUfunction hfunc, CUfunction_attribute attrib, int value) {
    function_t *function = NULL;
    CUresult result = find_function(hfunc, hfunc, &function);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (settings_has_own(function->settings, (unsigned int)attrib, value)) {
        return CUDA_SUCCESS; /* FlashAttention sets the same before every launch; no wait of another thread holds it up */
    }
    settings_lock();
    if (!settings_has_own(function->settings, (unsigned int)attrib, value)) {
        result = forward_cuFuncSetAttribute(hfunc, attrib, value);
        if (result == CUDA_SUCCESS) {
            settings_set_own(function->settings, (unsigned int)attrib, value);
        }
    }
    settings_unlock();
    return result;
}

CUresult cuKernelSetAttribute(CUfunction_attribute attrib, int val, CUkernel kernel, CUdevice dev) {
    function_t *own = NULL;
    const settings_t *settings = NULL;
    int now = 0;
    CUresult result = find_on_device(kernel, kernel, dev, &own, &settings);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    settings_lock();
    if (!settings_get(settings, (unsigned int)attrib, &now) || now != val) {
        result = forward_cuKernelSetAttribute(attrib, val, kernel, dev);
        if (result == CUDA_SUCCESS) {
            settings_set_on_kernel(own, dev, (unsigned int)attrib, val);
        }
    }
    settings_unlock();
    return result;
}

CUresult cuFuncSetCacheConfig(CUfunction hfunc, CUfunc_cache config) {
    function_t *function = NULL;
    CUresult result = find_function(hfunc, hfunc, &function);
    return result != CUDA_SUCCESS ? result : forward_cuFuncSetCacheConfig(hfunc, config);
}

CUresult cuFuncSetSharedMemConfig(CUfunction hfunc, CUsharedconfig config) {
    function_t *function = NULL;
    CUresult result = find_function(hfunc, hfunc, &function);
    return result != CUDA_SUCCESS ? result : forward_cuFuncSetSharedMemConfig(hfunc, config);
}

CUresult cuKernelSetCacheConfig(CUkernel kernel, CUfunc_cache config, CUdevice dev) {
    function_t *function = NULL;
    CUresult result = find_kernel(kernel, kernel, &function);
    return result != CUDA_SUCCESS ? result : forward_cuKernelSetCacheConfig(kernel, config, dev);
}

CUresult cuFuncLoad(CUfunction function) {
    function_t *detail = NULL;
    CUresult result = find_function(function, function, &detail);
    return result; /* whatever is found is loaded by then */
}

CUresult cuFuncIsLoaded(CUfunctionLoadingState *state, CUfunction function) {
    function_t *detail = NULL;
    CUresult result = find_function(function, state, &detail);
    if (result == CUDA_SUCCESS) {
        *state = CU_FUNCTION_LOADING_STATE_LOADED; /* the server loads a function when it is resolved */
    }
    return result;
}

CUresult cuFuncGetModule(CUmodule *hmod, CUfunction hfunc) {
    function_t *function = NULL;
    CUresult result = find_function(hfunc, hmod, &function);
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
    CUresult result = find_function(hfunc, name, &function);
    if (result == CUDA_SUCCESS) {
        *name = function->name;
    }
    return result;
}

CUresult cuKernelGetName(const char **name, CUkernel hfunc) {
    function_t *kernel = NULL;
    CUresult result = find_kernel(hfunc, name, &kernel);
    if (result == CUDA_SUCCESS) {
        *name = kernel->name;
    }
    return result;
}

static CUresult get_parameter(enum handle_kind kind, const void *pointer, function_t *function, size_t index, size_t *offset,
                              size_t *size) {
    CUresult result = function_complete(kind, pointer, function);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (index >= function->parameter_count) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *offset = function->parameters[index].offset;
    if (size != NULL) {
        *size = function->parameters[index].size;
    }
    return CUDA_SUCCESS;
}

CUresult cuFuncGetParamInfo(CUfunction func, size_t paramIndex, size_t *paramOffset, size_t *paramSize) {
    function_t *function = NULL;
    CUresult result = find_function(func, paramOffset, &function);
    return result != CUDA_SUCCESS ? result : get_parameter(HANDLE_FUNCTION, func, function, paramIndex, paramOffset, paramSize);
}

CUresult cuKernelGetParamInfo(CUkernel kernel, size_t paramIndex, size_t *paramOffset, size_t *paramSize) {
    function_t *function = NULL;
    CUresult result = find_kernel(kernel, paramOffset, &function);
    return result != CUDA_SUCCESS ? result : get_parameter(HANDLE_KERNEL, kernel, function, paramIndex, paramOffset, paramSize);
}
