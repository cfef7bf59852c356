/* Modules and what is found in them. */
#define _GNU_SOURCE
#include "module.h"

#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "context.h"
#include "forwards.h"
#include "function.h"
#include "handle.h"
#include "limits.h"
#include "memory.h"
#include "process.h"

static CUresult check(void) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = process_remote();
    return result != CUDA_SUCCESS ? result : context_current(&context, &detail);
}

static CUresult load_module(CUmodule *module, const void *image, jit_options_t jit) {
    CUresult result = check();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (module == NULL || image == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    load_t load = {.number = CALL_cuModuleLoadData, .jit = jit};
    void *made = handle_make(HANDLE_MODULE, &load.wire);
    if (made == NULL) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    result = load_image(&load, image);
    if (result != CUDA_SUCCESS) {
        handle_drop(made);
        return result;
    }
    *module = made;
    return CUDA_SUCCESS;
}

CUresult cuModuleLoadData(CUmodule *module, const void *image) {
    return load_module(module, image, (jit_options_t){.count = 0});
}

CUresult cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned int numOptions, CUjit_option *options,
                            void **optionValues) {
    return load_module(module, image, (jit_options_t){numOptions, options, optionValues});
}

CUresult cuModuleLoadFatBinary(CUmodule *module, const void *fatCubin) {
    return cuModuleLoadData(module, fatCubin);
}

CUresult cuModuleLoad(CUmodule *module, const char *fname) {
    CUresult result = check();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (module == NULL || fname == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    size_t bytes = 0;
    void *image = load_file(fname, &bytes, &result);
    if (image != NULL) {
        result = cuModuleLoadData(module, image);
    }
    free(image);
    return result;
}

CUresult cuModuleUnload(CUmodule hmod) {
    CUresult result = process_remote();
    return result != CUDA_SUCCESS ? result : forward_cuModuleUnload(hmod);
}

CUresult cuModuleGetLoadingMode(CUmoduleLoadingMode *mode) {
    CUresult result = process_local();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (mode == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    const char *wanted = getenv("CUDA_MODULE_LOADING");
    *mode = wanted != NULL && strcmp(wanted, "EAGER") == 0 ? CU_MODULE_EAGER_LOADING : CU_MODULE_LAZY_LOADING;
    return CUDA_SUCCESS;
}

/* One way for functions of modules and of kernels, and for kernels of libraries: a handle made here, and a name or none. */
CUresult function_ask(uint32_t number, enum handle_kind kind, uint64_t owner, const char *name, bool with_name,
                      void **found, function_t **detail) {
    uint64_t wire = 0;
    void *made = handle_make(kind, &wire);
    if (made == NULL) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    call_t call;
    CUresult result = call_begin(&call, number, CALL_WAITS, 24 + (with_name ? call_padded(strlen(name)) : 0));
    if (result != CUDA_SUCCESS) {
        handle_drop(made);
        return result;
    }
    call_put_handle(&call, wire);
    call_put_handle(&call, owner);
    if (with_name) {
        call_put_string(&call, name);
    }
    result = call_wait(&call);
    if (result == CUDA_SUCCESS) {
        *detail = function_read(&call, kind == HANDLE_KERNEL, name);
        result = *detail == NULL ? CUDA_ERROR_OUT_OF_MEMORY : CUDA_SUCCESS;
    }
    call_end(&call);
    if (result != CUDA_SUCCESS) {
        handle_drop(made);
        return result;
    }
    handle_set_detail(made, *detail);
    *found = made;
    return CUDA_SUCCESS;
}

CUresult cuModuleGetFunction(CUfunction *hfunc, CUmodule hmod, const char *name) {
    CUresult result = process_remote();
    uint64_t module = 0;
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (hfunc == NULL || name == NULL || strlen(name) > STRING_BYTES_MAX) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    result = handle_in(HANDLE_MODULE, hmod, &module);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    void *made = NULL;
    function_t *function = NULL;
    result = function_ask(CALL_cuModuleGetFunction, HANDLE_FUNCTION, module, name, true, &made, &function);
    if (result == CUDA_SUCCESS) {
        function->module = hmod;
        *hfunc = made;
    }
    return result;
}

static CUresult remember_global(CUresult result, const CUdeviceptr *address, const size_t *bytes) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    memory_range_t known;
    if (result == CUDA_SUCCESS && address != NULL && bytes != NULL && !memory_find(*address, &known)
        && context_current(&context, &detail) == CUDA_SUCCESS) {
        (void)memory_add((memory_range_t){.base = *address,
                                          .size = *bytes,
                                          .kind = MEMORY_GLOBAL,
                                          .context = context,
                                          .device = detail->device});
    }
    return result;
}

CUresult cuModuleGetGlobal_v2(CUdeviceptr *dptr, size_t *bytes, CUmodule hmod, const char *name) {
    CUdeviceptr address = 0;
    size_t size = 0;
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    result = remember_global(forward_cuModuleGetGlobal_v2(&address, &size, hmod, name), &address, &size);
    if (result == CUDA_SUCCESS && dptr != NULL) {
        *dptr = address;
    }
    if (result == CUDA_SUCCESS && bytes != NULL) {
        *bytes = size;
    }
    return result;
}

CUresult cuLibraryGetGlobal(CUdeviceptr *dptr, size_t *bytes, CUlibrary library, const char *name) {
    CUdeviceptr address = 0;
    size_t size = 0;
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    result = remember_global(forward_cuLibraryGetGlobal(&address, &size, library, name), &address, &size);
    if (result == CUDA_SUCCESS && dptr != NULL) {
        *dptr = address;
    }
    if (result == CUDA_SUCCESS && bytes != NULL) {
        *bytes = size;
    }
    return result;
}
