/*
 * The functions whose answer is a value of the snapshot as it stands: one row each, the function and its key
 * (docs/protocol.md section 4.1). What needs a thought of its own is written out elsewhere.
 */
#define _GNU_SOURCE
#include <stdio.h>

#include "nvml.h"
#include "nvml_source.h"

/* (device, unsigned int *) */
#define NUMBERS(ROW)                                                            \
    ROW(nvmlDeviceGetAdaptiveClockInfoStatus, "clock.adaptive")                 \
    ROW(nvmlDeviceGetAccountingBufferSize, "accounting.buffer")                 \
    ROW(nvmlDeviceGetArchitecture, "architecture")                              \
    ROW(nvmlDeviceGetBoardId, "board.id")                                       \
    ROW(nvmlDeviceGetBrand, "brand")                                            \
    ROW(nvmlDeviceGetBusType, "bus")                                            \
    ROW(nvmlDeviceGetComputeMode, "compute.mode")                               \
    ROW(nvmlDeviceGetCurrPcieLinkGeneration, "pcie.generation")                 \
    ROW(nvmlDeviceGetCurrPcieLinkWidth, "pcie.width")                           \
    ROW(nvmlDeviceGetDefaultEccMode, "ecc.default")                             \
    ROW(nvmlDeviceGetDisplayActive, "display.active")                           \
    ROW(nvmlDeviceGetDisplayMode, "display.mode")                               \
    ROW(nvmlDeviceGetEnforcedPowerLimit, "power.limit.enforced")                \
    ROW(nvmlDeviceGetFanSpeed, "fan")                                           \
    ROW(nvmlDeviceGetGpuMaxPcieLinkGeneration, "pcie.generation.device")        \
    ROW(nvmlDeviceGetInforomConfigurationChecksum, "inforom.checksum")          \
    ROW(nvmlDeviceGetMaxPcieLinkGeneration, "pcie.generation.max")              \
    ROW(nvmlDeviceGetMaxPcieLinkWidth, "pcie.width.max")                        \
    ROW(nvmlDeviceGetMemoryBusWidth, "memory.bus")                              \
    ROW(nvmlDeviceGetMinorNumber, "minor")                                      \
    ROW(nvmlDeviceGetModuleId, "module")                                        \
    ROW(nvmlDeviceGetMultiGpuBoard, "board.multi")                              \
    ROW(nvmlDeviceGetNumFans, "fans")                                           \
    ROW(nvmlDeviceGetNumGpuCores, "cores")                                      \
    ROW(nvmlDeviceGetPcieLinkMaxSpeed, "pcie.speed.max")                        \
    ROW(nvmlDeviceGetPcieReplayCounter, "pcie.replay")                          \
    ROW(nvmlDeviceGetPcieSpeed, "pcie.speed")                                   \
    ROW(nvmlDeviceGetPerformanceState, "performance")                           \
    ROW(nvmlDeviceGetPersistenceMode, "persistence")                            \
    ROW(nvmlDeviceGetPowerManagementDefaultLimit, "power.limit.default")        \
    ROW(nvmlDeviceGetPowerManagementLimit, "power.limit")                       \
    ROW(nvmlDeviceGetPowerManagementMode, "power.management")                   \
    ROW(nvmlDeviceGetPowerSource, "power.source")                               \
    ROW(nvmlDeviceGetPowerState, "performance")                                 \
    ROW(nvmlDeviceGetPowerUsage, "power")                                       \
    ROW(nvmlDeviceGetRetiredPagesPendingStatus, "pages.pending")                \
    ROW(nvmlDeviceGetVirtualizationMode, "virtualisation")

/* (device, unsigned long long *) */
#define LONGS(ROW)                                                      \
    ROW(nvmlDeviceGetCurrentClocksEventReasons, "reasons")              \
    ROW(nvmlDeviceGetCurrentClocksThrottleReasons, "reasons")           \
    ROW(nvmlDeviceGetSupportedClocksEventReasons, "reasons.supported")  \
    ROW(nvmlDeviceGetSupportedClocksThrottleReasons, "reasons.supported") \
    ROW(nvmlDeviceGetTotalEnergyConsumption, "energy")

/* (device, unsigned int *, unsigned int *) */
#define PAIRS(ROW)                                                                                \
    ROW(nvmlDeviceGetAutoBoostedClocksEnabled, "boost", "boost.default")                          \
    ROW(nvmlDeviceGetDecoderUtilization, "utilisation.decoder", "utilisation.decoder.period")     \
    ROW(nvmlDeviceGetEccMode, "ecc", "ecc.pending")                                               \
    ROW(nvmlDeviceGetEncoderUtilization, "utilisation.encoder", "utilisation.encoder.period")     \
    ROW(nvmlDeviceGetGpuOperationMode, "operation", "operation.pending")                          \
    ROW(nvmlDeviceGetGspFirmwareMode, "gsp.enabled", "gsp.default")                               \
    ROW(nvmlDeviceGetJpgUtilization, "utilisation.jpeg", "utilisation.jpeg.period")               \
    ROW(nvmlDeviceGetMigMode, "mig", "mig.pending")                                               \
    ROW(nvmlDeviceGetMinMaxFanSpeed, "fan.min", "fan.max")                                        \
    ROW(nvmlDeviceGetOfaUtilization, "utilisation.ofa", "utilisation.ofa.period")                 \
    ROW(nvmlDeviceGetPowerManagementLimitConstraints, "power.limit.min", "power.limit.max")

