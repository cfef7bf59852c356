#define _GNU_SOURCE
#include "context.h"

#include <stdlib.h>

#include "call.h"
#include "calls.h"
#include "counts.h"
#include "handle.h"
#include "limits.h"
#include "local_storage.h"
#include "memory.h"
#include "process.h"
#include "receive.h"
#include "thread.h"

static pthread_mutex_t primaries_lock = PTHREAD_MUTEX_INITIALIZER;
static CUcontext primaries[DEVICES_MAX];      /* primaries_lock to write; an entry never changes again */
static uint64_t primary_wires[DEVICES_MAX];   /* as primaries */

static context_t *detail_of(CUcontext context) {
    return handle_detail(HANDLE_CONTEXT, context);
}

static CUcontext make_context(int32_t device, bool primary, uint64_t *wire) {
    context_t *detail = calloc(1, sizeof *detail);
    CUcontext context = detail != NULL ? handle_make(HANDLE_CONTEXT, wire) : NULL;
    if (context == NULL) {
        free(detail);
        return NULL;
    }
    detail->device = device;
    detail->primary = primary;
    detail->api_version = 3020;
    detail->cache_config = CU_FUNC_CACHE_PREFER_NONE;
    detail->shared_config = CU_SHARED_MEM_CONFIG_FOUR_BYTE_BANK_SIZE;
    handle_set_detail(context, detail);
    return context;
}

CUcontext context_primary(int32_t device) {
    if (snapshot_device(device) == NULL) {
        return NULL;
    }
    CUcontext known = __atomic_load_n(&primaries[device], __ATOMIC_ACQUIRE);
    if (known != NULL) {
        return known;
    }
    pthread_mutex_lock(&primaries_lock);
    if (primaries[device] == NULL) {
        CUcontext made = make_context(device, true, &primary_wires[device]);
        __atomic_store_n(&primaries[device], made, __ATOMIC_RELEASE);
    }
    known = primaries[device];
    pthread_mutex_unlock(&primaries_lock);
    return known;
}

bool context_active(CUcontext context) {
    const context_t *detail = detail_of(context);
    return detail != NULL && __atomic_load_n(&detail->references, __ATOMIC_ACQUIRE) > 0;
}

CUresult context_of(CUcontext context, CUcontext *found, context_t **detail) {
    CUresult state = process_local();
    if (state != CUDA_SUCCESS) {
        return state;
    }
    *found = context != NULL ? context : thread_context(thread_self());
    *detail = *found != NULL ? detail_of(*found) : NULL;
    if (*detail == NULL) {
        return CUDA_ERROR_INVALID_CONTEXT;
    }
    return __atomic_load_n(&(*detail)->references, __ATOMIC_ACQUIRE) > 0 ? CUDA_SUCCESS
                                                                         : CUDA_ERROR_CONTEXT_IS_DESTROYED;
}

CUresult context_current(CUcontext *context, context_t **detail) {
    return context_of(NULL, context, detail);
}

CUresult context_usable(CUcontext *context, context_t **detail) {
    CUresult result = process_remote();
    return result != CUDA_SUCCESS ? result : context_current(context, detail);
}

int32_t context_device(void) {
    const context_t *detail = detail_of(thread_context(thread_self()));
    return detail == NULL ? -1 : detail->device;
}

/* ---- contexts that are lost ---- */

static CUresult failure_of(const context_t *detail) {
    return detail == NULL ? CUDA_SUCCESS : (CUresult)__atomic_load_n(&detail->failure, __ATOMIC_ACQUIRE);
}

void context_fail(uint32_t index, CUresult result) {
    context_t *detail = detail_of(handle_at(HANDLE_CONTEXT, index));
    uint32_t none = CUDA_SUCCESS;
    if (detail != NULL
        && __atomic_compare_exchange_n(&detail->failure, &none, (uint32_t)result, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED)) {
        (void)__atomic_add_fetch(&process.lost, 1, __ATOMIC_ACQ_REL);
    }
}

CUresult context_failure_of_current(void) {
    return failure_of(detail_of(thread_context(thread_self())));
}

/* ---- primary contexts ---- */

static void read_description(call_t *call, context_t *detail) {
    detail->id = call_get_u64(call);
    detail->api_version = call_get_u32(call);
    detail->flags = call_get_u32(call);
}

