/* The machine: driver, confidential computing, units, events; MIG and fabrics, of which a lease has none. */
#define _GNU_SOURCE
#include <string.h>
#include <time.h>

#include "nvml.h"
#include "nvml_source.h"

/* ---- the driver ---- */

typedef struct nvml_driver_branch {
    unsigned int version;
    char branch[80];
} nvml_driver_branch_t;

static nvml_result_t system_text(const char *key, char *out, size_t length) {
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

/* The software GPU has no NVML of its own: its driver's name stands for it. */
NVML nvml_result_t nvmlSystemGetNVMLVersion(char *version, unsigned int length) {
    nvml_result_t result = system_text("nvml", version, length);
    return result == NVML_NOT_SUPPORTED ? system_text("driver", version, length) : result;
}

NVML nvml_result_t nvmlSystemGetDriverBranch(nvml_driver_branch_t *branch, unsigned int length) {
    if (branch == NULL) {
        return NVML_INVALID_ARGUMENT;
    }
    if (branch->version != VERSION(nvml_driver_branch_t, 1)) {
        return NVML_VERSION_MISMATCH;
    }
    return system_text("branch", branch->branch, length < sizeof branch->branch ? length : sizeof branch->branch);
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

/* ---- what there is none of, and so is counted 0 ---- */

static nvml_result_t none(unsigned int *count) {
    if (!nvml_initialised()) {
        return NVML_UNINITIALIZED;
    }
    if (count == NULL) {
        return NVML_INVALID_ARGUMENT;
    }
    *count = 0;
    return NVML_SUCCESS;
}

static nvml_result_t none_of(nvml_device_t device, unsigned int *count) {
    int index = 0;
    nvml_result_t result = nvml_check(device, count, &index);
    return result == NVML_SUCCESS ? none(count) : result;
}

/* S-class units. */
NVML nvml_result_t nvmlUnitGetCount(unsigned int *count) {
    return none(count);
}

/* Host interface cards of such units. */
NVML nvml_result_t nvmlSystemGetHicVersion(unsigned int *count, void *entries) {
    (void)entries;
    return none(count);
}

/* Devices that the driver was told to leave alone. */
NVML nvml_result_t nvmlGetExcludedDeviceCount(unsigned int *count) {
    return none(count);
}

/* A lease names whole GPUs. */
NVML nvml_result_t nvmlDeviceIsMigDeviceHandle(nvml_device_t device, unsigned int *is_mig) {
    return none_of(device, is_mig);
}

NVML nvml_result_t nvmlDeviceGetMaxMigDeviceCount(nvml_device_t device, unsigned int *count) {
    return none_of(device, count);
}

/* The server may keep accounts; they are not the holder's. */
NVML nvml_result_t nvmlDeviceGetAccountingMode(nvml_device_t device, unsigned int *mode) {
    return none_of(device, mode);
}

NVML nvml_result_t nvmlDeviceGetAccountingPids(nvml_device_t device, unsigned int *count, unsigned int *pids) {
    (void)pids;
    return none_of(device, count);
}

/* ---- confidential computing: what leaves this machine for a GPU elsewhere is protected by TLS and by nothing else ---- */

typedef struct nvml_confidential {
    unsigned int environment, feature, developer_tools;
} nvml_confidential_t;

typedef struct nvml_confidential_settings {
    unsigned int version, environment, feature, developer_tools, multi_gpu;
} nvml_confidential_settings_t;

NVML nvml_result_t nvmlSystemGetConfComputeState(nvml_confidential_t *state) {
    if (!nvml_initialised() || state == NULL) {
        return state == NULL ? NVML_INVALID_ARGUMENT : NVML_UNINITIALIZED;
    }
    *state = (nvml_confidential_t){0, 0, 0};
    return NVML_SUCCESS;
}

NVML nvml_result_t nvmlSystemGetConfComputeSettings(nvml_confidential_settings_t *settings) {
    if (!nvml_initialised() || settings == NULL) {
        return settings == NULL ? NVML_INVALID_ARGUMENT : NVML_UNINITIALIZED;
    }
    if (settings->version != VERSION(nvml_confidential_settings_t, 1)) {
        return NVML_VERSION_MISMATCH;
    }
    *settings = (nvml_confidential_settings_t){.version = settings->version};
    return NVML_SUCCESS;
}

/* ---- fabrics: memory of another node cannot be reached through us, so a leased GPU is in none (state 0) ---- */

typedef struct nvml_fabric {
    unsigned char cluster[16];
    nvml_result_t status;
    unsigned int clique;
    unsigned char state;
} nvml_fabric_t;

typedef struct nvml_fabric_v2 {
    unsigned int version;
    unsigned char cluster[16];
    nvml_result_t status;
    unsigned int clique;
    unsigned char state;
    unsigned int health;
} nvml_fabric_v2_t;

typedef struct nvml_fabric_v3 {
    nvml_fabric_v2_t v2;
    unsigned char summary;
} nvml_fabric_v3_t;

_Static_assert(sizeof(nvml_fabric_v2_t) == 36 && sizeof(nvml_fabric_v3_t) == 40, "layouts of the C interface");

NVML nvml_result_t nvmlDeviceGetGpuFabricInfo(nvml_device_t device, nvml_fabric_t *fabric) {
    int index = 0;
    nvml_result_t result = nvml_check(device, fabric, &index);
    if (result == NVML_SUCCESS) {
        *fabric = (nvml_fabric_t){.state = 0};
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetGpuFabricInfoV(nvml_device_t device, nvml_fabric_v2_t *fabric) {
    int index = 0;
    nvml_result_t result = nvml_check(device, fabric, &index);
    if (result != NVML_SUCCESS) {
        return result;
    }
    if (fabric->version == VERSION(nvml_fabric_v3_t, 3)) {
        ((nvml_fabric_v3_t *)fabric)->summary = 0;
    } else if (fabric->version != VERSION(nvml_fabric_v2_t, 2)) {
        return NVML_VERSION_MISMATCH;
    }
    *fabric = (nvml_fabric_v2_t){.version = fabric->version};
    return NVML_SUCCESS;
}

/* ---- performance monitoring: samples are taken beside the program, and here there is no beside ---- */

typedef struct nvml_gpm_support {
    unsigned int version, supported;
} nvml_gpm_support_t;

NVML nvml_result_t nvmlGpmQueryDeviceSupport(nvml_device_t device, nvml_gpm_support_t *support) {
    if (support != NULL && support->version != VERSION(nvml_gpm_support_t, 1)) {
        return NVML_VERSION_MISMATCH;
    }
    return support == NULL ? NVML_INVALID_ARGUMENT : none_of(device, &support->supported);
}

/* ---- events: sets exist, no device has any to give, so waiting is all that can be done ---- */

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

NVML nvml_result_t nvmlDeviceGetSupportedEventTypes(nvml_device_t device, unsigned long long *types) {
    int index = 0;
    nvml_result_t result = nvml_check(device, types, &index);
    if (result == NVML_SUCCESS) {
        *types = 0;
    }
    return result;
}

NVML nvml_result_t nvmlEventSetWait_v2(const void *set, void *event, unsigned int milliseconds) {
    if (set != &event_set || event == NULL) {
        return NVML_INVALID_ARGUMENT;
    }
    struct timespec left = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000l};
    (void)nanosleep(&left, NULL); /* a signal ends the wait early, as it does poll() */
    return NVML_TIMEOUT;
}

NVML nvml_result_t nvmlEventSetWait(const void *set, void *event, unsigned int milliseconds) {
    return nvmlEventSetWait_v2(set, event, milliseconds);
}
