/* What a device is and what it holds: addresses, memory, clocks to choose from, and structs of several values. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nvml.h"
#include "nvml_source.h"

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

typedef struct nvml_attributes {
    unsigned int values[8];
    unsigned long long memory_mebibytes;
} nvml_attributes_t;

typedef struct nvml_capture {
    unsigned int sessions, fps, latency;
} nvml_capture_t;

_Static_assert(sizeof(nvml_memory_v2_t) == 40 && sizeof(nvml_attributes_t) == 40, "layouts of the C interface");

NVML nvml_result_t nvmlDeviceGetIndex(nvml_device_t device, unsigned int *index) {
    int at = 0;
    nvml_result_t result = nvml_check(device, index, &at);
    if (result == NVML_SUCCESS) {
        *index = (unsigned int)at;
    }
    return result;
}

/* ---- addresses ---- */

static nvml_result_t read_pci(nvml_device_t device, const void *out, nvml_pci_info_t *info) {
    char value[32];
    nvml_result_t result = out == NULL ? NVML_INVALID_ARGUMENT : nvml_text(device, "pci", value, sizeof value);
    if (result != NVML_SUCCESS) {
        return result;
    }
    if (!nvml_read_pci(value, info)) {
        return NVML_NOT_SUPPORTED;
    }
    (void)nvml_unsigned(device, "pci.id", &info->device_id); /* 0 where it is not told, as on the software GPU */
    (void)nvml_unsigned(device, "pci.subsystem", &info->subsystem_id);
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
    if (pci != NULL && pci->version != VERSION(nvml_pci_info_ext_t, 1)) {
        return NVML_VERSION_MISMATCH;
    }
    nvml_result_t result = read_pci(device, pci, &info);
    if (result != NVML_SUCCESS) {
        return result;
    }
    *pci = (nvml_pci_info_ext_t){.version = pci->version,
                                 .domain = info.domain,
                                 .bus = info.bus,
                                 .device = info.device,
                                 .device_id = info.device_id,
                                 .subsystem_id = info.subsystem_id};
    memcpy(pci->id, info.id, sizeof pci->id);
    (void)nvml_unsigned(device, "pci.class.base", &pci->base_class);
    (void)nvml_unsigned(device, "pci.class.sub", &pci->sub_class);
    return NVML_SUCCESS;
}

NVML nvml_result_t nvmlDeviceGetCudaComputeCapability(nvml_device_t device, int *major, int *minor) {
    char value[16];
    nvml_result_t result = major == NULL || minor == NULL ? NVML_INVALID_ARGUMENT
                                                          : nvml_text(device, "capability", value, sizeof value);
    if (result == NVML_SUCCESS && sscanf(value, "%d.%d", major, minor) != 2) {
        result = NVML_NOT_SUPPORTED;
    }
    return result;
}

/* ---- firmware ---- */

NVML nvml_result_t nvmlDeviceGetInforomVersion(nvml_device_t device, unsigned int object, char *version,
                                               unsigned int length) {
    enum { OBJECTS = 4 };
    return object < OBJECTS ? nvml_text_at(device, "inforom.%u", object, version, length) : NVML_INVALID_ARGUMENT;
}

/* The caller's room is what the interface says: 80 bytes. */
NVML nvml_result_t nvmlDeviceGetGspFirmwareVersion(nvml_device_t device, char *version) {
    enum { GSP_VERSION_BYTES = 80 };
    return nvml_text(device, "gsp", version, GSP_VERSION_BYTES);
}

/* ---- memory: the lease's; the bus's window on the device is the device's ---- */

static nvml_result_t read_memory(nvml_device_t device, const void *out, const char *const keys[3], nvml_memory_t *memory) {
    nvml_result_t result = out == NULL ? NVML_INVALID_ARGUMENT : nvml_long(device, keys[0], &memory->total);
    if (result == NVML_SUCCESS) {
        result = nvml_long(device, keys[1], &memory->free);
    }
    if (result == NVML_SUCCESS) {
        result = nvml_long(device, keys[2], &memory->used);
    }
    return result;
}

static const char *const memory_keys[3] = {"memory.total", "memory.free", "memory.used"};
static const char *const bar1_keys[3] = {"bar1.total", "bar1.free", "bar1.used"};

