/* Pointer attributes, as driver 580 answers them (its single form fails for what its plural form has defaults for). */
#define _GNU_SOURCE
#include <string.h>

#include "context.h"
#include "memory.h"
#include "process.h"

enum { UNKNOWN_POINTER_ORDINAL = -2 };

enum { ROUND_DEVICE = 0x400000, ROUND_POOL = 0x2000000, ROUND_OTHER = 0x200000, ACCESS_READ_WRITE = 3 };

static uint64_t mapping_size(const memory_range_t *range) {
    bool pool = (range->kind & (MEMORY_POOL | MEMORY_GRAPH)) != 0;
    uint64_t unit = range->kind == MEMORY_DEVICE ? ROUND_DEVICE : pool ? ROUND_POOL : ROUND_OTHER;
    return range->kind == MEMORY_REGISTERED ? range->size : (range->size + unit - 1) & ~(unit - 1);
}

static bool has_context(const memory_range_t *range) {
    return (range->kind & (MEMORY_POOL | MEMORY_RESERVED | MEMORY_GRAPH)) == 0;
}

#define PUT(type, value)               \
    do {                               \
        *(type *)data = (type)(value); \
        return CUDA_SUCCESS;           \
    } while (0)

/* One attribute of a known pointer. */
static CUresult answer(void *data, CUpointer_attribute attribute, uint64_t pointer, const memory_range_t *range) {
    bool host = ((unsigned)range->kind & MEMORY_PINNED) != 0;
    bool device = range->kind == MEMORY_DEVICE;
    switch ((int)attribute) {
    case CU_POINTER_ATTRIBUTE_CONTEXT:
        PUT(CUcontext, has_context(range) ? range->context : NULL);
    case CU_POINTER_ATTRIBUTE_MEMORY_TYPE:
        PUT(unsigned int, host ? CU_MEMORYTYPE_HOST : CU_MEMORYTYPE_DEVICE);
    case CU_POINTER_ATTRIBUTE_DEVICE_POINTER:
        PUT(uint64_t, pointer);
    case CU_POINTER_ATTRIBUTE_HOST_POINTER:
        if (!host) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        PUT(uint64_t, pointer);
    case CU_POINTER_ATTRIBUTE_P2P_TOKENS:
        if (host) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        memset(data, 0, 16);
        return CUDA_SUCCESS;
    case CU_POINTER_ATTRIBUTE_SYNC_MEMOPS:
        PUT(uint32_t, !host);
    case CU_POINTER_ATTRIBUTE_BUFFER_ID:
    case CU_POINTER_ATTRIBUTE_MEMORY_BLOCK_ID:
        PUT(uint64_t, range->id);
    case CU_POINTER_ATTRIBUTE_IS_MANAGED:
        PUT(uint32_t, 0);
    case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
        PUT(int32_t, range->device);
    case CU_POINTER_ATTRIBUTE_IS_LEGACY_CUDA_IPC_CAPABLE:
        PUT(uint32_t, device);
    case CU_POINTER_ATTRIBUTE_RANGE_START_ADDR:
    case CU_POINTER_ATTRIBUTE_MAPPING_BASE_ADDR:
        PUT(uint64_t, range->base);
    case CU_POINTER_ATTRIBUTE_RANGE_SIZE:
        PUT(uint64_t, range->size);
    case CU_POINTER_ATTRIBUTE_MAPPED:
        PUT(uint32_t, 1);
    case CU_POINTER_ATTRIBUTE_ALLOWED_HANDLE_TYPES:
    case CU_POINTER_ATTRIBUTE_MEMPOOL_HANDLE:
        PUT(uint64_t, 0);
    case CU_POINTER_ATTRIBUTE_IS_GPU_DIRECT_RDMA_CAPABLE:
        PUT(uint32_t, 0); /* true of this client: nothing here reaches the GPU's memory directly */
    case CU_POINTER_ATTRIBUTE_ACCESS_FLAGS:
        PUT(uint32_t, ACCESS_READ_WRITE);
    case CU_POINTER_ATTRIBUTE_MAPPING_SIZE:
        PUT(uint64_t, mapping_size(range));
    case CU_POINTER_ATTRIBUTE_IS_HW_DECOMPRESS_CAPABLE:
        PUT(uint32_t, 0);
    default:
        return CUDA_ERROR_INVALID_VALUE;
    }
}

