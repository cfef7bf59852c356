/*
 * libnvidia-ml.so.1 as far as monitoring programs need it; the other names answer NOT_SUPPORTED (generated). Every answer
 * comes from the agent: what it does not know is not supported.
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "nvml_source.h"

#define NVML __attribute__((visibility("default")))

typedef enum nvml_result {
    NVML_SUCCESS = 0,
    NVML_UNINITIALIZED = 1,
    NVML_INVALID_ARGUMENT = 2,
    NVML_NOT_SUPPORTED = 3,
    NVML_NOT_FOUND = 6,
    NVML_INSUFFICIENT_SIZE = 7,
    NVML_DRIVER_NOT_LOADED = 9,
    NVML_TIMEOUT = 10,
    NVML_GPU_IS_LOST = 15,
    NVML_VERSION_MISMATCH = 25,
    NVML_UNKNOWN = 999,
} nvml_result_t;

/* A device handle is the address of its number. */
enum { DEVICES = 64 };
typedef const unsigned char *nvml_device_t;
static const unsigned char device_slots[DEVICES];

typedef struct nvml_pci_info {
    char legacy_id[16];
    unsigned int domain, bus, device, device_id, subsystem_id;
    char id[32];
} nvml_pci_info_t;

typedef struct nvml_pci_info_ext {
    unsigned int version, domain, bus, device, device_id, subsystem_id, base_class, sub_class;
    char id[32];
} nvml_pci_info_ext_t;

typedef struct nvml_memory {
    unsigned long long total, free, used;
} nvml_memory_t;

typedef struct nvml_memory_v2 {
    unsigned int version;
    unsigned long long total, reserved, free, used;
} nvml_memory_v2_t;

typedef struct nvml_utilization {
    unsigned int gpu, memory;
} nvml_utilization_t;

typedef struct nvml_temperature_v1 {
    unsigned int version;
    int sensor;
    int temperature;
} nvml_temperature_v1_t;

_Static_assert(sizeof(nvml_pci_info_t) == 68 && sizeof(nvml_memory_v2_t) == 40, "layouts of the C interface");

#define VERSION(type, number) ((unsigned int)(sizeof(type) | (unsigned)(number) << 24))

static unsigned int references; /* atomic: nvmlInit calls not yet shut down */

/* ---- what every call checks ---- */

static nvml_result_t check(nvml_device_t device, const void *out, int *index) {
    if (__atomic_load_n(&references, __ATOMIC_ACQUIRE) == 0) {
        return NVML_UNINITIALIZED;
    }
    ptrdiff_t at = device - device_slots;
    if (out == NULL || device < device_slots || at >= DEVICES) {
        return NVML_INVALID_ARGUMENT;
    }
    int count = source_count();
    *index = (int)at;
    return count < 0 ? NVML_GPU_IS_LOST : at < count ? NVML_SUCCESS : NVML_INVALID_ARGUMENT;
}

static nvml_result_t number_of(nvml_device_t device, const char *key, const void *out, unsigned long long *value) {
    int index = 0;
    nvml_result_t result = check(device, out, &index);
    return result != NVML_SUCCESS ? result : source_number(index, key, value) ? NVML_SUCCESS : NVML_NOT_SUPPORTED;
}

static nvml_result_t unsigned_of(nvml_device_t device, const char *key, unsigned int *out) {
    unsigned long long value = 0;
    nvml_result_t result = number_of(device, key, out, &value);
    if (result == NVML_SUCCESS) {
        *out = (unsigned int)value;
    }
    return result;
}

