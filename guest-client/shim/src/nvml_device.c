/* What a device is and how it is doing, from the agent's snapshot. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "nvml.h"
#include "nvml_source.h"

static nvml_result_t number_of(nvml_device_t device, const char *key, const void *out, unsigned long long *value) {
    int index = 0;
    nvml_result_t result = nvml_check(device, out, &index);
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
    nvml_result_t result = nvml_check(device, out, &index);
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

/* ---- what a device is ---- */

NVML nvml_result_t nvmlDeviceGetIndex(nvml_device_t device, unsigned int *index) {
    int at = 0;
    nvml_result_t result = nvml_check(device, index, &at);
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