CUresult cuPointerGetAttribute(void *data, CUpointer_attribute attribute, CUdeviceptr ptr) {
    CUresult result = process_local();
    memory_range_t range;
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (data == NULL || !memory_find(ptr, &range)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    return answer(data, attribute, ptr, &range);
}

/* Whether the plural form takes the attribute: it stops with 1 at any other. */
static bool plural_takes(CUpointer_attribute attribute) {
    return attribute >= CU_POINTER_ATTRIBUTE_CONTEXT && attribute <= CU_POINTER_ATTRIBUTE_IS_HW_DECOMPRESS_CAPABLE
           && attribute != CU_POINTER_ATTRIBUTE_P2P_TOKENS;
}

/* What the plural form writes where the single form fails. */
static void answer_default(void *data, CUpointer_attribute attribute, uint64_t pointer, bool known) {
    switch ((int)attribute) {
    case CU_POINTER_ATTRIBUTE_RANGE_START_ADDR:
    case CU_POINTER_ATTRIBUTE_RANGE_SIZE:
        break; /* left as they were */
    case CU_POINTER_ATTRIBUTE_CONTEXT:
    case CU_POINTER_ATTRIBUTE_DEVICE_POINTER:
    case CU_POINTER_ATTRIBUTE_BUFFER_ID:
    case CU_POINTER_ATTRIBUTE_ALLOWED_HANDLE_TYPES:
    case CU_POINTER_ATTRIBUTE_MEMPOOL_HANDLE:
    case CU_POINTER_ATTRIBUTE_MAPPING_SIZE:
    case CU_POINTER_ATTRIBUTE_MAPPING_BASE_ADDR:
    case CU_POINTER_ATTRIBUTE_MEMORY_BLOCK_ID:
        *(uint64_t *)data = 0;
        break;
    case CU_POINTER_ATTRIBUTE_HOST_POINTER:
        *(uint64_t *)data = known ? 0 : pointer;
        break;
    case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
        *(int32_t *)data = UNKNOWN_POINTER_ORDINAL;
        break;
    default:
        *(uint32_t *)data = 0;
        break;
    }
}

CUresult cuPointerGetAttributes(unsigned int numAttributes, CUpointer_attribute *attributes, void **data,
                                CUdeviceptr ptr) {
    CUresult result = process_local();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (numAttributes == 0 || attributes == NULL || data == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    memory_range_t range;
    bool known = memory_find(ptr, &range);
    for (unsigned int i = 0; i < numAttributes; i++) {
        if (data[i] == NULL || !plural_takes(attributes[i])) {
            return CUDA_ERROR_INVALID_VALUE; /* what comes before it is written */
        }
        if (!known || answer(data[i], attributes[i], ptr, &range) != CUDA_SUCCESS) {
            answer_default(data[i], attributes[i], ptr, known);
        }
    }
    return CUDA_SUCCESS;
}

CUresult cuMemGetAddressRange_v2(CUdeviceptr *pbase, size_t *psize, CUdeviceptr dptr) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    memory_range_t range;
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS) {
        result = context_current(&context, &detail);
    }
    if (result == CUDA_SUCCESS && !memory_find(dptr, &range)) { /* pinned host memory has a range as well */
        result = CUDA_ERROR_NOT_FOUND;
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (pbase != NULL) {
        *pbase = range.base;
    }
    if (psize != NULL) {
        *psize = range.size;
    }
    return CUDA_SUCCESS;
}
