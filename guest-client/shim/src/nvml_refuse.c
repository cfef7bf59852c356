/*
 * What is not a guest's to change: the GPU is the pool's, and may be others' as well. NVML answers NO_PERMISSION to a user
 * who is not an administrator, and so do we.
 */
#define _GNU_SOURCE
#include "nvml.h"

static nvml_result_t refuse(nvml_device_t device) {
    int index = 0;
    nvml_result_t result = nvml_check(device, &index, &index);
    return result == NVML_SUCCESS ? NVML_NO_PERMISSION : result;
}

/* Of a device; its other arguments are not looked at. */
#define OF_DEVICES(ROW)                                \
    ROW(nvmlDeviceClearAccountingPids)                 \
    ROW(nvmlDeviceClearEccErrorCounts)                 \
    ROW(nvmlDeviceClearFieldValues)                    \
    ROW(nvmlDeviceCreateGpuInstance)                   \
    ROW(nvmlDeviceCreateGpuInstanceWithPlacement)      \
    ROW(nvmlDeviceFreezeNvLinkUtilizationCounter)      \
    ROW(nvmlDevicePowerSmoothingActivatePresetProfile) \
    ROW(nvmlDevicePowerSmoothingSetState)              \
    ROW(nvmlDevicePowerSmoothingUpdatePresetProfileParam) \
    ROW(nvmlDeviceResetApplicationsClocks)             \
    ROW(nvmlDeviceResetGpuLockedClocks)                \
    ROW(nvmlDeviceResetMemoryLockedClocks)             \
    ROW(nvmlDeviceResetNvLinkErrorCounters)            \
    ROW(nvmlDeviceResetNvLinkUtilizationCounter)       \
    ROW(nvmlDeviceSetAPIRestriction)                   \
    ROW(nvmlDeviceSetAccountingMode)                   \
    ROW(nvmlDeviceSetApplicationsClocks)               \
    ROW(nvmlDeviceSetAutoBoostedClocksEnabled)         \
    ROW(nvmlDeviceSetClockOffsets)                     \
    ROW(nvmlDeviceSetComputeMode)                      \
    ROW(nvmlDeviceSetConfComputeUnprotectedMemSize)    \
    ROW(nvmlDeviceSetDefaultAutoBoostedClocksEnabled)  \
    ROW(nvmlDeviceSetDefaultFanSpeed_v2)               \
    ROW(nvmlDeviceSetDramEncryptionMode)               \
    ROW(nvmlDeviceSetDriverModel)                      \
    ROW(nvmlDeviceSetEccMode)                          \
    ROW(nvmlDeviceSetFanControlPolicy)                 \
    ROW(nvmlDeviceSetFanSpeed_v2)                      \
    ROW(nvmlDeviceSetGpcClkVfOffset)                   \
    ROW(nvmlDeviceSetGpuLockedClocks)                  \
    ROW(nvmlDeviceSetGpuOperationMode)                 \
    ROW(nvmlDeviceSetHostname_v1)                      \
    ROW(nvmlDeviceSetMemClkVfOffset)                   \
    ROW(nvmlDeviceSetMemoryLockedClocks)               \
    ROW(nvmlDeviceSetMigMode)                          \
    ROW(nvmlDeviceSetNvLinkDeviceLowPowerThreshold)    \
    ROW(nvmlDeviceSetNvLinkUtilizationControl)         \
    ROW(nvmlDeviceSetNvlinkBwMode)                     \
    ROW(nvmlDeviceSetPersistenceMode)                  \
    ROW(nvmlDeviceSetPowerManagementLimit)             \
    ROW(nvmlDeviceSetPowerManagementLimit_v2)          \
    ROW(nvmlDeviceSetPowerMizerMode_v1)                \
    ROW(nvmlDeviceSetTemperatureThreshold)             \
    ROW(nvmlDeviceSetVgpuCapabilities)                 \
    ROW(nvmlDeviceSetVgpuHeterogeneousMode)            \
    ROW(nvmlDeviceSetVgpuSchedulerState)               \
    ROW(nvmlDeviceSetVirtualizationMode)               \
    ROW(nvmlDeviceWorkloadPowerProfileClearRequestedProfiles) \
    ROW(nvmlDeviceWorkloadPowerProfileSetRequestedProfiles) \
    ROW(nvmlGpmSetStreamingEnabled)

/* Of the machine, or of a device by its PCI address. */
#define OF_MACHINE(ROW)                        \
    ROW(nvmlDeviceDiscoverGpus)                \
    ROW(nvmlDeviceModifyDrainState)            \
    ROW(nvmlDeviceRemoveGpu)                   \
    ROW(nvmlDeviceRemoveGpu_v2)                \
    ROW(nvmlSetVgpuVersion)                    \
    ROW(nvmlSystemSetConfComputeGpusReadyState) \
    ROW(nvmlSystemSetConfComputeKeyRotationThresholdInfo) \
    ROW(nvmlSystemSetNvlinkBwMode)

#define DEVICE(name)                          \
    NVML nvml_result_t name(nvml_device_t device); \
    nvml_result_t name(nvml_device_t device) { \
        return refuse(device);                 \
    }
#define MACHINE(name)                                                   \
    NVML nvml_result_t name(void);                                      \
    nvml_result_t name(void) {                                          \
        return nvml_initialised() ? NVML_NO_PERMISSION : NVML_UNINITIALIZED; \
    }

OF_DEVICES(DEVICE)
OF_MACHINE(MACHINE)

/* nvmlRestrictedAPI_t: setting application clocks, switching automatic boost. Both are an administrator's. */
NVML nvml_result_t nvmlDeviceGetAPIRestriction(nvml_device_t device, unsigned int interface, unsigned int *restricted) {
    enum { INTERFACES = 2 };
    int index = 0;
    nvml_result_t result = interface >= INTERFACES ? NVML_INVALID_ARGUMENT : nvml_check(device, restricted, &index);
    if (result == NVML_SUCCESS) {
        *restricted = 1;
    }
    return result;
}
