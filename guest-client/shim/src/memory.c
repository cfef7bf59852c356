/* Device memory: asked of the server, which keeps the ledger; known here by its range. */
#define _GNU_SOURCE
#include "memory.h"

#include <pthread.h>
#include <string.h>

#include "call.h"
#include "calls.h"
#include "context.h"
#include "forwards.h"
#include "handle.h"
#include "process.h"
#include "stream.h"

static CUresult remember(uint64_t base, uint64_t size, enum memory_kind kind) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    (void)context_current(&context, &detail);
    return memory_add((memory_range_t){
        .base = base,
        .size = size,
        .kind = kind,
        .context = context,
        .device = detail == NULL ? 0 : detail->device,
    });
}

/* Memory is made in the current context, which must not have ended: the server still ends it while others go on. */
static CUresult usable_context(void) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    return context_usable(&context, &detail);
}

CUresult cuMemAlloc_v2(CUdeviceptr *dptr, size_t bytesize) {
    CUresult result = usable_context();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (dptr == NULL || bytesize == 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    call_t call;
    result = call_begin(&call, CALL_cuMemAlloc_v2, CALL_WAITS, 8);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_u64(&call, bytesize);
    result = call_wait(&call);
    if (result == CUDA_SUCCESS) {
        *dptr = call_get_u64(&call);
        result = remember(*dptr, bytesize, MEMORY_DEVICE);
    }
    call_end(&call);
    return result;
}

CUresult cuMemAllocPitch_v2(CUdeviceptr *dptr, size_t *pPitch, size_t WidthInBytes, size_t Height,
                            unsigned int ElementSizeBytes) {
    CUresult result = usable_context();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (dptr == NULL || pPitch == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    call_t call;
    result = call_begin(&call, CALL_cuMemAllocPitch_v2, CALL_WAITS, 24);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_u64(&call, WidthInBytes);
    call_put_u64(&call, Height);
    call_put_u32(&call, ElementSizeBytes);
    result = call_wait(&call);
    if (result == CUDA_SUCCESS) {
        *dptr = call_get_u64(&call);
        *pPitch = call_get_u64(&call);
        result = remember(*dptr, *pPitch * Height, MEMORY_DEVICE);
    }
    call_end(&call);
    return result;
}

CUresult memory_reaches(uint64_t address, uint64_t bytes) {
    enum { STEP = 512 };
    memory_range_t range;
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS || !memory_find(address, &range) || range.kind != MEMORY_DEVICE) {
        return result;
    }
    uint64_t room = ((range.size + STEP - 1) & ~(uint64_t)(STEP - 1)) - (address - range.base);
    return bytes > room ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

/* Takes an allocation off the map; a graph's stays, for its next launch allocates the same address again. */
static bool forget(CUdeviceptr dptr) {
    memory_range_t range;
    return memory_remove(dptr, MEMORY_DEVICE | MEMORY_POOL, &range)
           || (memory_find(dptr, &range) && range.kind == MEMORY_GRAPH && range.base == dptr);
}

CUresult cuMemFree_v2(CUdeviceptr dptr) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS || dptr == 0) {
        return result;
    }
    if (!forget(dptr)) { /* memory has a context of its own; what is no memory is judged by the thread's */
        CUcontext context = NULL;
        context_t *detail = NULL;
        result = context_current(&context, &detail);
        return result == CUDA_SUCCESS ? CUDA_ERROR_INVALID_VALUE : result;
    }
    call_t call;
    result = call_begin(&call, CALL_cuMemFree_v2, CALL_POSTED, 8);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_u64(&call, dptr);
    return call_post(&call);
}

static CUresult alloc_in_order(CUdeviceptr *dptr, size_t bytesize, const CUmemoryPool *pool, CUstream stream) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    uint64_t stream_wire = 0;
    uint64_t pool_wire = 0;
    if (dptr == NULL || bytesize == 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    result = handle_in(HANDLE_STREAM, stream, &stream_wire);
    if (result == CUDA_SUCCESS && pool != NULL) {
        result = handle_in(HANDLE_MEMPOOL, *pool, &pool_wire);
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_t call;
    uint32_t number = pool != NULL ? CALL_cuMemAllocFromPoolAsync : CALL_cuMemAllocAsync;
    result = call_begin(&call, number, CALL_WAITS, 24);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_u64(&call, bytesize);
    if (pool != NULL) {
        call_put_handle(&call, pool_wire);
    }
    call_put_handle(&call, stream_wire);
    result = call_wait(&call);
    if (result == CUDA_SUCCESS) {
        *dptr = call_get_u64(&call);
        result = remember(*dptr, bytesize, stream_captures(stream) ? MEMORY_GRAPH : MEMORY_POOL);
    }
    call_end(&call);
    return result;
}

CUresult cuMemAllocAsync(CUdeviceptr *dptr, size_t bytesize, CUstream hStream) {
    return alloc_in_order(dptr, bytesize, NULL, hStream);
}

CUresult cuMemAllocFromPoolAsync(CUdeviceptr *dptr, size_t bytesize, CUmemoryPool pool, CUstream hStream) {
    return alloc_in_order(dptr, bytesize, &pool, hStream);
}

CUresult cuMemFreeAsync(CUdeviceptr dptr, CUstream hStream) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS || dptr == 0) {
        return result;
    }
    uint64_t stream = 0;
    result = handle_in(HANDLE_STREAM, hStream, &stream);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    /* while a stream captures, the pointer may belong to a graph's own allocation, which this map does not know */
    if (!forget(dptr)
        && __atomic_load_n(&process.capturing, __ATOMIC_ACQUIRE) == 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    call_t call;
    result = call_begin(&call, CALL_cuMemFreeAsync, CALL_POSTED, 16);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_u64(&call, dptr);
    call_put_handle(&call, stream);
    return call_post(&call);
}