CUresult cuDevicePrimaryCtxRetain(CUcontext *pctx, CUdevice dev) {
    CUresult result = process_session();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    CUcontext context = context_primary(dev);
    if (pctx == NULL || context == NULL) {
        return pctx == NULL ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_INVALID_DEVICE;
    }
    context_t *detail = detail_of(context);
    result = failure_of(detail); /* not healed by a reset */
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_t call;
    result = call_begin(&call, CALL_cuDevicePrimaryCtxRetain, CALL_WAITS, 16);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_handle(&call, primary_wires[dev]);
    call_put_i32(&call, dev);
    call_put_u32(&call, 0);
    result = call_wait(&call);
    if (result == CUDA_SUCCESS) {
        read_description(&call, detail);
        (void)__atomic_add_fetch(&detail->references, 1, __ATOMIC_ACQ_REL);
        *pctx = context;
        receive_start_thread();
    }
    call_end(&call);
    return result;
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice dev) {
    CUresult result = process_session();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    CUcontext context = context_primary(dev);
    if (context == NULL) {
        return CUDA_ERROR_INVALID_DEVICE;
    }
    context_t *detail = detail_of(context);
    uint32_t before = __atomic_load_n(&detail->references, __ATOMIC_ACQUIRE);
    do {
        if (before == 0) {
            return CUDA_ERROR_INVALID_CONTEXT;
        }
    } while (!__atomic_compare_exchange_n(&detail->references, &before, before - 1, false, __ATOMIC_ACQ_REL,
                                          __ATOMIC_ACQUIRE));
    if (before == 1) {
        local_storage_end(context);
        memory_forget_context(context);
    }
    call_t call;
    result = call_begin(&call, CALL_cuDevicePrimaryCtxRelease_v2, CALL_POSTED, 8);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_i32(&call, dev);
    return call_post(&call);
}

CUresult cuDevicePrimaryCtxReset_v2(CUdevice dev) {
    CUresult result = process_session();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    CUcontext context = context_primary(dev);
    if (context == NULL) {
        return CUDA_ERROR_INVALID_DEVICE;
    }
    if (failure_of(detail_of(context)) != CUDA_SUCCESS) {
        return CUDA_SUCCESS; /* a sticky error is not healed by a reset, and the reset itself succeeds */
    }
    local_storage_end(context);
    memory_forget_context(context);
    __atomic_store_n(&detail_of(context)->references, 0, __ATOMIC_RELEASE);
    call_t call;
    result = call_begin(&call, CALL_cuDevicePrimaryCtxReset_v2, CALL_WAITS, 8);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_i32(&call, dev);
    result = call_wait(&call);
    call_end(&call);
    return result;
}

CUresult cuDevicePrimaryCtxGetState(CUdevice dev, unsigned int *flags, int *active) {
    CUresult result = process_local();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    CUcontext context = context_primary(dev);
    if (context == NULL || flags == NULL || active == NULL) {
        return context == NULL ? CUDA_ERROR_INVALID_DEVICE : CUDA_ERROR_INVALID_VALUE;
    }
    *flags = detail_of(context)->flags;
    *active = context_active(context);
    return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice dev, unsigned int flags) {
    CUresult result = process_session();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    CUcontext context = context_primary(dev);
    if (context == NULL) {
        return CUDA_ERROR_INVALID_DEVICE;
    }
    call_t call;
    result = call_begin(&call, CALL_cuDevicePrimaryCtxSetFlags_v2, CALL_POSTED, 8);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    detail_of(context)->flags = flags;
    call_put_i32(&call, dev);
    call_put_u32(&call, flags);
    return call_post(&call);
}

/* ---- created contexts ---- */

CUresult cuCtxCreate_v2(CUcontext *pctx, unsigned int flags, CUdevice dev) {
    CUresult result = process_session();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (pctx == NULL || snapshot_device(dev) == NULL) {
        return pctx == NULL ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_INVALID_DEVICE;
    }
    uint64_t wire = 0;
    CUcontext context = make_context(dev, false, &wire);
    if (context == NULL) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    call_t call;
    result = call_begin(&call, CALL_cuCtxCreate_v2, CALL_WAITS, 16);
    if (result != CUDA_SUCCESS) {
        handle_drop(context);
        return result;
    }
    call_put_handle(&call, wire);
    call_put_u32(&call, flags);
    call_put_i32(&call, dev);
    result = call_wait(&call);
    if (result == CUDA_SUCCESS) {
        context_t *detail = detail_of(context);
        read_description(&call, detail);
        __atomic_store_n(&detail->references, 1, __ATOMIC_RELEASE);
        receive_start_thread();
        result = thread_push(thread_self(), context);
    }
    call_end(&call);
    if (result == CUDA_SUCCESS) {
        *pctx = context;
    } else {
        handle_drop(context);
    }
    return result;
}

CUresult cuCtxCreate_v3(CUcontext *pctx, CUexecAffinityParam *paramsArray, int numParams, unsigned int flags,
                        CUdevice dev) {
    if (paramsArray != NULL && numParams > 0) {
        return call_refused("cuCtxCreate_v3", CUDA_ERROR_UNSUPPORTED_EXEC_AFFINITY, "Execution affinity needs MPS.");
    }
    return cuCtxCreate_v2(pctx, flags, dev);
}

/* CUctxCreateParams as the driver lays it out. */
struct create_params {
    void *affinity;
    int affinity_count;
    void *cig;
};

CUresult cuCtxCreate_v4(CUcontext *pctx, CUctxCreateParams *ctxCreateParams, unsigned int flags, CUdevice dev) {
    const struct create_params *params = (const struct create_params *)(const void *)ctxCreateParams;
    if (params != NULL && (params->affinity_count > 0 || params->cig != NULL)) {
        return call_refused("cuCtxCreate_v4", CUDA_ERROR_NOT_SUPPORTED, "Affinity and CIG contexts do not travel.");
    }
    return cuCtxCreate_v2(pctx, flags, dev);
}

