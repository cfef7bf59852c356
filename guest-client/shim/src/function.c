#include "function.h"

#include <stdlib.h>
#include <string.h>

#include "limits.h"
#include "log.h"
#include "process.h"

function_t *function_read(call_t *call, const char *name) {
    uint64_t known = call_get_u64(call);
    int32_t attributes[FUNCTION_ATTRIBUTES];
    call_get_struct(call, attributes, sizeof attributes);
    uint32_t count = call_get_u32(call);
    (void)call_get_u32(call);
    if (count > KERNEL_PARAMETER_BYTES_MAX) {
        log_tell("the server tells of a kernel with %u parameters; the limit is %u", count, KERNEL_PARAMETER_BYTES_MAX);
        return NULL;
    }
    size_t name_bytes = strlen(name) + 1;
    size_t parameters = count * sizeof(function_parameter_t);
    function_t *function = calloc(1, sizeof *function + parameters + name_bytes);
    if (function == NULL) {
        return NULL;
    }
    char *own_name = (char *)function + sizeof *function + parameters;
    memcpy(own_name, name, name_bytes);
    function->name = own_name;
    function->known = known;
    memcpy(function->attributes, attributes, sizeof attributes);
    function->parameter_count = count;
    for (uint32_t i = 0; i < count; i++) {
        function_parameter_t *parameter = &function->parameters[i];
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
    return *function == NULL ? CUDA_ERROR_INVALID_HANDLE : handle_in(HANDLE_FUNCTION, pointer, wire);
}