static nvml_result_t give_memory(nvml_device_t device, const char *const keys[3], nvml_memory_t *memory) {
    nvml_memory_t read = {0, 0, 0};
    nvml_result_t result = read_memory(device, memory, keys, &read);
    if (result == NVML_SUCCESS) {
        *memory = read;
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetMemoryInfo(nvml_device_t device, nvml_memory_t *memory) {
    return give_memory(device, memory_keys, memory);
}

NVML nvml_result_t nvmlDeviceGetBAR1MemoryInfo(nvml_device_t device, nvml_memory_t *memory) {
    return give_memory(device, bar1_keys, memory);
}

NVML nvml_result_t nvmlDeviceGetMemoryInfo_v2(nvml_device_t device, nvml_memory_v2_t *memory) {
    nvml_memory_t read = {0, 0, 0};
    if (memory != NULL && memory->version != VERSION(nvml_memory_v2_t, 2)) {
        return NVML_VERSION_MISMATCH;
    }
    nvml_result_t result = read_memory(device, memory, memory_keys, &read);
    if (result == NVML_SUCCESS) {
        unsigned long long known = read.free + read.used;
        memory->total = read.total;
        memory->free = read.free;
        memory->used = read.used;
        memory->reserved = read.total > known ? read.total - known : 0;
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetAttributes_v2(nvml_device_t device, nvml_attributes_t *attributes) {
    static const char *const keys[] = {"attributes.multiprocessors", "attributes.copy", "attributes.decoder",
                                       "attributes.encoder",         "attributes.jpeg", "attributes.ofa",
                                       "attributes.slices.gpu",      "attributes.slices.compute"};
    nvml_attributes_t read = {.memory_mebibytes = 0};
    unsigned long long bytes = 0;
    nvml_result_t result = attributes == NULL ? NVML_INVALID_ARGUMENT : nvml_long(device, "memory.total", &bytes);
    for (size_t i = 0; i < sizeof keys / sizeof *keys && result == NVML_SUCCESS; i++) {
        result = nvml_unsigned(device, keys[i], &read.values[i]);
    }
    if (result == NVML_SUCCESS) {
        read.memory_mebibytes = bytes >> 20;
        *attributes = read;
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetAttributes(nvml_device_t device, nvml_attributes_t *attributes) {
    return nvmlDeviceGetAttributes_v2(device, attributes);
}

/* ---- how busy it is ---- */

NVML nvml_result_t nvmlDeviceGetUtilizationRates(nvml_device_t device, nvml_utilization_t *utilization) {
    nvml_utilization_t read = {0, 0};
    nvml_result_t result = utilization == NULL ? NVML_INVALID_ARGUMENT
                                               : nvml_unsigned(device, "utilisation.gpu", &read.gpu);
    if (result == NVML_SUCCESS) {
        result = nvml_unsigned(device, "utilisation.memory", &read.memory);
    }
    if (result == NVML_SUCCESS) {
        *utilization = read;
    }
    return result;
}

static nvml_result_t read_sessions(nvml_device_t device, const char *const keys[3], nvml_capture_t *read) {
    nvml_result_t result = nvml_unsigned(device, keys[0], &read->sessions);
    if (result == NVML_SUCCESS) {
        result = nvml_unsigned(device, keys[1], &read->fps);
    }
    return result == NVML_SUCCESS ? nvml_unsigned(device, keys[2], &read->latency) : result;
}

NVML nvml_result_t nvmlDeviceGetEncoderStats(nvml_device_t device, unsigned int *sessions, unsigned int *fps,
                                             unsigned int *latency) {
    static const char *const keys[3] = {"encoder.sessions", "encoder.fps", "encoder.latency"};
    nvml_capture_t read = {0, 0, 0};
    if (sessions == NULL || fps == NULL || latency == NULL) {
        return NVML_INVALID_ARGUMENT;
    }
    nvml_result_t result = read_sessions(device, keys, &read);
    if (result == NVML_SUCCESS) {
        *sessions = read.sessions;
        *fps = read.fps;
        *latency = read.latency;
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetFBCStats(nvml_device_t device, nvml_capture_t *stats) {
    static const char *const keys[3] = {"capture.sessions", "capture.fps", "capture.latency"};
    nvml_capture_t read = {0, 0, 0};
    nvml_result_t result = stats == NULL ? NVML_INVALID_ARGUMENT : read_sessions(device, keys, &read);
    if (result == NVML_SUCCESS) {
        *stats = read;
    }
    return result;
}

/* ---- the clocks there are ---- */

/* Fills the caller's array, or says how long it must be. */
static nvml_result_t list_of(nvml_device_t device, const char *key, unsigned int *count, unsigned int *values,
                             nvml_result_t unknown) {
    char list[SOURCE_LIST_MAX];
    int index = 0;
    nvml_result_t result = nvml_check(device, count, &index);
    if (result != NVML_SUCCESS) {
        return result;
    }
    if (!source_text(index, key, list, sizeof list)) {
        return unknown;
    }
    unsigned int room = values == NULL ? 0 : *count;
    unsigned int found = 0;
    char *end = list;
    for (const char *at = list;; at = end) {
        unsigned int value = (unsigned int)strtoul(at, &end, 10);
        if (end == at) {
            break;
        }
        if (found < room) {
            values[found] = value;
        }
        found++;
    }
    *count = found;
    return found <= room ? NVML_SUCCESS : NVML_INSUFFICIENT_SIZE;
}

NVML nvml_result_t nvmlDeviceGetSupportedMemoryClocks(nvml_device_t device, unsigned int *count, unsigned int *clocks) {
    return list_of(device, "clocks.memory", count, clocks, NVML_NOT_SUPPORTED);
}

NVML nvml_result_t nvmlDeviceGetSupportedGraphicsClocks(nvml_device_t device, unsigned int memory, unsigned int *count,
                                                        unsigned int *clocks) {
    char key[SOURCE_KEY_MAX];
    unsigned int none = 0;
    nvml_result_t any = list_of(device, "clocks.memory", &none, NULL, NVML_NOT_SUPPORTED);
    (void)snprintf(key, sizeof key, "clocks.graphics.%u", memory);
    return any == NVML_NOT_SUPPORTED ? any : list_of(device, key, count, clocks, NVML_NOT_FOUND);
}
