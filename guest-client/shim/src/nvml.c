/*
 * libnvidia-ml.so.1 as far as monitoring programs need it; the other names answer NOT_SUPPORTED (generated). Every answer
 * comes from the agent: what it does not know is not supported. Here: the library, finding devices, and what is none.
 */
#define _GNU_SOURCE
#include "nvml.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "nvml_source.h"

const unsigned char nvml_devices[DEVICES];

static unsigned int references; /* atomic: nvmlInit calls not yet shut down */

bool nvml_initialised(void) {
    return __atomic_load_n(&references, __ATOMIC_ACQUIRE) > 0;
}

nvml_result_t nvml_check(nvml_device_t device, const void *out, int *index) {
    if (!nvml_initialised()) {
        return NVML_UNINITIALIZED;
    }
    ptrdiff_t at = device - nvml_devices;
    if (out == NULL || device < nvml_devices || at >= DEVICES) {
        return NVML_INVALID_ARGUMENT;
    }
    int count = source_count();
    *index = (int)at;
    return count < 0 ? NVML_GPU_IS_LOST : at < count ? NVML_SUCCESS : NVML_INVALID_ARGUMENT;
}

/* ---- the library ---- */

NVML nvml_result_t nvmlInitWithFlags(unsigned int flags) {
    (void)flags;
    if (!source_open()) {
        return NVML_DRIVER_NOT_LOADED;
    }
    (void)__atomic_add_fetch(&references, 1, __ATOMIC_ACQ_REL);
    return NVML_SUCCESS;
}

NVML nvml_result_t nvmlInit_v2(void) {
    return nvmlInitWithFlags(0);
}

NVML nvml_result_t nvmlInit(void) {
    return nvmlInitWithFlags(0);
}

