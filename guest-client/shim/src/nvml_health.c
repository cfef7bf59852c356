/* Errors of the memory, temperatures, and what holds a device back. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "nvml.h"
#include "nvml_source.h"

enum { ERROR_TYPES = 2, COUNTER_TYPES = 2, MEMORY_LOCATIONS = 8, SRAM_COUNTS = 11 };

typedef struct nvml_ecc_counts {
    unsigned long long l1, l2, device, registers;
} nvml_ecc_counts_t;

typedef struct nvml_sram_status {
    unsigned int version;
    unsigned long long counts[SRAM_COUNTS];
    unsigned int exceeded;
} nvml_sram_status_t;

typedef struct nvml_row_histogram {
    unsigned int max, high, partial, low, none;
} nvml_row_histogram_t;

typedef struct nvml_repair {
    unsigned int version, channel, tpc;
} nvml_repair_t;

typedef struct nvml_temperature {
    unsigned int version;
    int sensor;
    int temperature;
} nvml_temperature_t;

typedef struct nvml_margin {
    unsigned int version;
    int margin;
} nvml_margin_t;

typedef struct nvml_violation {
    unsigned long long reference, time;
} nvml_violation_t;

_Static_assert(sizeof(nvml_sram_status_t) == 104, "layouts of the C interface");

/* ---- ECC ---- */

static nvml_result_t total_errors(nvml_device_t device, unsigned int error, unsigned int counter, unsigned long long *out) {
    char key[SOURCE_KEY_MAX];
    (void)snprintf(key, sizeof key, "ecc.total.%u.%u", error, counter);
    return nvml_long(device, key, out);
}

NVML nvml_result_t nvmlDeviceGetTotalEccErrors(nvml_device_t device, unsigned int error, unsigned int counter,
                                               unsigned long long *count) {
    return error < ERROR_TYPES && counter < COUNTER_TYPES ? total_errors(device, error, counter, count)
                                                          : NVML_INVALID_ARGUMENT;
}

NVML nvml_result_t nvmlDeviceGetMemoryErrorCounter(nvml_device_t device, unsigned int error, unsigned int counter,
                                                   unsigned int location, unsigned long long *count) {
    char key[SOURCE_KEY_MAX];
    if (error >= ERROR_TYPES || counter >= COUNTER_TYPES || location >= MEMORY_LOCATIONS) {
        return NVML_INVALID_ARGUMENT;
    }
    (void)snprintf(key, sizeof key, "ecc.count.%u.%u.%u", error, counter, location);
    return nvml_long(device, key, count);
}

/* The first four locations, in nvmlMemoryLocation_t's order. A location that the device does not count has no errors. */
NVML nvml_result_t nvmlDeviceGetDetailedEccErrors(nvml_device_t device, unsigned int error, unsigned int counter,
                                                  nvml_ecc_counts_t *counts) {
    unsigned long long read[4] = {0, 0, 0, 0};
    bool any = false;
    nvml_result_t result = counts == NULL ? NVML_INVALID_ARGUMENT : NVML_SUCCESS;
    for (unsigned int location = 0; location < 4 && result == NVML_SUCCESS; location++) {
        result = nvmlDeviceGetMemoryErrorCounter(device, error, counter, location, &read[location]);
        any = any || result == NVML_SUCCESS;
        result = result == NVML_NOT_SUPPORTED ? NVML_SUCCESS : result;
    }
    if (result != NVML_SUCCESS || !any) {
        return result != NVML_SUCCESS ? result : NVML_NOT_SUPPORTED;
    }
    *counts = (nvml_ecc_counts_t){.l1 = read[0], .l2 = read[1], .device = read[2], .registers = read[3]};
    return NVML_SUCCESS;
}

NVML nvml_result_t nvmlDeviceGetSramEccErrorStatus(nvml_device_t device, nvml_sram_status_t *status) {
    static const char *const keys[SRAM_COUNTS] = {
        "sram.aggregate.parity", "sram.aggregate.secded", "sram.aggregate.corrected", "sram.volatile.parity",
        "sram.volatile.secded",  "sram.volatile.corrected", "sram.bucket.l2",         "sram.bucket.sm",
        "sram.bucket.pcie",      "sram.bucket.mcu",         "sram.bucket.other",
    };
    nvml_sram_status_t read = {.version = VERSION(nvml_sram_status_t, 1)};
    if (status != NULL && status->version != read.version) {
        return NVML_VERSION_MISMATCH;
    }
    nvml_result_t result = status == NULL ? NVML_INVALID_ARGUMENT : nvml_unsigned(device, "sram.exceeded", &read.exceeded);
    for (int i = 0; i < SRAM_COUNTS && result == NVML_SUCCESS; i++) {
        result = nvml_long(device, keys[i], &read.counts[i]);
    }
    if (result == NVML_SUCCESS) {
        *status = read;
    }
    return result;
}

