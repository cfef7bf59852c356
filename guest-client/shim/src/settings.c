#include "settings.h"

#include <pthread.h>
#include <string.h>

#include "calls.h"
#include "context.h"
#include "function.h"
#include "handle.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void settings_lock(void) {
    pthread_mutex_lock(&lock);
}

void settings_unlock(void) {
    pthread_mutex_unlock(&lock);
}

void settings_read(call_t *call, settings_t *settings) {
    uint64_t known = call_get_u64(call);
    call_get_struct(call, settings->values, sizeof settings->values);
    __atomic_store_n(&settings->known, known, __ATOMIC_RELEASE);
}

static bool is_known(const settings_t *settings) {
    return __atomic_load_n(&settings->known, __ATOMIC_ACQUIRE) != 0;
}

bool settings_get(const settings_t *settings, unsigned int attribute, int *value) {
    if (attribute >= FUNCTION_ATTRIBUTES || (__atomic_load_n(&settings->known, __ATOMIC_ACQUIRE) >> attribute & 1) == 0) {
        return false;
    }
    *value = __atomic_load_n(&settings->values[attribute], __ATOMIC_ACQUIRE);
    return true;
}

/* Under the lock. */
static CUresult ask(settings_t *settings, uint64_t wire, int32_t device) {
    call_t call;
    CUresult result = call_begin(&call, CALL_cuKernelGetAttribute, CALL_WAITS, 16);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_handle(&call, wire);
    call_put_u32(&call, (uint32_t)device);
    call_put_u32(&call, 0);
    result = call_wait(&call);
    if (result == CUDA_SUCCESS) {
        settings_read(&call, settings);
    }
    call_end(&call);
    return result;
}

CUresult settings_on_device(function_t *kernel, uint64_t wire, int32_t device, const settings_t **settings) {
    settings_t *found = &kernel->settings[device];
    CUresult result = CUDA_SUCCESS;
    if (!is_known(found)) {
        settings_lock();
        if (!is_known(found)) {
            result = ask(found, wire, device);
        }
        settings_unlock();
    }
    *settings = found;
    return result;
}

CUresult settings_in_context(function_t *function, uint64_t wire, const context_t *context, const settings_t **settings) {
    if (!function->is_kernel) {
        *settings = function->settings;
        return CUDA_SUCCESS;
    }
    uint32_t count = __atomic_load_n(&function->in_contexts, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count; i++) {
        const function_t *in_context = handle_detail(HANDLE_FUNCTION, function->in_context[i].function);
        if (function->in_context[i].context_id == context->id && in_context != NULL) {
            *settings = in_context->settings;
            return CUDA_SUCCESS;
        }
    }
    return settings_on_device(function, wire, context->device, settings);
}

static void set(settings_t *settings, unsigned int attribute, int value) {
    __atomic_store_n(&settings->values[attribute], value, __ATOMIC_RELEASE);
}

bool settings_has_own(const settings_t *settings, unsigned int attribute, int value) {
    int now = 0;
    return settings_get(settings, attribute, &now) && now == value && (__atomic_load_n(&settings->own, __ATOMIC_ACQUIRE) >> attribute & 1) != 0;
}

void settings_set_own(settings_t *settings, unsigned int attribute, int value) {
    if (attribute < FUNCTION_ATTRIBUTES) {
        set(settings, attribute, value);
        __atomic_store_n(&settings->own, settings->own | (uint64_t)1 << attribute, __ATOMIC_RELEASE);
    }
}

void settings_set_on_kernel(function_t *kernel, int32_t device, unsigned int attribute, int value) {
    if (attribute >= FUNCTION_ATTRIBUTES) {
        return;
    }
    set(&kernel->settings[device], attribute, value);
    for (uint32_t i = 0; i < kernel->in_contexts; i++) {
        const kernel_function_t *there = &kernel->in_context[i];
        function_t *function = there->device == device ? handle_detail(HANDLE_FUNCTION, there->function) : NULL;
        if (function != NULL && (function->settings->own >> attribute & 1) == 0) {
            set(function->settings, attribute, value);
        }
    }
}
