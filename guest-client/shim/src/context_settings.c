/* Settings of the current context: shadowed here, sent in order. */
#define _GNU_SOURCE
#include "call.h"
#include "calls.h"
#include "context.h"
#include "counts.h"
#include "handle.h"
#include "process.h"

static CUresult post_u32(uint32_t number, uint32_t value) {
    call_t call;
    CUresult result = call_begin(&call, number, CALL_POSTED, 8);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_u32(&call, value);
    return call_post(&call);
}

CUresult cuCtxSetFlags(unsigned int flags) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = context_current(&context, &detail);
    if (result == CUDA_SUCCESS) {
        result = post_u32(CALL_cuCtxSetFlags, flags);
    }
    if (result == CUDA_SUCCESS) {
        detail->flags = flags;
    }
    return result;
}

CUresult cuCtxSetCacheConfig(CUfunc_cache config) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = context_current(&context, &detail);
    if (result == CUDA_SUCCESS && (unsigned)config > CU_FUNC_CACHE_PREFER_EQUAL) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    if (result == CUDA_SUCCESS) {
        result = post_u32(CALL_cuCtxSetCacheConfig, (uint32_t)config);
    }
    if (result == CUDA_SUCCESS) {
        detail->cache_config = (uint32_t)config;
    }
    return result;
}

CUresult cuCtxGetCacheConfig(CUfunc_cache *pconfig) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = context_current(&context, &detail);
    if (result == CUDA_SUCCESS && pconfig == NULL) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    if (result == CUDA_SUCCESS) {
        *pconfig = (CUfunc_cache)detail->cache_config;
    }
    return result;
}

CUresult cuCtxSetSharedMemConfig(CUsharedconfig config) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = context_current(&context, &detail);
    if (result == CUDA_SUCCESS && (unsigned)config > CU_SHARED_MEM_CONFIG_EIGHT_BYTE_BANK_SIZE) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    if (result == CUDA_SUCCESS) {
        result = post_u32(CALL_cuCtxSetSharedMemConfig, (uint32_t)config);
    }
    if (result == CUDA_SUCCESS && config != CU_SHARED_MEM_CONFIG_DEFAULT_BANK_SIZE) {
        detail->shared_config = (uint32_t)config;
    }
    return result;
}

CUresult cuCtxGetSharedMemConfig(CUsharedconfig *pConfig) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = context_current(&context, &detail);
    if (result == CUDA_SUCCESS && pConfig == NULL) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    if (result == CUDA_SUCCESS) {
        *pConfig = (CUsharedconfig)detail->shared_config;
    }
    return result;
}

CUresult cuCtxGetLimit(size_t *pvalue, CUlimit limit) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = context_current(&context, &detail);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (pvalue == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    uint32_t bit = (unsigned)limit < CONTEXT_LIMITS ? 1u << (unsigned)limit : 0;
    if ((__atomic_load_n(&detail->limits_known, __ATOMIC_ACQUIRE) & bit) != 0 && process_remote() == CUDA_SUCCESS) {
        *pvalue = detail->limits[limit];
        return CUDA_SUCCESS;
    }
    call_t call;
    result = call_begin(&call, CALL_cuCtxGetLimit, CALL_WAITS, 8);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_u32(&call, (uint32_t)limit);
    result = call_wait(&call);
    if (result == CUDA_SUCCESS) {
        *pvalue = call_get_u64(&call);
        if (bit != 0) {
            detail->limits[limit] = *pvalue;
            (void)__atomic_or_fetch(&detail->limits_known, bit, __ATOMIC_RELEASE);
        }
    }
    call_end(&call);
    return result;
}

CUresult cuCtxSetLimit(CUlimit limit, size_t value) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = context_current(&context, &detail);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_t call;
    result = call_begin(&call, CALL_cuCtxSetLimit, CALL_WAITS, 16);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_u32(&call, (uint32_t)limit);
    call_put_u64(&call, value);
    result = call_wait(&call);
    call_end(&call);
    __atomic_store_n(&detail->limits_known, 0, __ATOMIC_RELEASE); /* the driver may clamp: ask again */
    return result;
}

CUresult cuCtxSynchronize(void) {
    counts_send();
    call_t call;
    CUresult result = call_begin(&call, CALL_cuCtxSynchronize, CALL_SYNCS, 0);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    result = call_wait(&call);
    call_end(&call);
    return result;
}

CUresult cuCtxSynchronize_v2(CUcontext ctx) {
    if (context_named(ctx) == NULL) {
        return cuCtxSynchronize();
    }
    uint64_t wire = 0;
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS) {
        result = handle_in(HANDLE_CONTEXT, ctx, &wire);
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    counts_send();
    call_t call;
    result = call_begin(&call, CALL_cuCtxSynchronize_v2, CALL_SYNCS, 8);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_handle(&call, wire);
    result = call_wait(&call);
    call_end(&call);
    return result;
}
