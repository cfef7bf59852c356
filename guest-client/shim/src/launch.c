/*
 * Kernel launches: validated here as the driver validates, packed straight into the ring, posted.
 */
#define _GNU_SOURCE
#include <string.h>

#include "call.h"
#include "calls.h"
#include "context.h"
#include "function.h"
#include "handle.h"
#include "launch.h"
#include "limits.h"
#include "mapped.h"
#include "process.h"
#include "thread.h"

enum { EXTRA_END = 0, EXTRA_BUFFER = 1, EXTRA_SIZE = 2 };

/* The fixed part of a launch's body, as it travels (protocol.md 5, cuLaunchKernel). */
typedef struct launch_body {
    uint64_t function;
    uint32_t kind;
    uint32_t attribute_count;
    uint32_t grid[3];
    uint32_t block[3];
    uint32_t shared_bytes;
    uint32_t zero;
    uint64_t stream;
    uint64_t parameter_bytes;
} launch_body_t;

_Static_assert(sizeof(launch_body_t) == 64, "as it travels");

static bool exceeds(const device_snapshot_t *device, int attribute, uint32_t value) {
    int limit = 0;
    return value == 0 || (snapshot_attribute(device, attribute, &limit) && value > (uint32_t)limit);
}

static bool attribute_exceeded(const settings_t *settings, unsigned int attribute, uint64_t value) {
    int limit = 0;
    return settings_get(settings, attribute, &limit) && value > (uint64_t)(uint32_t)limit;
}

