/*
 * The private tables of functions that cudart and the maths libraries insist on (docs/decisions). Only slots that
 * somebody was seen to call do anything; the others are logged and answer 801.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "call.h"
#include "context.h"
#include "handle.h"
#include "integrity.h"
#include "limits.h"
#include "local_storage.h"
#include "log.h"
#include "module.h"
#include "process.h"
#include "thread.h"

typedef void (*slot_t)(void);

/* ---- a slot nobody was seen to call ---- */

static CUresult unknown_slot(void) {
    log_refused("a private table's slot", CUDA_ERROR_NOT_SUPPORTED, log_library(__builtin_return_address(0)));
    return CUDA_ERROR_NOT_SUPPORTED;
}

#define UNKNOWN ((slot_t)unknown_slot)
#define SLOT(function) ((slot_t)(function))
#define BYTES(table) ((slot_t)(uintptr_t)sizeof(table))

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
    BYTES(runtime_table), SLOT(load_wrapper), SLOT(primary_context), UNKNOWN, UNKNOWN, UNKNOWN, SLOT(load_wrapper),
    SLOT(unload_wrapper), SLOT(load_fatbin),  UNKNOWN,               NULL,    UNKNOWN, UNKNOWN,
};

/* ---- switches of tools that are never attached: zeroes that live as long as the process ---- */

static unsigned char hooks_first[1024];
static unsigned char hooks_second[14];

static CUresult first_hooks(void **buffer, size_t *bytes) {
    *buffer = hooks_first;
    *bytes = sizeof hooks_first;
    return CUDA_SUCCESS;
}

static CUresult second_hooks(void **buffer, size_t *bytes) {
    *buffer = hooks_second;
    *bytes = sizeof hooks_second;
    return CUDA_SUCCESS;
}

static slot_t hooks_table[7] = {
    BYTES(hooks_table), UNKNOWN, SLOT(first_hooks), UNKNOWN, UNKNOWN, UNKNOWN, SLOT(second_hooks),
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

static slot_t tools_thread_table[3] = {BYTES(tools_thread_table), UNKNOWN, SLOT(current_context)};

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
    BYTES(checks_table), UNKNOWN, SLOT(check_context), SLOT(check_nothing), UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN,
    UNKNOWN,             UNKNOWN, UNKNOWN,             UNKNOWN,             UNKNOWN, UNKNOWN,
};

/* ---- integrity ---- */

static CUresult integrity(uint32_t version, uint64_t seconds, uint64_t answer[2]);

static slot_t integrity_table[3] = {BYTES(integrity_table), SLOT(integrity), UNKNOWN};

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

enum { TOOLS_CONTEXT_SLOTS = 95, TOOLS_MODULE_SLOTS = 99, LAYOUT_SLOTS = 17, LOG_SLOTS = 3 };

static slot_t tools_context_table[TOOLS_CONTEXT_SLOTS]; /* filled once */

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

static slot_t tools_module_table[TOOLS_MODULE_SLOTS]; /* filled once */
static slot_t layout_table[LAYOUT_SLOTS];             /* filled once; every slot answers 801 */

static CUresult swallow_message(void) {
    return CUDA_SUCCESS;
}

static slot_t log_table[LOG_SLOTS] = {BYTES(log_table), SLOT(swallow_message), SLOT(swallow_message)};

static void fill(slot_t *table, size_t slots) {
    table[0] = (slot_t)(uintptr_t)(slots * sizeof *table);
    for (size_t i = 1; i < slots; i++) {
        table[i] = UNKNOWN;
    }
}

static void fill_tables(void) {
    enum { CONTEXT_ID = 4, TOKEN_ID = 39, STREAM_TOKEN = 51, CONTEXT_NULL = 91, EACH_FUNCTION = 7, MODULE_NULL = 93 };
    fill(tools_context_table, TOOLS_CONTEXT_SLOTS);
    tools_context_table[CONTEXT_ID] = SLOT(context_id);
    tools_context_table[TOKEN_ID] = SLOT(token_id);
    tools_context_table[STREAM_TOKEN] = SLOT(stream_token);
    tools_context_table[CONTEXT_NULL] = NULL;
    fill(tools_module_table, TOOLS_MODULE_SLOTS);
    tools_module_table[EACH_FUNCTION] = SLOT(each_function);
    tools_module_table[MODULE_NULL] = NULL;
    fill(layout_table, LAYOUT_SLOTS);
}

