#define _GNU_SOURCE
#include "function.h"

#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "limits.h"
#include "log.h"
#include "process.h"

enum { IS_FUNCTION, IS_KERNEL };

/* As a parameter count: the driver does not tell. */
static const uint32_t NOT_TOLD = UINT32_MAX;

/* Room for all that is kept of it, in one piece: the function, its parameters, its settings, its name. */
static function_t *make(bool is_kernel, uint32_t parameter_count, const char *name) {
    size_t parameters = parameter_count * sizeof(function_parameter_t);
    size_t settings = (is_kernel ? (size_t)process.snapshot.device_count : 1) * sizeof(settings_t);
    size_t name_bytes = strlen(name) + 1;
    function_t *function = calloc(1, sizeof *function + parameters + settings + name_bytes);
    if (function != NULL) {
        char *behind = (char *)function + sizeof *function + parameters;
        function->parameters = (const function_parameter_t *)(const void *)(function + 1);
        function->settings = (settings_t *)(void *)behind;
        function->name = memcpy(behind + settings, name, name_bytes);
        function->is_kernel = is_kernel;
        function->parameter_count = parameter_count;
    }
    return function;
}

function_t *function_unknown(bool is_kernel) {
    return make(is_kernel, 0, "");
}

void function_free(void *function) {
    function_t *each = function;
    while (each != NULL) {
        function_t *later = each->told_later;
        free(each->set_parameters);
        free(each);
        each = later;
    }
}

static bool read_parameters(call_t *call, function_t *function) {
    function_parameter_t *parameters = (function_parameter_t *)(void *)(function + 1);
    for (uint32_t i = 0; i < function->parameter_count; i++) {
        function_parameter_t *parameter = &parameters[i];
        parameter->offset = call_get_u64(call);
        parameter->size = call_get_u64(call);
        uint64_t end = parameter->offset + parameter->size;
        if (end > KERNEL_PARAMETER_BYTES_MAX || end < parameter->offset) {
            log_tell("the server tells of a parameter that ends at byte %llu; the limit is %u", (unsigned long long)end,
                     KERNEL_PARAMETER_BYTES_MAX);
            return false;
        }
        function->parameter_bytes = end > function->parameter_bytes ? (uint32_t)end : function->parameter_bytes;
    }
    return true;
}

function_t *function_read(call_t *call, bool is_kernel, const char *name) {
    settings_t settings = {0};
    settings_read(call, &settings);
    uint32_t told = call_get_u32(call);
    uint32_t count = told == NOT_TOLD ? 0 : told;
    uint32_t of_device = call_get_u32(call);
    uint32_t device = is_kernel ? of_device : 0;
    if (count > KERNEL_PARAMETER_BYTES_MAX) {
        log_tell("the server tells of a kernel with %u parameters; the limit is %u", count, KERNEL_PARAMETER_BYTES_MAX);
        return NULL;
    }
    if (is_kernel && snapshot_device((int32_t)device) == NULL) {
        log_tell("the server tells of a kernel on device %u, which is not there", device);
        return NULL;
    }
    function_t *function = make(is_kernel, count, name);
    if (function == NULL) {
        return NULL;
    }
    function->settings[device] = settings;
    function->is_complete = told != NOT_TOLD;
    if (!read_parameters(call, function)) {
        free(function);
        return NULL;
    }
    return function;
}

static bool is_complete(const function_t *function) {
    return __atomic_load_n(&function->is_complete, __ATOMIC_ACQUIRE) != 0;
}

static function_t *read_named(call_t *call, bool is_kernel) {
    uint64_t length = 0;
    const unsigned char *text = call_get_bytes(call, &length);
    char *name = strndup(text == NULL ? "" : (const char *)text, length);
    function_t *function = name == NULL ? NULL : function_read(call, is_kernel, name);
    free(name);
    return function;
}

/* Under the lock of settings: what a call told is known of the function from now on. */
static void take_over(function_t *function, function_t *told) {
    uint32_t devices = function->is_kernel ? (uint32_t)process.snapshot.device_count : 1;
    for (uint32_t i = 0; i < devices; i++) {
        if (function->settings[i].known == 0) {
            memcpy(function->settings[i].values, told->settings[i].values, sizeof told->settings[i].values);
            __atomic_store_n(&function->settings[i].known, told->settings[i].known, __ATOMIC_RELEASE);
        }
    }
    if (told->name[0] != 0) {
        __atomic_store_n(&function->name, told->name, __ATOMIC_RELEASE);
    }
    function->parameter_count = told->parameter_count;
    function->parameter_bytes = told->parameter_bytes;
    function->parameters = told->parameters;
    told->told_later = function->told_later;
    function->told_later = told;
    __atomic_store_n(&function->is_complete, told->is_complete, __ATOMIC_RELEASE);
}

CUresult function_complete(enum handle_kind kind, const void *pointer, function_t *function) {
    if (is_complete(function)) {
        return CUDA_SUCCESS;
    }
    uint64_t wire = 0;
    call_t call;
    CUresult result = handle_in(kind, pointer, &wire);
    settings_lock();
    if (result == CUDA_SUCCESS && !is_complete(function)) {
        result = call_begin(&call, CALL_cuFuncLoad, CALL_WAITS, 16);
        if (result == CUDA_SUCCESS) {
            call_put_handle(&call, wire);
            call_put_u32(&call, kind == HANDLE_KERNEL ? IS_KERNEL : IS_FUNCTION);
            call_put_u32(&call, 0);
            result = call_wait(&call);
            function_t *told = result == CUDA_SUCCESS ? read_named(&call, function->is_kernel) : NULL;
            call_end(&call);
            if (told != NULL && !told->is_complete && function->name[0] != 0) {
                function_free(told); /* nothing new: there is still no context */
            } else if (told != NULL) {
                take_over(function, told);
            } else if (result == CUDA_SUCCESS) {
                result = CUDA_ERROR_OUT_OF_MEMORY;
            }
        }
    }
    settings_unlock();
    return result != CUDA_SUCCESS ? result : is_complete(function) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_CONTEXT;
}

CUresult function_find(CUfunction pointer, function_t **function, uint64_t *wire, uint32_t *kind) {
    *kind = IS_FUNCTION;
    *function = handle_detail(HANDLE_FUNCTION, pointer);
    if (*function == NULL) {
        *kind = IS_KERNEL;
        *function = handle_detail(HANDLE_KERNEL, pointer);
    }
    if (*function == NULL) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    CUresult result = function_complete(*kind == IS_KERNEL ? HANDLE_KERNEL : HANDLE_FUNCTION, pointer, *function);
    return result != CUDA_SUCCESS ? result : handle_in(HANDLE_FUNCTION, pointer, wire);
}