/* ---- what was repaired ---- */

/* Reads several unsigned ints that stand side by side; all or none. */
static nvml_result_t read_all(nvml_device_t device, const char *const *keys, unsigned int *values, int count) {
    nvml_result_t result = NVML_SUCCESS;
    for (int i = 0; i < count && result == NVML_SUCCESS; i++) {
        result = nvml_unsigned(device, keys[i], &values[i]);
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetRemappedRows(nvml_device_t device, unsigned int *corrected, unsigned int *uncorrected,
                                             unsigned int *pending, unsigned int *failure) {
    static const char *const keys[] = {"rows.correctable", "rows.uncorrectable", "rows.pending", "rows.failure"};
    unsigned int read[4] = {0, 0, 0, 0};
    if (corrected == NULL || uncorrected == NULL || pending == NULL || failure == NULL) {
        return NVML_INVALID_ARGUMENT;
    }
    nvml_result_t result = read_all(device, keys, read, 4);
    if (result == NVML_SUCCESS) {
        *corrected = read[0];
        *uncorrected = read[1];
        *pending = read[2];
        *failure = read[3];
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetRowRemapperHistogram(nvml_device_t device, nvml_row_histogram_t *histogram) {
    static const char *const keys[] = {"rows.histogram.max", "rows.histogram.high", "rows.histogram.partial",
                                       "rows.histogram.low", "rows.histogram.none"};
    unsigned int read[5] = {0, 0, 0, 0, 0};
    nvml_result_t result = histogram == NULL ? NVML_INVALID_ARGUMENT : read_all(device, keys, read, 5);
    if (result == NVML_SUCCESS) {
        *histogram = (nvml_row_histogram_t){read[0], read[1], read[2], read[3], read[4]};
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetRepairStatus(nvml_device_t device, nvml_repair_t *repair) {
    static const char *const keys[] = {"repair.channel", "repair.tpc"};
    unsigned int read[2] = {0, 0};
    if (repair != NULL && repair->version != VERSION(nvml_repair_t, 1)) {
        return NVML_VERSION_MISMATCH;
    }
    nvml_result_t result = repair == NULL ? NVML_INVALID_ARGUMENT : read_all(device, keys, read, 2);
    if (result == NVML_SUCCESS) {
        repair->channel = read[0];
        repair->tpc = read[1];
    }
    return result;
}

NVML nvml_result_t nvmlDeviceValidateInforom(nvml_device_t device) {
    unsigned int valid = 0;
    return nvml_unsigned(device, "inforom.valid", &valid);
}

/* ---- heat, and what it does ---- */

NVML nvml_result_t nvmlDeviceGetTemperature(nvml_device_t device, int sensor, unsigned int *temperature) {
    return sensor != 0 ? NVML_INVALID_ARGUMENT : nvml_unsigned(device, "temperature", temperature);
}

NVML nvml_result_t nvmlDeviceGetTemperatureV(nvml_device_t device, nvml_temperature_t *temperature) {
    unsigned int value = 0;
    if (temperature == NULL) {
        return NVML_INVALID_ARGUMENT;
    }
    if (temperature->version != VERSION(nvml_temperature_t, 1)) {
        return NVML_VERSION_MISMATCH;
    }
    nvml_result_t result = nvmlDeviceGetTemperature(device, temperature->sensor, &value);
    if (result == NVML_SUCCESS) {
        temperature->temperature = (int)value;
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetMarginTemperature(nvml_device_t device, nvml_margin_t *margin) {
    unsigned long long value = 0;
    if (margin != NULL && margin->version != VERSION(nvml_margin_t, 1)) {
        return NVML_VERSION_MISMATCH;
    }
    nvml_result_t result = margin == NULL ? NVML_INVALID_ARGUMENT : nvml_long(device, "temperature.margin", &value);
    if (result == NVML_SUCCESS) {
        margin->margin = (int)value;
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetViolationStatus(nvml_device_t device, unsigned int policy, nvml_violation_t *violation) {
    char key[SOURCE_KEY_MAX];
    nvml_violation_t read = {0, 0};
    (void)snprintf(key, sizeof key, "violation.%u.reference", policy);
    nvml_result_t result = violation == NULL ? NVML_INVALID_ARGUMENT : nvml_long(device, key, &read.reference);
    if (result == NVML_SUCCESS) {
        (void)snprintf(key, sizeof key, "violation.%u", policy);
        result = nvml_long(device, key, &read.time);
    }
    if (result == NVML_SUCCESS) {
        *violation = read;
    }
    return result;
}