NVML nvml_result_t nvmlShutdown(void) {
    unsigned int before = __atomic_load_n(&references, __ATOMIC_ACQUIRE);
    do {
        if (before == 0) {
            return NVML_UNINITIALIZED;
        }
    } while (!__atomic_compare_exchange_n(&references, &before, before - 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
    if (before == 1) {
        source_close();
    }
    return NVML_SUCCESS;
}

NVML const char *nvmlErrorString(nvml_result_t result) {
    switch (result) {
    case NVML_SUCCESS:
        return "Success";
    case NVML_UNINITIALIZED:
        return "Uninitialized";
    case NVML_INVALID_ARGUMENT:
        return "Invalid Argument";
    case NVML_NOT_SUPPORTED:
        return "Not Supported";
    case NVML_NOT_FOUND:
        return "Not Found";
    case NVML_INSUFFICIENT_SIZE:
        return "Insufficient Size";
    case NVML_DRIVER_NOT_LOADED:
        return "Driver Not Loaded";
    case NVML_TIMEOUT:
        return "Timeout";
    case NVML_GPU_IS_LOST:
        return "GPU is lost";
    case NVML_VERSION_MISMATCH:
        return "Argument version mismatch";
    default:
        return "Unknown Error";
    }
}

static nvml_result_t system_text(const char *key, char *out, unsigned int length) {
    char value[SOURCE_VALUE_MAX];
    if (!nvml_initialised()) {
        return NVML_UNINITIALIZED;
    }
    if (out == NULL || !source_text(-1, key, value, sizeof value)) {
        return out == NULL ? NVML_INVALID_ARGUMENT : NVML_NOT_SUPPORTED;
    }
    if (strlen(value) >= length) {
        return NVML_INSUFFICIENT_SIZE;
    }
    memcpy(out, value, strlen(value) + 1);
    return NVML_SUCCESS;
}

NVML nvml_result_t nvmlSystemGetDriverVersion(char *version, unsigned int length) {
    return system_text("driver", version, length);
}

NVML nvml_result_t nvmlSystemGetNVMLVersion(char *version, unsigned int length) {
    return system_text("driver", version, length);
}

NVML nvml_result_t nvmlSystemGetCudaDriverVersion_v2(int *version) {
    unsigned long long value = 0;
    if (!nvml_initialised()) {
        return NVML_UNINITIALIZED;
    }
    if (version == NULL || !source_number(-1, "cuda", &value)) {
        return version == NULL ? NVML_INVALID_ARGUMENT : NVML_NOT_SUPPORTED;
    }
    *version = (int)value;
    return NVML_SUCCESS;
}

NVML nvml_result_t nvmlSystemGetCudaDriverVersion(int *version) {
    return nvmlSystemGetCudaDriverVersion_v2(version);
}

/* ---- finding devices ---- */

NVML nvml_result_t nvmlDeviceGetCount_v2(unsigned int *count) {
    if (!nvml_initialised()) {
        return NVML_UNINITIALIZED;
    }
    int found = source_count();
    if (count == NULL || found < 0) {
        return count == NULL ? NVML_INVALID_ARGUMENT : NVML_GPU_IS_LOST;
    }
    *count = (unsigned int)found;
    return NVML_SUCCESS;
}

NVML nvml_result_t nvmlDeviceGetCount(unsigned int *count) {
    return nvmlDeviceGetCount_v2(count);
}

NVML nvml_result_t nvmlUnitGetCount(unsigned int *count) {
    if (count == NULL) {
        return NVML_INVALID_ARGUMENT;
    }
    *count = 0; /* S-class units: none is ever leased */
    return NVML_SUCCESS;
}

NVML nvml_result_t nvmlDeviceGetHandleByIndex_v2(unsigned int index, nvml_device_t *device) {
    unsigned int count = 0;
    nvml_result_t result = nvmlDeviceGetCount_v2(&count);
    if (result == NVML_SUCCESS && (device == NULL || index >= count || index >= DEVICES)) {
        result = NVML_INVALID_ARGUMENT;
    }
    if (result == NVML_SUCCESS) {
        *device = &nvml_devices[index];
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetHandleByIndex(unsigned int index, nvml_device_t *device) {
    return nvmlDeviceGetHandleByIndex_v2(index, device);
}

static nvml_result_t find_device(const char *key, bool (*matches)(const char *, const char *), const char *wanted,
                                 nvml_device_t *device) {
    unsigned int count = 0;
    nvml_result_t result = nvmlDeviceGetCount_v2(&count);
    if (result != NVML_SUCCESS) {
        return result;
    }
    if (wanted == NULL || device == NULL) {
        return NVML_INVALID_ARGUMENT;
    }
    for (unsigned int i = 0; i < count && i < DEVICES; i++) {
        char value[SOURCE_VALUE_MAX];
        if (source_text((int)i, key, value, sizeof value) && matches(value, wanted)) {
            *device = &nvml_devices[i];
            return NVML_SUCCESS;
        }
    }
    return NVML_NOT_FOUND;
}

static bool same_text(const char *value, const char *wanted) {
    return strcasecmp(value, wanted) == 0;
}

/* Domains are written with four or eight digits, or left out; functions may be left out. */
static bool same_pci(const char *value, const char *wanted) {
    unsigned int one[3] = {0, 0, 0};
    unsigned int other[3] = {0, 0, 0};
    if (sscanf(value, "%x:%x:%x", &one[0], &one[1], &one[2]) != 3) {
        return false;
    }
    if (sscanf(wanted, "%x:%x:%x", &other[0], &other[1], &other[2]) != 3) {
        other[0] = 0;
        if (sscanf(wanted, "%x:%x", &other[1], &other[2]) != 2) {
            return false;
        }
    }
    return memcmp(one, other, sizeof one) == 0;
}

NVML nvml_result_t nvmlDeviceGetHandleByUUID(const char *uuid, nvml_device_t *device) {
    return find_device("uuid", same_text, uuid, device);
}

NVML nvml_result_t nvmlDeviceGetHandleBySerial(const char *serial, nvml_device_t *device) {
    return find_device("serial", same_text, serial, device);
}

NVML nvml_result_t nvmlDeviceGetHandleByPciBusId_v2(const char *id, nvml_device_t *device) {
    return find_device("pci", same_pci, id, device);
}

NVML nvml_result_t nvmlDeviceGetHandleByPciBusId(const char *id, nvml_device_t *device) {
    return nvmlDeviceGetHandleByPciBusId_v2(id, device);
}

/* ---- MIG: a lease names whole GPUs ---- */

NVML nvml_result_t nvmlDeviceIsMigDeviceHandle(nvml_device_t device, unsigned int *is_mig) {
    int index = 0;
    nvml_result_t result = nvml_check(device, is_mig, &index);
    if (result == NVML_SUCCESS) {
        *is_mig = 0;
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetMaxMigDeviceCount(nvml_device_t device, unsigned int *count) {
    int index = 0;
    nvml_result_t result = nvml_check(device, count, &index);
    if (result == NVML_SUCCESS) {
        *count = 0;
    }
    return result;
}

/* ---- processes: those of other machines are not this machine's to see ---- */

static nvml_result_t no_processes(nvml_device_t device, unsigned int *count) {
    int index = 0;
    nvml_result_t result = nvml_check(device, count, &index);
    if (result == NVML_SUCCESS) {
        *count = 0;
    }
    return result;
}

#define PROCESSES(name)                                                                        \
    NVML nvml_result_t name(nvml_device_t device, unsigned int *count, void *processes);       \
    nvml_result_t name(nvml_device_t device, unsigned int *count, void *processes) {           \
        (void)processes;                                                                       \
        return no_processes(device, count);                                                    \
    }

PROCESSES(nvmlDeviceGetComputeRunningProcesses)
PROCESSES(nvmlDeviceGetComputeRunningProcesses_v2)
PROCESSES(nvmlDeviceGetComputeRunningProcesses_v3)
PROCESSES(nvmlDeviceGetGraphicsRunningProcesses)
PROCESSES(nvmlDeviceGetGraphicsRunningProcesses_v2)
PROCESSES(nvmlDeviceGetGraphicsRunningProcesses_v3)
PROCESSES(nvmlDeviceGetMPSComputeRunningProcesses)
PROCESSES(nvmlDeviceGetMPSComputeRunningProcesses_v2)
PROCESSES(nvmlDeviceGetMPSComputeRunningProcesses_v3)

/* ---- events: sets exist, none ever fires ---- */

static const unsigned char event_set;

NVML nvml_result_t nvmlEventSetCreate(const void **set) {
    if (set == NULL) {
        return NVML_INVALID_ARGUMENT;
    }
    *set = &event_set;
    return NVML_SUCCESS;
}

NVML nvml_result_t nvmlEventSetFree(const void *set) {
    return set == &event_set ? NVML_SUCCESS : NVML_INVALID_ARGUMENT;
}

/* ---- nvidia-smi's private table ---- */

typedef nvml_result_t (*private_slot_t)(void *, unsigned int *, void *);

static nvml_result_t private_processes(void *device, unsigned int *count, void *processes) {
    (void)device;
    (void)processes;
    if (count == NULL) {
        return NVML_INVALID_ARGUMENT;
    }
    *count = 0;
    return NVML_SUCCESS;
}

NVML nvml_result_t nvmlInternalGetExportTable(const void **table, const unsigned char id[16]) {
    enum { SLOTS = 270, FIRST_LIST = 213, LAST_LIST = 215 };
    static const unsigned char known[16] = {0xc4, 0xfe, 0x3e, 0x6c, 0xc9, 0x8f, 0x6c, 0x4e,
                                            0xa3, 0x27, 0xee, 0x69, 0x6e, 0x12, 0xf7, 0xc4};
    static union {
        uintptr_t bytes;
        private_slot_t slot;
    } slots[SLOTS];
    if (table == NULL || id == NULL) {
        return NVML_INVALID_ARGUMENT;
    }
    if (memcmp(id, known, sizeof known) != 0) {
        return NVML_NOT_SUPPORTED;
    }
    slots[0].bytes = sizeof slots;
    for (int i = FIRST_LIST; i <= LAST_LIST; i++) {
        slots[i].slot = private_processes;
    }
    *table = slots;
    return NVML_SUCCESS;
}
