/*
 * The private tables of functions that cudart and the maths libraries insist on (docs/decisions). Only slots that
 * somebody was seen to call do anything; the others name themselves in the log and answer 801.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "call.h"
#include "context.h"
#include "export_slots.h"
#include "handle.h"
#include "integrity.h"
#include "limits.h"
#include "local_storage.h"
#include "log.h"
#include "module.h"
#include "process.h"
#include "thread.h"

#define SLOT(function) ((slot_t)(function))

/* A table begins with its size in bytes; what is not named here is filled once, with refusals. */
#define BYTES(table) [0] = (slot_t)(uintptr_t)sizeof(table)

/* ---- the runtime's own table ---- */

static CUresult primary_context(CUcontext *out, CUdevice device) {
    CUresult result = process_local();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    CUcontext context = context_primary(device);
    if (context == NULL || out == NULL) {
        return context == NULL ? CUDA_ERROR_INVALID_DEVICE : CUDA_ERROR_INVALID_VALUE;
    }
    *out = context; /* neither retained nor made */
    return CUDA_SUCCESS;
}

static CUresult load_wrapper(CUmodule *out, const void *wrapper) {
    return cuModuleLoadFatBinary(out, wrapper);
}

static CUresult load_fatbin(const void *fatbin, CUmodule *out) {
    return cuModuleLoadFatBinary(out, fatbin);
}

static CUresult unload_wrapper(const void *wrapper) {
    (void)wrapper;
    return CUDA_SUCCESS;
}

static slot_t runtime_table[13] = {
    BYTES(runtime_table),
    [1] = SLOT(load_wrapper),
    [2] = SLOT(primary_context),
    [6] = SLOT(load_wrapper),
    [7] = SLOT(unload_wrapper),
    [8] = SLOT(load_fatbin),
};

/*
 * ---- switches of tools that are never attached: zeroes that live as long as the process ----
 * The runtime is told how many there are, not how large one is: NCCL's asks for switch 327 behind the 1,024th byte.
 */

static uint64_t hooks_first[1024];
static uint64_t hooks_second[14];

static CUresult first_hooks(void **buffer, size_t *count) {
    *buffer = hooks_first;
    *count = sizeof hooks_first / sizeof hooks_first[0];
    return CUDA_SUCCESS;
}

static CUresult second_hooks(void **buffer, size_t *count) {
    *buffer = hooks_second;
    *count = sizeof hooks_second / sizeof hooks_second[0];
    return CUDA_SUCCESS;
}

static slot_t hooks_table[7] = {
    BYTES(hooks_table),
    [2] = SLOT(first_hooks),
    [6] = SLOT(second_hooks),
};

/* ---- the current context, quickly ---- */

static CUresult current_context(CUcontext *out) {
    CUresult result = process_local();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    *out = thread_context(thread_self());
    return *out == NULL ? CUDA_ERROR_INVALID_CONTEXT : CUDA_SUCCESS;
}

static slot_t tools_thread_table[3] = {BYTES(tools_thread_table), [2] = SLOT(current_context)};

static slot_t local_storage_table[4] = {SLOT(local_storage_put), SLOT(local_storage_delete), SLOT(local_storage_get),
                                        NULL};

/* ---- context checks ---- */

static CUresult check_context(CUcontext context, uint32_t *answer, void **unused) {
    (void)unused;
    if (!handle_is(HANDLE_CONTEXT, context)) {
        return CUDA_ERROR_INVALID_CONTEXT;
    }
    *answer = 0;
    return CUDA_SUCCESS;
}

static CUresult check_nothing(void) {
    return CUDA_SUCCESS;
}

static slot_t checks_table[15] = {
    BYTES(checks_table),
    [2] = SLOT(check_context),
    [3] = SLOT(check_nothing),
};

/* ---- integrity ---- */

static CUresult integrity(uint32_t version, uint64_t seconds, uint64_t answer[2]);

static slot_t integrity_table[3] = {BYTES(integrity_table), [1] = SLOT(integrity)};

static CUresult integrity(uint32_t version, uint64_t seconds, uint64_t answer[2]) {
    integrity_device_t devices[DEVICES_MAX];
    int driver = 0;
    (void)cuDriverGetVersion(&driver);
    integrity_question_t question = {
        .driver_version = (uint32_t)driver,
        .version = version,
        .process = (uint32_t)getpid(),
        .thread = (uint32_t)(uintptr_t)pthread_self(),
        .runtime_table = (uint64_t)(uintptr_t)runtime_table,
        .integrity_table = (uint64_t)(uintptr_t)integrity_table,
        .function = (uint64_t)(uintptr_t)integrity_table[1],
        .seconds = seconds,
    };
    int count = process.snapshot.device_count;
    for (int i = 0; i < count; i++) {
        /* what this client answers to the same questions elsewhere */
        memset(&devices[i], 0, sizeof devices[i]);
        memcpy(devices[i].uuid, process.snapshot.devices[i].uuid, sizeof devices[i].uuid);
        (void)cuDeviceGetAttribute(&devices[i].domain, CU_DEVICE_ATTRIBUTE_PCI_DOMAIN_ID, i);
        (void)cuDeviceGetAttribute(&devices[i].bus, CU_DEVICE_ATTRIBUTE_PCI_BUS_ID, i);
        (void)cuDeviceGetAttribute(&devices[i].device, CU_DEVICE_ATTRIBUTE_PCI_DEVICE_ID, i);
    }
    integrity_answer(&question, devices, (size_t)count, answer);
    return CUDA_SUCCESS;
}