CUresult cuCtxDestroy_v2(CUcontext ctx) {
    CUresult result = process_session();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    uint64_t wire = 0;
    const context_t *detail = detail_of(ctx);
    if (detail == NULL || detail->primary || handle_in(HANDLE_CONTEXT, ctx, &wire) != CUDA_SUCCESS) {
        return CUDA_ERROR_INVALID_CONTEXT;
    }
    local_storage_end(ctx);
    memory_forget_context(ctx);
    call_t call;
    result = call_begin(&call, CALL_cuCtxDestroy_v2, CALL_WAITS, 8);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_handle(&call, wire);
    result = call_wait(&call);
    call_end(&call);
    thread_drop_context(thread_self(), ctx);
    handle_drop(ctx);
    return result;
}

CUresult cuCtxAttach(CUcontext *pctx, unsigned int flags) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = context_current(&context, &detail);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (pctx == NULL || flags != 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    (void)__atomic_add_fetch(&detail->references, 1, __ATOMIC_ACQ_REL);
    *pctx = context;
    return CUDA_SUCCESS;
}

CUresult cuCtxDetach(CUcontext ctx) {
    context_t *detail = detail_of(ctx);
    CUresult result = process_local();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (detail == NULL || thread_context(thread_self()) != ctx) {
        return CUDA_ERROR_INVALID_CONTEXT;
    }
    if (__atomic_load_n(&detail->references, __ATOMIC_ACQUIRE) > 1) {
        (void)__atomic_sub_fetch(&detail->references, 1, __ATOMIC_ACQ_REL);
        return CUDA_SUCCESS;
    }
    return cuCtxDestroy_v2(ctx);
}

/* ---- the stack ---- */

CUresult cuCtxGetCurrent(CUcontext *pctx) {
    CUresult result = process_local();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (pctx == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *pctx = thread_context(thread_self());
    return CUDA_SUCCESS;
}

CUresult cuCtxPushCurrent_v2(CUcontext ctx) {
    CUresult result = process_local();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (ctx == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    return detail_of(ctx) == NULL ? CUDA_ERROR_INVALID_CONTEXT : thread_push(thread_self(), ctx);
}

CUresult cuCtxPopCurrent_v2(CUcontext *pctx) {
    CUresult result = process_local();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    thread_t *thread = thread_self();
    if (thread->depth == 0) {
        return CUDA_ERROR_INVALID_CONTEXT;
    }
    CUcontext context = thread_pop(thread);
    if (pctx != NULL) {
        *pctx = context;
    }
    return CUDA_SUCCESS;
}

CUresult cuCtxSetCurrent(CUcontext ctx) {
    CUresult result = process_local();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    thread_t *thread = thread_self();
    if (ctx != NULL && thread_context(thread) == ctx) {
        return CUDA_SUCCESS;
    }
    if (ctx != NULL && detail_of(ctx) == NULL) {
        return CUDA_ERROR_INVALID_CONTEXT;
    }
    (void)thread_pop(thread);
    return ctx == NULL ? CUDA_SUCCESS : thread_push(thread, ctx);
}

/* ---- questions ---- */

CUcontext context_named(CUcontext ctx) {
    return handle_was(HANDLE_CONTEXT, ctx) ? ctx : NULL;
}

CUresult cuCtxGetDevice_v2(CUdevice *device, CUcontext ctx) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = context_of(context_named(ctx), &context, &detail);
    if (detail == NULL) {
        return result; /* an inactive primary context has a device all the same */
    }
    if (device == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *device = detail->device;
    return CUDA_SUCCESS;
}

CUresult cuCtxGetDevice(CUdevice *device) {
    return cuCtxGetDevice_v2(device, NULL);
}

CUresult cuCtxGetFlags(unsigned int *flags) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = context_of(NULL, &context, &detail);
    if (detail == NULL) {
        return result;
    }
    if (flags == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *flags = detail->flags;
    return CUDA_SUCCESS;
}

CUresult cuCtxGetId(CUcontext ctx, unsigned long long *ctxId) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = context_of(ctx, &context, &detail);
    if (result == CUDA_SUCCESS && ctxId == NULL) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    if (result == CUDA_SUCCESS) {
        *ctxId = detail->id;
    }
    return result;
}

CUresult cuCtxGetApiVersion(CUcontext ctx, unsigned int *version) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = context_of(ctx, &context, &detail);
    if (result == CUDA_SUCCESS && version == NULL) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    if (result == CUDA_SUCCESS) {
        *version = detail->api_version;
    }
    return result;
}

CUresult cuCtxGetStreamPriorityRange(int *leastPriority, int *greatestPriority) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = context_current(&context, &detail);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    const device_snapshot_t *device = snapshot_device(detail->device);
    if (leastPriority != NULL) {
        *leastPriority = device->least_priority;
    }
    if (greatestPriority != NULL) {
        *greatestPriority = device->greatest_priority;
    }
    return CUDA_SUCCESS;
}