CUresult launch_check(const settings_t *settings, const device_snapshot_t *device, const launch_shape_t *shape) {
    for (int axis = 0; axis < 3; axis++) {
        if (exceeds(device, CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X + axis, shape->grid[axis])
            || exceeds(device, CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X + axis, shape->block[axis])) {
            return CUDA_ERROR_INVALID_VALUE;
        }
    }
    uint64_t threads = (uint64_t)shape->block[0] * shape->block[1] * shape->block[2];
    if (exceeds(device, CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK, threads > UINT32_MAX ? UINT32_MAX : (uint32_t)threads)
        || attribute_exceeded(settings, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, shape->shared_bytes)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (attribute_exceeded(settings, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, threads)) {
        return CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
    }
    return CUDA_SUCCESS;
}

/* The buffer of the "extra" form; NULL with CUDA_SUCCESS when there is none. */
static CUresult read_extra(void **extra, const void **buffer, size_t *bytes) {
    *buffer = NULL;
    *bytes = 0;
    if (extra == NULL) {
        return CUDA_SUCCESS;
    }
    for (int i = 0; (uintptr_t)extra[i] != EXTRA_END; i += 2) {
        switch ((uintptr_t)extra[i]) {
        case EXTRA_BUFFER:
            *buffer = extra[i + 1];
            break;
        case EXTRA_SIZE:
            if (extra[i + 1] == NULL) {
                return CUDA_ERROR_INVALID_VALUE;
            }
            memcpy(bytes, extra[i + 1], sizeof *bytes);
            break;
        default:
            return CUDA_ERROR_INVALID_VALUE;
        }
    }
    return CUDA_SUCCESS;
}

CUresult launch_find_parameters(const function_t *function, void **pointers, void **extra,
                                launch_parameters_t *found) {
    size_t buffer_bytes = 0;
    CUresult result = read_extra(extra, &found->buffer, &buffer_bytes);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    bool packed = found->buffer != NULL;
    if (packed ? pointers != NULL : pointers == NULL && function->parameter_count > 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (packed && buffer_bytes > function->parameter_bytes) {
        return CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
    }
    found->pointers = pointers;
    found->bytes = packed ? buffer_bytes : function->parameter_bytes;
    return CUDA_SUCCESS;
}

CUresult launch_use_pinned(const char *call, const function_t *function, const launch_parameters_t *parameters) {
    if (!memory_any_pinned()) {
        return CUDA_SUCCESS;
    }
    if (parameters->buffer != NULL) {
        return mapped_use_words(call, parameters->buffer, parameters->bytes, 0);
    }
    CUresult result = CUDA_SUCCESS;
    for (uint32_t i = 0; i < function->parameter_count && result == CUDA_SUCCESS; i++) {
        const function_parameter_t *parameter = &function->parameters[i];
        result = mapped_use_words(call, parameters->pointers[i], parameter->size, parameter->offset);
    }
    return result;
}

void launch_put_parameters(call_t *call, const function_t *function, const launch_parameters_t *parameters) {
    unsigned char *room = call_room(call, parameters->bytes);
    if (parameters->buffer != NULL) {
        memcpy(room, parameters->buffer, parameters->bytes);
        return;
    }
    uint64_t end = 0;
    for (uint32_t i = 0; i < function->parameter_count; i++) {
        const function_parameter_t *parameter = &function->parameters[i];
        if (parameter->offset > end) {
            memset(room + end, 0, parameter->offset - end); /* no byte of an older frame travels */
        }
        memcpy(room + parameter->offset, parameters->pointers[i], parameter->size);
        end = parameter->offset + parameter->size;
    }
}

/* Whether all blocks of a launch that asks for it are there at the same time: the documented limit, multiprocessors times what
 * each holds. The driver refuses the call, for which nobody waits here. */
static CUresult check_cooperative(CUfunction f, const launch_shape_t *shape, const device_snapshot_t *device,
                                  const CUlaunchAttribute *attributes, uint32_t count) {
    int wanted = 0;
    for (uint32_t i = 0; i < count; i++) {
        if ((int)attributes[i].id == CU_LAUNCH_ATTRIBUTE_COOPERATIVE) {
            memcpy(&wanted, &attributes[i].value, sizeof wanted);
        }
    }
    if (wanted == 0) {
        return CUDA_SUCCESS;
    }
    int resident = 0;
    CUresult result = cuOccupancyMaxActiveBlocksPerMultiprocessor(
        &resident, f, (int)(shape->block[0] * shape->block[1] * shape->block[2]), shape->shared_bytes);
    uint64_t most = (uint64_t)resident * (uint64_t)device->attributes[CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT];
    uint64_t blocks = (uint64_t)shape->grid[0] * shape->grid[1] * shape->grid[2];
    return result == CUDA_SUCCESS && blocks > most ? CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE : result;
}

CUresult launch_post(uint32_t number, CUfunction f, const launch_shape_t *shape, CUstream stream, void **parameters,
                     void **extra, const CUlaunchAttribute *attributes, uint32_t attribute_count) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    function_t *function = NULL;
    CUcontext context = NULL;
    context_t *current = NULL;
    const settings_t *settings = NULL;
    launch_body_t body = {.attribute_count = attribute_count, .shared_bytes = shape->shared_bytes};
    result = function_find(f, &function, &body.function, &body.kind);
    if (result == CUDA_SUCCESS) {
        result = context_current(&context, &current);
    }
    if (result == CUDA_SUCCESS) {
        result = handle_in(HANDLE_STREAM, stream, &body.stream);
    }
    if (result == CUDA_SUCCESS) {
        result = settings_in_context(function, body.function, current, &settings);
    }
    if (result == CUDA_SUCCESS) {
        result = launch_check(settings, snapshot_device(current->device), shape);
    }
    if (result == CUDA_SUCCESS) {
        result = check_cooperative(f, shape, snapshot_device(current->device), attributes, attribute_count);
    }
    launch_parameters_t packed;
    if (result == CUDA_SUCCESS) {
        result = launch_find_parameters(function, parameters, extra, &packed);
    }
    if (result == CUDA_SUCCESS) {
        result = launch_use_pinned(call_name(number), function, &packed);
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    body.parameter_bytes = packed.bytes;
    memcpy(body.grid, shape->grid, sizeof body.grid);
    memcpy(body.block, shape->block, sizeof body.block);
    call_t call;
    result = call_begin(&call, number, CALL_POSTED,
                        sizeof body + call_padded(packed.bytes) + attribute_count * sizeof *attributes);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_struct(&call, &body, sizeof body);
    launch_put_parameters(&call, function, &packed);
    if (attribute_count > 0) {
        call_put_struct(&call, attributes, attribute_count * sizeof *attributes);
    }
    process.launches++;
    return call_post(&call);
}

CUresult cuLaunchKernel(CUfunction f, unsigned int gridDimX, unsigned int gridDimY, unsigned int gridDimZ,
                        unsigned int blockDimX, unsigned int blockDimY, unsigned int blockDimZ,
                        unsigned int sharedMemBytes, CUstream hStream, void **kernelParams, void **extra) {
    const launch_shape_t shape = {
        {gridDimX, gridDimY, gridDimZ}, {blockDimX, blockDimY, blockDimZ}, sharedMemBytes};
    return launch_post(CALL_cuLaunchKernel, f, &shape, hStream, kernelParams, extra, NULL, 0);
}

/* Attributes whose value holds an event travel with the event's wire form. */
CUresult launch_attributes(const CUlaunchConfig *config, CUlaunchAttribute *attributes) {
    enum { PROGRAMMATIC_EVENT = 7, COMPLETION_EVENT = 12, UPDATABLE_NODE = 13 };
    if (config->numAttrs > LAUNCH_ATTRIBUTES_MAX || (config->numAttrs > 0 && config->attrs == NULL)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (config->numAttrs > 0) {
        memcpy(attributes, config->attrs, config->numAttrs * sizeof *attributes);
    }
    for (uint32_t i = 0; i < config->numAttrs; i++) {
        int id = (int)attributes[i].id;
        if (id == UPDATABLE_NODE) {
            return call_refused("cuLaunchKernelEx", CUDA_ERROR_NOT_SUPPORTED, "Device-updatable nodes do not travel.");
        }
        if (id == PROGRAMMATIC_EVENT || id == COMPLETION_EVENT) {
            void *event = NULL;
            uint64_t wire = 0;
            memcpy(&event, &attributes[i].value, sizeof event);
            CUresult result = handle_in(HANDLE_EVENT, event, &wire);
            if (result != CUDA_SUCCESS) {
                return result;
            }
            memcpy(&attributes[i].value, &wire, sizeof wire);
        }
    }
    return CUDA_SUCCESS;
}

CUresult cuLaunchKernelEx(const CUlaunchConfig *config, CUfunction f, void **kernelParams, void **extra) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    CUlaunchAttribute attributes[LAUNCH_ATTRIBUTES_MAX];
    result = config == NULL ? CUDA_ERROR_INVALID_VALUE : launch_attributes(config, attributes);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    const launch_shape_t shape = {{config->gridDimX, config->gridDimY, config->gridDimZ},
                                  {config->blockDimX, config->blockDimY, config->blockDimZ},
                                  config->sharedMemBytes};
    return launch_post(CALL_cuLaunchKernelEx, f, &shape, config->hStream, kernelParams, extra, attributes,
                       config->numAttrs);
}

CUresult cuLaunchCooperativeKernel(CUfunction f, unsigned int gridDimX, unsigned int gridDimY, unsigned int gridDimZ,
                                   unsigned int blockDimX, unsigned int blockDimY, unsigned int blockDimZ,
                                   unsigned int sharedMemBytes, CUstream hStream, void **kernelParams) {
    const launch_shape_t shape = {
        {gridDimX, gridDimY, gridDimZ}, {blockDimX, blockDimY, blockDimZ}, sharedMemBytes};
    CUlaunchAttribute attribute;
    memset(&attribute, 0, sizeof attribute);
    attribute.id = CU_LAUNCH_ATTRIBUTE_COOPERATIVE;
    memcpy(&attribute.value, &(int){1}, sizeof(int));
    return launch_post(CALL_cuLaunchKernelEx, f, &shape, hStream, kernelParams, NULL, &attribute, 1);
}
