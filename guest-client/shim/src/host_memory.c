/*
 * Pinned host memory: ordinary memory of this process, recorded, and mapped on the server once the GPU is to use it
 * (mapped.h). Codes and flags are those of driver 580.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <unistd.h>

#include "call.h"
#include "context.h"
#include "mapped.h"
#include "memory.h"
#include "process.h"
#include "receive.h"

static CUresult check(CUcontext *context, context_t **detail) {
    CUresult result = process_remote();
    return result != CUDA_SUCCESS ? result : context_current(context, detail);
}

/*
 * An address that the server's process is likely to have free as well: the top of the address space, where both put what
 * has no wish, is where they would collide. Each is wished for once; where it is taken here, the system gives another.
 */
static void *allocate(size_t bytes) {
    enum { GUARD = 4096 };
    static const uint64_t first = 0x300000000000, end = 0x3f0000000000;
    static uint64_t next = first; /* atomic */
    uint64_t wish = 0;
    if (bytes < end - first) {
        wish = __atomic_fetch_add(&next, ((bytes + GUARD - 1) & ~(uint64_t)(GUARD - 1)) + GUARD, __ATOMIC_RELAXED);
        wish = wish > end - bytes ? 0 : wish;
    }
    return mmap((void *)(uintptr_t)wish, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Copies under way may still write here, and what the GPU has written must be here: the driver waits for the GPU as well. */
static void settle(const void *p, size_t bytes) {
    if (mapped_holds(p, 1) || receive_overlaps(p, bytes)) {
        (void)cuCtxSynchronize();
    }
}

CUresult cuMemHostAlloc(void **pp, size_t bytesize, unsigned int Flags) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = check(&context, &detail);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (pp == NULL
        || (Flags & ~(unsigned)(CU_MEMHOSTALLOC_PORTABLE | CU_MEMHOSTALLOC_DEVICEMAP | CU_MEMHOSTALLOC_WRITECOMBINED)) != 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (bytesize == 0) {
        *pp = NULL;
        return CUDA_SUCCESS;
    }
    void *memory = allocate(bytesize);
    if (memory == MAP_FAILED) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    result = memory_add((memory_range_t){.base = (uint64_t)(uintptr_t)memory,
                                         .size = bytesize,
                                         .kind = MEMORY_HOST,
                                         .flags = (Flags & CU_MEMHOSTALLOC_WRITECOMBINED) | CU_MEMHOSTALLOC_DEVICEMAP,
                                         .context = context,
                                         .device = detail->device});
    if (result != CUDA_SUCCESS) {
        (void)munmap(memory, bytesize);
        return result;
    }
    *pp = memory;
    return CUDA_SUCCESS;
}

CUresult cuMemAllocHost_v2(void **pp, size_t bytesize) {
    return cuMemHostAlloc(pp, bytesize, 0);
}

CUresult cuMemFreeHost(void *p) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    memory_range_t range;
    if (p == NULL) {
        return CUDA_SUCCESS;
    }
    if (!memory_find((uint64_t)(uintptr_t)p, &range) || range.kind != MEMORY_HOST || range.base != (uint64_t)(uintptr_t)p) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    settle(p, range.size);
    if (memory_remove(range.base, MEMORY_HOST, &range)) {
        mapped_end(range.base);
        (void)munmap(p, range.size);
    }
    return CUDA_SUCCESS;
}

enum {
    REGISTER_FLAGS = CU_MEMHOSTREGISTER_PORTABLE | CU_MEMHOSTREGISTER_DEVICEMAP | CU_MEMHOSTREGISTER_IOMEMORY
                     | CU_MEMHOSTREGISTER_READ_ONLY
};

/* Whether the program has all of these pages: asked of the kernel, which says no where one is missing. */
static bool is_mapped(const void *p, size_t bytes) {
    enum { STEP = 4096 };
    unsigned char resident[STEP];
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t at = (uintptr_t)p & ~(page - 1);
    uintptr_t end = (uintptr_t)p + bytes;
    for (; end > (uintptr_t)p && at < end; at += STEP * page) {
        size_t count = end - at < STEP * page ? end - at : STEP * page;
        if (mincore((void *)at, count, resident) != 0) {
            return false;
        }
    }
    return end > (uintptr_t)p;
}

CUresult cuMemHostRegister_v2(void *p, size_t bytesize, unsigned int Flags) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = check(&context, &detail);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (p == NULL || bytesize == 0 || (Flags & ~(unsigned)REGISTER_FLAGS) != 0 || !is_mapped(p, bytesize)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if ((Flags & CU_MEMHOSTREGISTER_IOMEMORY) != 0) {
        return call_refused(__func__, CUDA_ERROR_NOT_SUPPORTED, "Device memory of this machine is out of the server's reach.");
    }
    if (memory_overlaps((uint64_t)(uintptr_t)p, bytesize, MEMORY_PINNED)) {
        return CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
    }
    return memory_add((memory_range_t){.base = (uint64_t)(uintptr_t)p,
                                       .size = bytesize,
                                       .kind = MEMORY_REGISTERED,
                                       .flags = (Flags & CU_MEMHOSTREGISTER_PORTABLE) | CU_MEMHOSTREGISTER_DEVICEMAP,
                                       .context = context,
                                       .device = detail->device});
}

CUresult cuMemHostUnregister(void *p) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    memory_range_t range;
    if (!memory_remove((uint64_t)(uintptr_t)p, MEMORY_REGISTERED, &range)) {
        bool known = p == NULL || memory_find((uint64_t)(uintptr_t)p, &range); /* or not its beginning, or not registered */
        return known ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
    }
    settle(p, range.size);
    mapped_end(range.base);
    return CUDA_SUCCESS;
}

CUresult cuMemHostGetFlags(unsigned int *pFlags, void *p) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = check(&context, &detail);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    memory_range_t range;
    if (pFlags == NULL || !memory_find((uint64_t)(uintptr_t)p, &range) || ((unsigned)range.kind & MEMORY_PINNED) == 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *pFlags = range.flags;
    return CUDA_SUCCESS;
}

CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr *pdptr, void *p, unsigned int Flags) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = check(&context, &detail);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    memory_range_t range;
    if (pdptr == NULL || Flags != 0 || !memory_find((uint64_t)(uintptr_t)p, &range)
        || ((unsigned)range.kind & MEMORY_PINNED) == 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    result = mapped_use(__func__, (uint64_t)(uintptr_t)p, NULL);
    if (result == CUDA_SUCCESS) {
        *pdptr = (CUdeviceptr)(uintptr_t)p; /* unified addressing */
    }
    return result;
}