/* (device, char *, unsigned int length) */
#define TEXTS(ROW)                                        \
    ROW(nvmlDeviceGetBoardPartNumber, "board.part")       \
    ROW(nvmlDeviceGetInforomImageVersion, "inforom.image") \
    ROW(nvmlDeviceGetName, "name")                        \
    ROW(nvmlDeviceGetSerial, "serial")                    \
    ROW(nvmlDeviceGetUUID, "uuid")                        \
    ROW(nvmlDeviceGetVbiosVersion, "vbios")

/* (device, unsigned int which, unsigned int *): how many there are to choose from */
#define CHOICES(ROW)                                                        \
    ROW(nvmlDeviceGetEncoderCapacity, "encoder.capacity.%u", 3)             \
    ROW(nvmlDeviceGetFanSpeed_v2, "fan.%u", 32)                             \
    ROW(nvmlDeviceGetPcieThroughput, "pcie.throughput.%u", 2)               \
    ROW(nvmlDeviceGetTemperatureThreshold, "temperature.threshold.%u", 8)

/* (device, nvmlClockType_t, unsigned int *): what follows "clock.<type>" */
#define CLOCKS(ROW)                                      \
    ROW(nvmlDeviceGetApplicationsClock, ".application")  \
    ROW(nvmlDeviceGetClockInfo, "")                      \
    ROW(nvmlDeviceGetDefaultApplicationsClock, ".default") \
    ROW(nvmlDeviceGetMaxClockInfo, ".max")               \
    ROW(nvmlDeviceGetMaxCustomerBoostClock, ".boost")

static nvml_result_t pair_of(nvml_device_t device, const char *first, unsigned int *one, const char *second,
                             unsigned int *other) {
    unsigned int read[2] = {0, 0};
    nvml_result_t result = one == NULL || other == NULL ? NVML_INVALID_ARGUMENT : nvml_unsigned(device, first, &read[0]);
    if (result == NVML_SUCCESS) {
        result = nvml_unsigned(device, second, &read[1]);
    }
    if (result == NVML_SUCCESS) {
        *one = read[0];
        *other = read[1];
    }
    return result;
}

static nvml_result_t clock_of(nvml_device_t device, unsigned int type, const char *suffix, unsigned int *out) {
    static const char *const types[] = {"graphics", "sm", "memory", "video"};
    char key[SOURCE_KEY_MAX];
    int index = 0;
    nvml_result_t result = nvml_check(device, out, &index);
    if (result != NVML_SUCCESS || type >= sizeof types / sizeof *types) {
        return result != NVML_SUCCESS ? result : NVML_INVALID_ARGUMENT;
    }
    (void)snprintf(key, sizeof key, "clock.%s%s", types[type], suffix);
    return nvml_unsigned(device, key, out);
}

#define NUMBER(name, key)                                             \
    NVML nvml_result_t name(nvml_device_t device, unsigned int *out); \
    nvml_result_t name(nvml_device_t device, unsigned int *out) {     \
        return nvml_unsigned(device, key, out);                       \
    }
#define LONG(name, key)                                                     \
    NVML nvml_result_t name(nvml_device_t device, unsigned long long *out); \
    nvml_result_t name(nvml_device_t device, unsigned long long *out) {     \
        return nvml_long(device, key, out);                                 \
    }
#define PAIR(name, first, second)                                                          \
    NVML nvml_result_t name(nvml_device_t device, unsigned int *one, unsigned int *other); \
    nvml_result_t name(nvml_device_t device, unsigned int *one, unsigned int *other) {     \
        return pair_of(device, first, one, second, other);                                 \
    }
#define TEXT(name, key)                                                              \
    NVML nvml_result_t name(nvml_device_t device, char *out, unsigned int length);   \
    nvml_result_t name(nvml_device_t device, char *out, unsigned int length) {       \
        return nvml_text(device, key, out, length);                                  \
    }
#define CHOICE(name, key, count)                                                               \
    NVML nvml_result_t name(nvml_device_t device, unsigned int which, unsigned int *out);      \
    nvml_result_t name(nvml_device_t device, unsigned int which, unsigned int *out) {          \
        return which < (count) ? nvml_unsigned_at(device, key, which, out) : NVML_INVALID_ARGUMENT; \
    }
#define CLOCK(name, suffix)                                                              \
    NVML nvml_result_t name(nvml_device_t device, unsigned int type, unsigned int *out); \
    nvml_result_t name(nvml_device_t device, unsigned int type, unsigned int *out) {     \
        return clock_of(device, type, suffix, out);                                      \
    }

NUMBERS(NUMBER)
LONGS(LONG)
PAIRS(PAIR)
TEXTS(TEXT)
CHOICES(CHOICE)
CLOCKS(CLOCK)

/* nvmlClockId_t: now, the target and the default that administrators set, the highest that is allowed. */
NVML nvml_result_t nvmlDeviceGetClock(nvml_device_t device, unsigned int type, unsigned int id, unsigned int *out) {
    static const char *const suffixes[] = {"", ".application", ".default", ".boost"};
    return id < sizeof suffixes / sizeof *suffixes ? clock_of(device, type, suffixes[id], out) : NVML_INVALID_ARGUMENT;
}
