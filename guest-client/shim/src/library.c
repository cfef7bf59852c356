/* Libraries: images that belong to no context, and their kernels. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "calls.h"
#include "context.h"
#include "forwards.h"
#include "function.h"
#include "handle.h"
#include "limits.h"
#include "module.h"
#include "process.h"

/* cudart asks for the same kernels again and again: each is asked of the server once. */
typedef struct library {
    pthread_mutex_t lock;
    CUmodule module;   /* lock */
    uint32_t count;    /* lock */
    uint32_t capacity; /* lock */
    CUkernel *kernels; /* lock; freed by cuLibraryUnload */
} library_t;

CUresult cuLibraryLoadData(CUlibrary *library, const void *code, CUjit_option *jitOptions, void **jitOptionsValues,
                           unsigned int numJitOptions, CUlibraryOption *libraryOptions, void **libraryOptionValues,
                           unsigned int numLibraryOptions) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (library == NULL || code == NULL || (numLibraryOptions > 0 && libraryOptions == NULL)) {
        return CUDA_ERROR_INVALID_VALUE; /* without values is legal: cuBLASLt gives BINARY_IS_PRESERVED none */
    }
    (void)libraryOptionValues; /* both options that there are speak of this program's memory */
    load_t load = {
        .number = CALL_cuLibraryLoadData,
        .jit = {numJitOptions, jitOptions, jitOptionsValues},
    };
    library_t *detail = calloc(1, sizeof *detail);
    void *made = detail == NULL ? NULL : handle_make(HANDLE_LIBRARY, &load.wire);
    if (made == NULL) {
        free(detail);
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    (void)pthread_mutex_init(&detail->lock, NULL);
    handle_set_detail(made, detail);
    result = load_image(&load, code);
    if (result != CUDA_SUCCESS) {
        handle_drop(made);
        return result;
    }
    *library = made;
    return CUDA_SUCCESS;
}

CUresult cuLibraryLoadFromFile(CUlibrary *library, const char *fileName, CUjit_option *jitOptions,
                               void **jitOptionsValues, unsigned int numJitOptions, CUlibraryOption *libraryOptions,
                               void **libraryOptionValues, unsigned int numLibraryOptions) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (library == NULL || fileName == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    size_t bytes = 0;
    void *image = load_file(fileName, &bytes, &result);
    if (image != NULL) {
        result = cuLibraryLoadData(library, image, jitOptions, jitOptionsValues, numJitOptions, libraryOptions,
                                   libraryOptionValues, numLibraryOptions);
    }
    free(image);
    return result;
}

CUresult cuLibraryUnload(CUlibrary library) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    library_t *detail = handle_detail(HANDLE_LIBRARY, library);
    if (detail == NULL) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    for (uint32_t i = 0; i < detail->count; i++) {
        handle_drop(detail->kernels[i]);
    }
    free(detail->kernels);
    return forward_cuLibraryUnload(library);
}

/* Under the library's lock. */
static CUkernel find_kernel(const library_t *library, const char *name) {
    for (uint32_t i = 0; i < library->count; i++) {
        const function_t *kernel = handle_detail(HANDLE_KERNEL, library->kernels[i]);
        if (kernel != NULL && strcmp(kernel->name, name) == 0) {
            return library->kernels[i];
        }
    }
    return NULL;
}

static CUresult keep_kernel(library_t *library, CUkernel kernel) {
    if (library->count == library->capacity) {
        uint32_t capacity = library->capacity == 0 ? 16 : library->capacity * 2;
        CUkernel *kernels = realloc(library->kernels, capacity * sizeof *kernels);
        if (kernels == NULL) {
            return CUDA_ERROR_OUT_OF_MEMORY;
        }
        library->kernels = kernels;
        library->capacity = capacity;
    }
    library->kernels[library->count++] = kernel;
    return CUDA_SUCCESS;
}

CUresult cuLibraryGetKernel(CUkernel *pKernel, CUlibrary library, const char *name) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    library_t *detail = handle_detail(HANDLE_LIBRARY, library);
    uint64_t wire = 0;
    if (pKernel == NULL || name == NULL || strlen(name) > STRING_BYTES_MAX) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (detail == NULL || handle_in(HANDLE_LIBRARY, library, &wire) != CUDA_SUCCESS) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    pthread_mutex_lock(&detail->lock);
    void *kernel = find_kernel(detail, name);
    if (kernel == NULL) {
        function_t *function = NULL;
        result = function_ask(CALL_cuLibraryGetKernel, HANDLE_KERNEL, wire, name, true, &kernel, &function);
        if (result == CUDA_SUCCESS) {
            function->library = library;
            result = keep_kernel(detail, kernel);
        }
    }
    pthread_mutex_unlock(&detail->lock);
    if (result == CUDA_SUCCESS) {
        *pKernel = kernel;
    }
    return result;
}

CUresult cuLibraryGetModule(CUmodule *pMod, CUlibrary library) {
    CUresult result = process_remote();
    library_t *detail = handle_detail(HANDLE_LIBRARY, library);
    if (result != CUDA_SUCCESS || pMod == NULL || detail == NULL) {
        return result != CUDA_SUCCESS ? result : pMod == NULL ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_INVALID_HANDLE;
    }
    return forward_cuLibraryGetModule(pMod, library);
}

/* The kernel's function in a context: the same for the life of both, as the driver has it. */
static CUresult function_of_kernel(function_t *kernel, uint64_t wire, const context_t *context, void **function) {
    for (uint32_t i = 0; i < kernel->in_contexts; i++) {
        if (kernel->in_context[i].context_id == context->id) {
            *function = kernel->in_context[i].function;
            return CUDA_SUCCESS;
        }
    }
    function_t *detail = NULL;
    CUresult result = function_ask(CALL_cuKernelGetFunction, HANDLE_FUNCTION, wire, kernel->name, false, function, &detail);
    if (result == CUDA_SUCCESS && kernel->in_contexts < KERNEL_CONTEXTS_CACHED) {
        kernel->in_context[kernel->in_contexts] = (kernel_function_t){context->id, context->device, *function};
        __atomic_store_n(&kernel->in_contexts, kernel->in_contexts + 1, __ATOMIC_RELEASE);
    }
    return result;
}

CUresult cuKernelGetFunction(CUfunction *pFunc, CUkernel kernel) {
    CUresult result = process_remote();
    uint64_t wire = 0;
    if (result != CUDA_SUCCESS) {
        return result;
    }
    function_t *own = handle_detail(HANDLE_KERNEL, kernel);
    if (pFunc == NULL || own == NULL || handle_in(HANDLE_KERNEL, kernel, &wire) != CUDA_SUCCESS) {
        return pFunc == NULL ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_INVALID_HANDLE;
    }
    CUcontext context = NULL;
    context_t *current = NULL;
    result = context_current(&context, &current);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    void *function = NULL;
    settings_lock();
    result = function_of_kernel(own, wire, current, &function);
    settings_unlock();
    if (result == CUDA_SUCCESS) {
        *pFunc = function;
    }
    return result;
}

CUresult cuKernelGetLibrary(CUlibrary *pLib, CUkernel kernel) {
    CUresult result = process_remote();
    const function_t *function = handle_detail(HANDLE_KERNEL, kernel);
    if (result != CUDA_SUCCESS || pLib == NULL || function == NULL) {
        return result != CUDA_SUCCESS ? result : pLib == NULL ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_INVALID_HANDLE;
    }
    *pLib = function->library;
    return CUDA_SUCCESS;
}