static nvml_result_t text_of(nvml_device_t device, const char *key, char *out, unsigned int length) {
    int index = 0;
    char value[SOURCE_VALUE_MAX];
    nvml_result_t result = check(device, out, &index);
    if (result != NVML_SUCCESS) {
        return result;
    }
    if (!source_text(index, key, value, sizeof value)) {
        return NVML_NOT_SUPPORTED;
    }
    if (strlen(value) >= length) {
        return NVML_INSUFFICIENT_SIZE;
    }
    memcpy(out, value, strlen(value) + 1);
    return NVML_SUCCESS;
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
    if (__atomic_load_n(&references, __ATOMIC_ACQUIRE) == 0) {
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
    if (__atomic_load_n(&references, __ATOMIC_ACQUIRE) == 0) {
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
    if (__atomic_load_n(&references, __ATOMIC_ACQUIRE) == 0) {
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
        *device = &device_slots[index];
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
            *device = &device_slots[i];
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

/* ---- what a device is ---- */

NVML nvml_result_t nvmlDeviceGetIndex(nvml_device_t device, unsigned int *index) {
    int at = 0;
    nvml_result_t result = check(device, index, &at);
    if (result == NVML_SUCCESS) {
        *index = (unsigned int)at;
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetName(nvml_device_t device, char *name, unsigned int length) {
    return text_of(device, "name", name, length);
}

NVML nvml_result_t nvmlDeviceGetUUID(nvml_device_t device, char *uuid, unsigned int length) {
    return text_of(device, "uuid", uuid, length);
}

NVML nvml_result_t nvmlDeviceGetSerial(nvml_device_t device, char *serial, unsigned int length) {
    return text_of(device, "serial", serial, length);
}

static nvml_result_t read_pci(nvml_device_t device, const void *out, nvml_pci_info_t *info) {
    char value[32];
    nvml_result_t result = out == NULL ? NVML_INVALID_ARGUMENT : text_of(device, "pci", value, sizeof value);
    if (result != NVML_SUCCESS) {
        return result;
    }
    memset(info, 0, sizeof *info);
    if (sscanf(value, "%x:%x:%x", &info->domain, &info->bus, &info->device) != 3) {
        return NVML_NOT_SUPPORTED;
    }
    (void)snprintf(info->id, sizeof info->id, "%08X:%02X:%02X.0", info->domain, info->bus, info->device);
    (void)snprintf(info->legacy_id, sizeof info->legacy_id, "%04X:%02X:%02X.0", info->domain & 0xffff, info->bus & 0xff,
                   info->device & 0xff);
    return NVML_SUCCESS;
}

NVML nvml_result_t nvmlDeviceGetPciInfo_v3(nvml_device_t device, nvml_pci_info_t *pci) {
    nvml_pci_info_t info;
    nvml_result_t result = read_pci(device, pci, &info);
    if (result == NVML_SUCCESS) {
        *pci = info;
    }
    return result;
}

/* The older struct ends before the long id. */
NVML nvml_result_t nvmlDeviceGetPciInfo_v2(nvml_device_t device, nvml_pci_info_t *pci) {
    nvml_pci_info_t info;
    nvml_result_t result = read_pci(device, pci, &info);
    if (result == NVML_SUCCESS) {
        memcpy(pci, &info, offsetof(nvml_pci_info_t, id));
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetPciInfo(nvml_device_t device, nvml_pci_info_t *pci) {
    return nvmlDeviceGetPciInfo_v2(device, pci);
}

NVML nvml_result_t nvmlDeviceGetPciInfoExt(nvml_device_t device, nvml_pci_info_ext_t *pci) {
    nvml_pci_info_t info;
    nvml_result_t result = read_pci(device, pci, &info);
    if (result == NVML_SUCCESS) {
        *pci = (nvml_pci_info_ext_t){.version = pci->version, .domain = info.domain, .bus = info.bus, .device = info.device};
        memcpy(pci->id, info.id, sizeof pci->id);
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetCudaComputeCapability(nvml_device_t device, int *major, int *minor) {
    char value[16];
    nvml_result_t result = major == NULL || minor == NULL ? NVML_INVALID_ARGUMENT
                                                          : text_of(device, "capability", value, sizeof value);
    if (result == NVML_SUCCESS && sscanf(value, "%d.%d", major, minor) != 2) {
        result = NVML_NOT_SUPPORTED;
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetNumGpuCores(nvml_device_t device, unsigned int *cores) {
    return unsigned_of(device, "cores", cores);
}

/* ---- memory ---- */

static nvml_result_t read_memory(nvml_device_t device, const void *out, nvml_memory_t *memory) {
    nvml_result_t result = number_of(device, "memory.total", out, &memory->total);
    if (result == NVML_SUCCESS) {
        result = number_of(device, "memory.used", out, &memory->used);
    }
    if (result == NVML_SUCCESS) {
        result = number_of(device, "memory.free", out, &memory->free);
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetMemoryInfo(nvml_device_t device, nvml_memory_t *memory) {
    nvml_memory_t read = {0, 0, 0};
    nvml_result_t result = read_memory(device, memory, &read);
    if (result == NVML_SUCCESS) {
        *memory = read;
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetMemoryInfo_v2(nvml_device_t device, nvml_memory_v2_t *memory) {
    nvml_memory_t read = {0, 0, 0};
    if (memory != NULL && memory->version != VERSION(nvml_memory_v2_t, 2)) {
        return NVML_VERSION_MISMATCH;
    }
    nvml_result_t result = read_memory(device, memory, &read);
    if (result == NVML_SUCCESS) {
        unsigned long long known = read.free + read.used;
        memory->total = read.total;
        memory->free = read.free;
        memory->used = read.used;
        memory->reserved = read.total > known ? read.total - known : 0;
    }
    return result;
}

/* ---- how a device is doing ---- */

NVML nvml_result_t nvmlDeviceGetUtilizationRates(nvml_device_t device, nvml_utilization_t *utilization) {
    nvml_utilization_t read = {0, 0};
    nvml_result_t result = utilization == NULL ? NVML_INVALID_ARGUMENT
                                               : unsigned_of(device, "utilisation.gpu", &read.gpu);
    if (result == NVML_SUCCESS) {
        result = unsigned_of(device, "utilisation.memory", &read.memory);
    }
    if (result == NVML_SUCCESS) {
        *utilization = read;
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetTemperature(nvml_device_t device, int sensor, unsigned int *temperature) {
    return sensor != 0 ? NVML_INVALID_ARGUMENT : unsigned_of(device, "temperature", temperature);
}

NVML nvml_result_t nvmlDeviceGetTemperatureV(nvml_device_t device, nvml_temperature_v1_t *temperature) {
    unsigned int value = 0;
    if (temperature != NULL && temperature->version != VERSION(nvml_temperature_v1_t, 1)) {
        return NVML_VERSION_MISMATCH;
    }
    nvml_result_t result = temperature == NULL ? NVML_INVALID_ARGUMENT : unsigned_of(device, "temperature", &value);
    if (result == NVML_SUCCESS) {
        temperature->temperature = (int)value;
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetPowerUsage(nvml_device_t device, unsigned int *power) {
    return unsigned_of(device, "power", power);
}

NVML nvml_result_t nvmlDeviceGetPowerManagementLimit(nvml_device_t device, unsigned int *limit) {
    return unsigned_of(device, "power.limit", limit);
}

NVML nvml_result_t nvmlDeviceGetEnforcedPowerLimit(nvml_device_t device, unsigned int *limit) {
    return unsigned_of(device, "power.limit", limit);
}

NVML nvml_result_t nvmlDeviceGetFanSpeed(nvml_device_t device, unsigned int *speed) {
    return unsigned_of(device, "fan", speed);
}

NVML nvml_result_t nvmlDeviceGetPersistenceMode(nvml_device_t device, unsigned int *mode) {
    return unsigned_of(device, "persistence", mode);
}

NVML nvml_result_t nvmlDeviceGetComputeMode(nvml_device_t device, unsigned int *mode) {
    return unsigned_of(device, "compute.mode", mode);
}

NVML nvml_result_t nvmlDeviceGetPerformanceState(nvml_device_t device, unsigned int *state) {
    return unsigned_of(device, "performance", state);
}

NVML nvml_result_t nvmlDeviceGetPowerState(nvml_device_t device, unsigned int *state) {
    return unsigned_of(device, "performance", state);
}

NVML nvml_result_t nvmlDeviceGetEccMode(nvml_device_t device, unsigned int *current, unsigned int *pending) {
    nvml_result_t result = pending == NULL ? NVML_INVALID_ARGUMENT : unsigned_of(device, "ecc", current);
    if (result == NVML_SUCCESS) {
        *pending = *current;
    }
    return result;
}

static const char *clock_key(unsigned int type, bool max) {
    enum { GRAPHICS, SM, MEMORY };
    if (type == GRAPHICS || type == SM) {
        return max ? "clock.sm.max" : "clock.sm";
    }
    return type == MEMORY ? (max ? "clock.memory.max" : "clock.memory") : NULL;
}

NVML nvml_result_t nvmlDeviceGetClockInfo(nvml_device_t device, unsigned int type, unsigned int *clock) {
    const char *key = clock_key(type, false);
    return key == NULL ? NVML_NOT_SUPPORTED : unsigned_of(device, key, clock);
}

NVML nvml_result_t nvmlDeviceGetMaxClockInfo(nvml_device_t device, unsigned int type, unsigned int *clock) {
    const char *key = clock_key(type, true);
    return key == NULL ? NVML_NOT_SUPPORTED : unsigned_of(device, key, clock);
}

/* ---- MIG: a lease names whole GPUs ---- */

NVML nvml_result_t nvmlDeviceIsMigDeviceHandle(nvml_device_t device, unsigned int *is_mig) {
    int index = 0;
    nvml_result_t result = check(device, is_mig, &index);
    if (result == NVML_SUCCESS) {
        *is_mig = 0;
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetMaxMigDeviceCount(nvml_device_t device, unsigned int *count) {
    int index = 0;
    nvml_result_t result = check(device, count, &index);
    if (result == NVML_SUCCESS) {
        *count = 0;
    }
    return result;
}

/* ---- processes: those of other machines are not this machine's to see ---- */

static nvml_result_t no_processes(nvml_device_t device, unsigned int *count) {
    int index = 0;
    nvml_result_t result = check(device, count, &index);
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