/* ---- tables of the maths libraries ---- */

static CUresult context_id(CUcontext context, uint64_t *id) {
    unsigned long long found = 0;
    CUresult result = cuCtxGetId(context, &found);
    if (result == CUDA_SUCCESS) {
        *id = found;
    }
    return result;
}

enum { LEGACY_STREAM = 1, PER_THREAD_STREAM = 2 };

static CUresult stream_token(CUcontext context, CUstream stream, void **token, int per_thread) {
    (void)context;
    uintptr_t plain = (uintptr_t)stream;
    if (plain == 0) {
        plain = per_thread != 0 ? PER_THREAD_STREAM : LEGACY_STREAM;
    }
    *token = (void *)plain;
    return CUDA_SUCCESS;
}

static CUresult token_id(CUcontext context, void *token, uint64_t *id) {
    (void)context;
    unsigned long long found = 0;
    CUresult result = cuStreamGetId(token, &found);
    if (result == CUDA_SUCCESS) {
        *id = found;
    }
    return result;
}

static slot_t tools_context_table[95] = {
    BYTES(tools_context_table),
    [4] = SLOT(context_id),
    [39] = SLOT(token_id),
    [51] = SLOT(stream_token),
};

static int each_function(CUcontext context, CUmodule module, void (*callback)(void *, CUfunction, const char *),
                         void *user) {
    (void)context;
    enum { FAILED = 0, DONE = 1 }; /* not a CUresult */
    unsigned int count = 0;
    if (cuModuleGetFunctionCount(&count, module) != CUDA_SUCCESS || count > ARRAY_ELEMENTS_MAX) {
        return FAILED;
    }
    CUfunction *functions = calloc((size_t)count + 1, sizeof *functions);
    if (functions == NULL || cuModuleEnumerateFunctions(functions, count, module) != CUDA_SUCCESS) {
        free(functions);
        return FAILED;
    }
    for (unsigned int i = 0; i < count; i++) {
        const char *name = NULL;
        (void)cuFuncGetName(&name, functions[i]);
        callback(user, functions[i], name);
    }
    free(functions);
    return DONE;
}

static slot_t tools_module_table[99] = {BYTES(tools_module_table), [7] = SLOT(each_function)};

static slot_t layout_table[17] = {BYTES(layout_table)};

static CUresult swallow_message(void) {
    return CUDA_SUCCESS;
}

static slot_t log_table[3] = {BYTES(log_table), [1] = SLOT(swallow_message), [2] = SLOT(swallow_message)};

/* ---- the lookup ---- */

#define TABLE(table) table, sizeof(table) / sizeof *(table)

/* The driver leaves one slot NULL in some tables, and so do we. */
static const struct known_table {
    slot_t *slots;
    size_t count;
    size_t null_slot; /* 0 where there is none */
} known_tables[EXPORT_TABLES] = {
    [TABLE_RUNTIME] = {TABLE(runtime_table), 10},
    [TABLE_HOOKS] = {TABLE(hooks_table), 0},
    [TABLE_TOOLS_THREAD] = {TABLE(tools_thread_table), 0},
    [TABLE_LOCAL_STORAGE] = {TABLE(local_storage_table), 3}, /* which ends it: it has no size */
    [TABLE_CHECKS] = {TABLE(checks_table), 0},
    [TABLE_INTEGRITY] = {TABLE(integrity_table), 0},
    [TABLE_LAYOUT] = {TABLE(layout_table), 0},
    [TABLE_LOG] = {TABLE(log_table), 0},
    [TABLE_TOOLS_CONTEXT] = {TABLE(tools_context_table), 91},
    [TABLE_TOOLS_MODULE] = {TABLE(tools_module_table), 93},
};

static void fill_tables(void) {
    for (enum export_table table = 0; table < EXPORT_TABLES; table++) {
        const struct known_table *known = &known_tables[table];
        for (unsigned int slot = 1; slot < known->count; slot++) {
            if (known->slots[slot] == NULL && slot != known->null_slot) {
                known->slots[slot] = export_unknown_slot(table, slot);
            }
        }
    }
}

CUresult cuGetExportTable(const void **ppExportTable, const CUuuid *pExportTableId) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, fill_tables);
    if (ppExportTable == NULL || pExportTableId == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    for (size_t i = 0; i < EXPORT_TABLES; i++) {
        if (memcmp(export_names[i].id, pExportTableId, EXPORT_ID_BYTES) == 0) {
            *ppExportTable = known_tables[i].slots;
            return CUDA_SUCCESS;
        }
    }
    char id[EXPORT_ID_TEXT];
    export_id_text((const unsigned char *)pExportTableId, id);
    log_trace("%s asks for the private table %s, which is not known here", log_library(__builtin_return_address(0)), id);
    *ppExportTable = NULL;
    return CUDA_ERROR_INVALID_VALUE; /* as driver 580 */
}
