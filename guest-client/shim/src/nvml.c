/*
 * libnvidia-ml.so.1 as far as monitoring programs need it; the other names answer NOT_SUPPORTED (generated). Every answer
 * comes from the agent: what it does not know is not supported. Here: the library, and finding devices.
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

int nvml_count(void) {
    return source_count();
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
    static const char *const texts[] = {
        "Success",
        "Uninitialized",
        "Invalid Argument",
        "Not Supported",
        "Insufficient Permissions",
        "Already Initialized",
        "Not Found",
        "Insufficient Size",
        "Insufficient External Power",
        "Driver Not Loaded",
        "Timeout",
        "Interrupt Request Issue",
        "NVML Shared Library Not Found",
        "Function Not Found",
        "Corrupted infoROM",
        "GPU is lost",
        "GPU requires restart",
        "The operating system has blocked the request.",
        "RM has detected an NVML/RM version mismatch.",
        "GPU is currently in use",
        "Insufficient Memory",
        "No Data",
        "The requested vgpu operation is not available on target device, because ECC is enabled",
        "Ran out of critical resources, other than memory",
        "Frequency Not Supported",
        "Argument version mismatch",
        "Deprecated function",
        "Not Ready",
        "GPU Not Found",
        "Invalid State",
    };
    size_t number = (size_t)result;
    return number < sizeof texts / sizeof *texts ? texts[number] : "Unknown Error";
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

typedef struct nvml_uuid {
    unsigned int version, type;
    union {
        char text[41];
        unsigned char bytes[16];
    } value;
} nvml_uuid_t;

_Static_assert(sizeof(nvml_uuid_t) == 52, "layouts of the C interface");

/* By the text, or by its sixteen bytes. */
NVML nvml_result_t nvmlDeviceGetHandleByUUIDV(const nvml_uuid_t *uuid, nvml_device_t *device) {
    enum { TYPE_TEXT = 1, TYPE_BYTES = 2 };
    char text[sizeof "GPU-" + 36];
    if (uuid == NULL) {
        return NVML_INVALID_ARGUMENT;
    }
    if (uuid->version != VERSION(nvml_uuid_t, 1)) {
        return NVML_VERSION_MISMATCH;
    }
    if (uuid->type == TYPE_TEXT && memchr(uuid->value.text, 0, sizeof uuid->value.text) != NULL) {
        return nvmlDeviceGetHandleByUUID(uuid->value.text, device);
    }
    if (uuid->type != TYPE_BYTES) {
        return NVML_INVALID_ARGUMENT;
    }
    size_t at = (size_t)snprintf(text, sizeof text, "GPU-");
    for (size_t i = 0; i < sizeof uuid->value.bytes; i++) {
        const char *dash = i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%02x", dash, uuid->value.bytes[i]);
    }
    return nvmlDeviceGetHandleByUUID(text, device);
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
