#include "function.h"

#include <stdlib.h>
#include <string.h>

#include "limits.h"
#include "log.h"
#include "process.h"

/* Room for all that is kept of it, in one piece: the function, its parameters, its settings, its name. */
static function_t *make(bool is_kernel, uint32_t parameter_count, const char *name) {
    size_t parameters = parameter_count * sizeof(function_parameter_t);
    size_t settings = (is_kernel ? (size_t)process.snapshot.device_count : 1) * sizeof(settings_t);
    size_t name_bytes = strlen(name) + 1;
    function_t *function = calloc(1, sizeof *function + parameters + settings + name_bytes);
    if (function != NULL) {
        char *behind = (char *)function + sizeof *function + parameters;
        function->settings = (settings_t *)(void *)behind;
        function->name = memcpy(behind + settings, name, name_bytes);
        function->is_kernel = is_kernel;
        function->parameter_count = parameter_count;
        function->parameters = function->own_parameters;
        function->laid_out = !is_kernel || parameter_count > 0;
    }
    return function;
}

function_t *function_read(call_t *call, bool is_kernel, const char *name) {
    settings_t settings = {0};
    settings_read(call, &settings);
    uint32_t count = call_get_u32(call);
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
    for (uint32_t i = 0; i < count; i++) {
        function_parameter_t *parameter = &function->own_parameters[i];
        parameter->offset = call_get_u64(call);
        parameter->size = call_get_u64(call);
        uint64_t end = parameter->offset + parameter->size;
        if (end > KERNEL_PARAMETER_BYTES_MAX || end < parameter->offset) {
            log_tell("the server tells of a parameter that ends at byte %llu; the limit is %u", (unsigned long long)end,
                     KERNEL_PARAMETER_BYTES_MAX);
            free(function);
            return NULL;
        }
        function->parameter_bytes = end > function->parameter_bytes ? (uint32_t)end : function->parameter_bytes;
    }
    return function;
}

CUresult function_find(CUfunction pointer, function_t **function, uint64_t *wire, uint32_t *kind) {
    enum { IS_FUNCTION, IS_KERNEL };
    *kind = IS_FUNCTION;
    *function = handle_detail(HANDLE_FUNCTION, pointer);
    if (*function == NULL) {
        *kind = IS_KERNEL;
        *function = handle_detail(HANDLE_KERNEL, pointer);
    }
    if (*function == NULL) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    CUresult result = handle_in(HANDLE_FUNCTION, pointer, wire);
    return result == CUDA_SUCCESS && *kind == IS_KERNEL ? function_lay_out(*function, *wire) : result;
}