CUresult cuMemAddressReserve(CUdeviceptr *ptr, size_t size, size_t alignment, CUdeviceptr addr,
                             unsigned long long flags) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (ptr == NULL || size == 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    call_t call;
    result = call_begin(&call, CALL_cuMemAddressReserve, CALL_WAITS, 32);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_u64(&call, size);
    call_put_u64(&call, alignment);
    call_put_u64(&call, addr);
    call_put_u64(&call, flags);
    result = call_wait(&call);
    if (result == CUDA_SUCCESS) {
        *ptr = call_get_u64(&call);
        result = remember(*ptr, size, MEMORY_RESERVED);
    }
    call_end(&call);
    return result;
}

static CUresult post_range(uint32_t number, CUdeviceptr ptr, size_t size) {
    call_t call;
    CUresult result = call_begin(&call, number, CALL_POSTED, 16);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_u64(&call, ptr);
    call_put_u64(&call, size);
    return call_post(&call);
}

CUresult cuMemAddressFree(CUdeviceptr ptr, size_t size) {
    CUresult result = process_remote();
    memory_range_t range;
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (!memory_find(ptr, &range) || range.base != ptr || range.size != size || range.kind != MEMORY_RESERVED) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    (void)memory_remove(ptr, MEMORY_RESERVED, &range);
    return post_range(CALL_cuMemAddressFree, ptr, size);
}

CUresult cuMemUnmap(CUdeviceptr ptr, size_t size) {
    memory_range_t range;
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (!memory_find(ptr, &range) || range.kind != MEMORY_RESERVED || size > range.base + range.size - ptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    return post_range(CALL_cuMemUnmap, ptr, size);
}

/* Guards how often the program has had a handle back, which is the handle's detail: it ends with the last release. */
static pthread_mutex_t retaining = PTHREAD_MUTEX_INITIALIZER;

CUresult cuMemRetainAllocationHandle(CUmemGenericAllocationHandle *handle, void *addr) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    pthread_mutex_lock(&retaining);
    result = forward_cuMemRetainAllocationHandle(handle, addr);
    if (result == CUDA_SUCCESS) {
        const void *held = (const void *)(uintptr_t)*handle;
        handle_set_detail(held, (void *)((uintptr_t)handle_detail(HANDLE_MEMORY, held) + 1));
    }
    pthread_mutex_unlock(&retaining);
    return result;
}

CUresult cuMemRelease(CUmemGenericAllocationHandle handle) {
    const void *held = (const void *)(uintptr_t)handle;
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    pthread_mutex_lock(&retaining);
    result = forward_cuMemRelease(handle);
    uintptr_t retained = result == CUDA_SUCCESS ? (uintptr_t)handle_detail(HANDLE_MEMORY, held) : 0;
    if (retained != 0) {
        handle_set_detail(held, (void *)(retained - 1));
    } else if (result == CUDA_SUCCESS) {
        handle_drop(held);
    }
    pthread_mutex_unlock(&retaining);
    return result;
}

CUresult cuMemGetAllocationGranularity(size_t *granularity, const CUmemAllocationProp *prop,
                                       CUmemAllocationGranularity_flags option) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (granularity == NULL || prop == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    /* the same few questions again and again: the last answer is kept */
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct {
        CUmemAllocationProp prop;
        CUmemAllocationGranularity_flags option;
        size_t answer; /* 0 = none yet */
    } last;
    pthread_mutex_lock(&lock);
    bool known = last.answer != 0 && last.option == option && memcmp(&last.prop, prop, sizeof *prop) == 0;
    *granularity = known ? last.answer : *granularity;
    pthread_mutex_unlock(&lock);
    if (known) {
        return CUDA_SUCCESS;
    }
    call_t call;
    result = call_begin(&call, CALL_cuMemGetAllocationGranularity, CALL_WAITS, sizeof *prop + 8);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_struct(&call, prop, sizeof *prop);
    call_put_u32(&call, (uint32_t)option);
    result = call_wait(&call);
    if (result == CUDA_SUCCESS) {
        *granularity = call_get_u64(&call);
        pthread_mutex_lock(&lock);
        last.prop = *prop;
        last.option = option;
        last.answer = *granularity;
        pthread_mutex_unlock(&lock);
    }
    call_end(&call);
    return result;
}
