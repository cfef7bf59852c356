/* A device's values, as NVML's functions hand them out. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "nvml.h"
#include "nvml_source.h"

nvml_result_t nvml_long(nvml_device_t device, const char *key, unsigned long long *out) {
    int index = 0;
    unsigned long long value = 0;
    nvml_result_t result = nvml_check(device, out, &index);
    if (result != NVML_SUCCESS) {
        return result;
    }
    if (!source_number(index, key, &value)) {
        return NVML_NOT_SUPPORTED;
    }
    *out = value;
    return NVML_SUCCESS;
}

nvml_result_t nvml_unsigned(nvml_device_t device, const char *key, unsigned int *out) {
    unsigned long long value = 0;
    nvml_result_t result = out == NULL ? NVML_INVALID_ARGUMENT : nvml_long(device, key, &value);
    if (result == NVML_SUCCESS) {
        *out = (unsigned int)value;
    }
    return result;
}

nvml_result_t nvml_text(nvml_device_t device, const char *key, char *out, unsigned int length) {
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

nvml_result_t nvml_unsigned_at(nvml_device_t device, const char *format, unsigned int at, unsigned int *out) {
    char key[SOURCE_KEY_MAX];
    (void)snprintf(key, sizeof key, format, at);
    return nvml_unsigned(device, key, out);
}

nvml_result_t nvml_text_at(nvml_device_t device, const char *format, unsigned int at, char *out, unsigned int length) {
    char key[SOURCE_KEY_MAX];
    (void)snprintf(key, sizeof key, format, at);
    return nvml_text(device, key, out, length);
}

bool nvml_read_pci(const char *text, nvml_pci_info_t *info) {
    memset(info, 0, sizeof *info);
    if (sscanf(text, "%x:%x:%x", &info->domain, &info->bus, &info->device) != 3) {
        return false;
    }
    (void)snprintf(info->id, sizeof info->id, "%08X:%02X:%02X.0", info->domain, info->bus, info->device);
    (void)snprintf(info->legacy_id, sizeof info->legacy_id, "%04X:%02X:%02X.0", info->domain & 0xffff, info->bus & 0xff,
                   info->device & 0xff);
    return true;
}