/* ---- the lookup ---- */

static const struct known_table {
    unsigned char id[16]; /* in memory order */
    const void *table;
} known_tables[] = {
    {{0x6b, 0xd5, 0xfb, 0x6c, 0x5b, 0xf4, 0xe7, 0x4a, 0x89, 0x87, 0xd9, 0x39, 0x12, 0xfd, 0x9d, 0xf9}, runtime_table},
    {{0xa0, 0x94, 0x79, 0x8c, 0x2e, 0x74, 0x2e, 0x74, 0x93, 0xf2, 0x08, 0x00, 0x20, 0x0c, 0x0a, 0x66}, hooks_table},
    {{0x42, 0xd8, 0x5a, 0x81, 0x23, 0xf6, 0xcb, 0x47, 0x82, 0x98, 0xf6, 0xe7, 0x8a, 0x3a, 0xec, 0xdc},
     tools_thread_table},
    {{0xc6, 0x93, 0x33, 0x6e, 0x11, 0x21, 0xdf, 0x11, 0xa8, 0xc3, 0x68, 0xf3, 0x55, 0xd8, 0x95, 0x93},
     local_storage_table},
    {{0x26, 0x3e, 0x88, 0x60, 0x7c, 0xd2, 0x61, 0x43, 0x92, 0xf6, 0xbb, 0xd5, 0x00, 0x6d, 0xfa, 0x7e}, checks_table},
    {{0xd4, 0x08, 0x20, 0x55, 0xbd, 0xe6, 0x70, 0x4b, 0x8d, 0x34, 0xba, 0x12, 0x3c, 0x66, 0xe1, 0xf2}, integrity_table},
    {{0x21, 0x31, 0x8c, 0x60, 0x97, 0x14, 0x32, 0x48, 0x8c, 0xa6, 0x41, 0xff, 0x73, 0x24, 0xc8, 0xf2},
     tools_context_table},
    {{0x6e, 0x16, 0x3f, 0xbe, 0xb9, 0x58, 0x44, 0x4d, 0x83, 0x5c, 0xe1, 0x82, 0xaf, 0xf1, 0x99, 0x1e},
     tools_module_table},
    {{0x17, 0x34, 0xdc, 0x26, 0x80, 0x0d, 0x47, 0x45, 0x87, 0x26, 0xc0, 0xf1, 0xe7, 0xdd, 0x8b, 0xca}, layout_table},
    {{0xf8, 0xcf, 0xf9, 0x51, 0x21, 0x46, 0x8b, 0x4e, 0xb9, 0xe2, 0xfb, 0x46, 0x9e, 0x7c, 0x0d, 0xd9}, log_table},
};

static void log_unknown(const unsigned char id[16], const void *caller) {
    char text[40];
    int at = 0;
    for (int i = 0; i < 16; i++) {
        at += snprintf(text + at, sizeof text - (size_t)at, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
                       id[i]);
    }
    log_trace("%s asks for the private table %s, which is not known here", log_library(caller), text);
}

CUresult cuGetExportTable(const void **ppExportTable, const CUuuid *pExportTableId) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, fill_tables);
    if (ppExportTable == NULL || pExportTableId == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    for (size_t i = 0; i < sizeof known_tables / sizeof *known_tables; i++) {
        if (memcmp(known_tables[i].id, pExportTableId, sizeof known_tables[i].id) == 0) {
            *ppExportTable = known_tables[i].table;
            return CUDA_SUCCESS;
        }
    }
    *ppExportTable = NULL;
    log_unknown((const unsigned char *)pExportTableId, __builtin_return_address(0));
    return CUDA_ERROR_NOT_FOUND;
}
