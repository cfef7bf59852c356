/*
 * What lies between devices. Between the GPUs of a lease it is what the server's NVML says; an NVLink is active when the
 * server says that its other end is the lease's too. Between a GPU and this machine lies a network: no processor, no
 * memory node is nearer than another, so every one of them is as near as any.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nvml.h"
#include "nvml_source.h"

/* ---- NVLink ---- */

enum { CAPABILITIES = 6 };

typedef struct nvlink {
    bool active;
    unsigned int version, capabilities, remote_type, megabytes;
    char remote[32];
} nvlink_t;

static nvml_result_t read_link(nvml_device_t device, unsigned int number, const void *out, nvlink_t *link) {
    unsigned int count = 0;
    char value[SOURCE_VALUE_MAX];
    nvml_result_t result = out == NULL ? NVML_INVALID_ARGUMENT : nvml_unsigned(device, "nvlink.links", &count);
    if (result != NVML_SUCCESS || number >= count) {
        return result != NVML_SUCCESS ? result : NVML_INVALID_ARGUMENT;
    }
    *link = (nvlink_t){.active = false};
    if (nvml_text_at(device, "nvlink.%u", number, value, sizeof value) == NVML_SUCCESS) {
        link->active = sscanf(value, "%u %u %u %u %31s", &link->version, &link->capabilities, &link->remote_type,
                              &link->megabytes, link->remote) >= 4;
    }
    return NVML_SUCCESS;
}

/* A link that is up; NOT_SUPPORTED of one that is not. */
static nvml_result_t read_active(nvml_device_t device, unsigned int number, const void *out, nvlink_t *link) {
    nvml_result_t result = read_link(device, number, out, link);
    return result != NVML_SUCCESS || link->active ? result : NVML_NOT_SUPPORTED;
}

NVML nvml_result_t nvmlDeviceGetNvLinkState(nvml_device_t device, unsigned int number, unsigned int *active) {
    nvlink_t link;
    nvml_result_t result = read_link(device, number, active, &link);
    if (result == NVML_SUCCESS) {
        *active = link.active;
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetNvLinkVersion(nvml_device_t device, unsigned int number, unsigned int *version) {
    nvlink_t link;
    nvml_result_t result = read_active(device, number, version, &link);
    if (result == NVML_SUCCESS) {
        *version = link.version;
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetNvLinkCapability(nvml_device_t device, unsigned int number, unsigned int capability,
                                                 unsigned int *has) {
    nvlink_t link;
    nvml_result_t result = capability >= CAPABILITIES ? NVML_INVALID_ARGUMENT : read_active(device, number, has, &link);
    if (result == NVML_SUCCESS) {
        *has = link.capabilities >> capability & 1;
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetNvLinkRemoteDeviceType(nvml_device_t device, unsigned int number, unsigned int *type) {
    nvlink_t link;
    nvml_result_t result = read_active(device, number, type, &link);
    if (result == NVML_SUCCESS) {
        *type = link.remote_type;
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetNvLinkRemotePciInfo_v2(nvml_device_t device, unsigned int number, nvml_pci_info_t *pci) {
    nvlink_t link;
    nvml_pci_info_t info;
    nvml_result_t result = read_active(device, number, pci, &link);
    if (result == NVML_SUCCESS && !nvml_read_pci(link.remote, &info)) {
        result = NVML_NOT_SUPPORTED;
    }
    if (result == NVML_SUCCESS) {
        *pci = info;
    }
    return result;
}

/* The older struct ends before the long id. */
NVML nvml_result_t nvmlDeviceGetNvLinkRemotePciInfo(nvml_device_t device, unsigned int number, nvml_pci_info_t *pci) {
    nvml_pci_info_t info;
    nvml_result_t result = pci == NULL ? NVML_INVALID_ARGUMENT : nvmlDeviceGetNvLinkRemotePciInfo_v2(device, number, &info);
    if (result == NVML_SUCCESS) {
        memcpy(pci, &info, offsetof(nvml_pci_info_t, id));
    }
    return result;
}

nvml_result_t nvml_link_field(nvml_device_t device, unsigned int number, enum nvml_link_field field, unsigned int *value) {
    nvlink_t link;
    if (field == LINK_STATE) {
        return nvmlDeviceGetNvLinkState(device, number, value);
    }
    nvml_result_t result = read_active(device, number, value, &link);
    if (result == NVML_SUCCESS) {
        *value = field == LINK_SPEED ? link.megabytes : link.version;
    }
    return result;
}

/* ---- from one GPU of the lease to another ---- */

static nvml_result_t towards(nvml_device_t device, nvml_device_t other, const char *key, unsigned int *out) {
    char numbered[SOURCE_KEY_MAX + 16];
    int index = 0;
    nvml_result_t result = nvml_check(other, out, &index);
    (void)snprintf(numbered, sizeof numbered, "%s.%d", key, index);
    return result != NVML_SUCCESS ? result : nvml_unsigned(device, numbered, out);
}

/* A device always reaches itself: programs ask it of every pair (NCCL refuses to start without an answer). */
NVML nvml_result_t nvmlDeviceGetP2PStatus(nvml_device_t device, nvml_device_t other, unsigned int capability,
                                          unsigned int *status) {
    enum { P2P_CAPABILITIES = 5 };
    char key[SOURCE_KEY_MAX];
    if (capability >= P2P_CAPABILITIES) {
        return NVML_INVALID_ARGUMENT;
    }
    (void)snprintf(key, sizeof key, "p2p.%u", capability);
    nvml_result_t result = towards(device, other, key, status);
    if (result == NVML_NOT_SUPPORTED && device == other) {
        *status = 0;
        result = NVML_SUCCESS;
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetTopologyCommonAncestor(nvml_device_t device, nvml_device_t other, unsigned int *level) {
    return towards(device, other, "topology", level);
}

NVML nvml_result_t nvmlDeviceOnSameBoard(nvml_device_t device, nvml_device_t other, int *same) {
    unsigned int value = 0;
    nvml_result_t result = same == NULL ? NVML_INVALID_ARGUMENT : towards(device, other, "board", &value);
    if (result == NVML_SUCCESS) {
        *same = (int)value;
    }
    return result;
}

/* Fills the caller's array with devices; a count of 0 asks how many there are. */
static void give_devices(const bool *chosen, int devices, unsigned int *count, nvml_device_t *list) {
    unsigned int found = 0;
    for (int i = 0; i < devices; i++) {
        if (chosen[i] && list != NULL && found < *count) {
            list[found] = &nvml_devices[i];
        }
        found += chosen[i];
    }
    *count = *count == 0 || list == NULL || found < *count ? found : *count;
}

NVML nvml_result_t nvmlDeviceGetTopologyNearestGpus(nvml_device_t device, unsigned int level, unsigned int *count,
                                                    nvml_device_t *list) {
    int index = 0;
    bool chosen[DEVICES] = {false};
    bool known = false;
    nvml_result_t result = nvml_check(device, count, &index);
    int devices = result == NVML_SUCCESS ? nvml_count() : 0;
    for (int i = 0; i < devices && i < DEVICES; i++) {
        unsigned int between = 0;
        if (nvmlDeviceGetTopologyCommonAncestor(device, &nvml_devices[i], &between) == NVML_SUCCESS) {
            known = true;
            chosen[i] = i != index && between == level;
        }
    }
    if (result != NVML_SUCCESS || !known) {
        return result != NVML_SUCCESS ? result : NVML_NOT_SUPPORTED;
    }
    give_devices(chosen, devices < DEVICES ? devices : DEVICES, count, list);
    return NVML_SUCCESS;
}

/* ---- between a GPU and this machine ---- */

/* A list such as "0-3,8" as the kernel writes it, as bits; false when there is none. */
static bool read_set(const char *path, unsigned long *set, unsigned int words) {
    enum { WORD_BITS = 8 * sizeof(unsigned long) };
    char text[SOURCE_LIST_MAX];
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    char *line = fgets(text, sizeof text, file);
    (void)fclose(file);
    memset(set, 0, words * sizeof *set);
    char *end = line;
    for (char *at = line; at != NULL; at = *end == ',' ? end + 1 : NULL) {
        unsigned long first = strtoul(at, &end, 10);
        unsigned long last = first;
        if (end == at) {
            break;
        }
        if (*end == '-') {
            last = strtoul(end + 1, &end, 10);
        }
        for (unsigned long bit = first; bit <= last && bit / WORD_BITS < words; bit++) {
            set[bit / WORD_BITS] |= 1ul << bit % WORD_BITS;
        }
    }
    return line != NULL;
}

static nvml_result_t affinity(nvml_device_t device, const char *path, unsigned int words, unsigned long *set) {
    int index = 0;
    nvml_result_t result = words == 0 ? NVML_INVALID_ARGUMENT : nvml_check(device, set, &index);
    return result != NVML_SUCCESS || read_set(path, set, words) ? result : NVML_NOT_SUPPORTED;
}

NVML nvml_result_t nvmlDeviceGetCpuAffinity(nvml_device_t device, unsigned int words, unsigned long *set) {
    return affinity(device, "/sys/devices/system/cpu/online", words, set);
}

NVML nvml_result_t nvmlDeviceGetCpuAffinityWithinScope(nvml_device_t device, unsigned int words, unsigned long *set,
                                                       unsigned int scope) {
    enum { SCOPES = 2 };
    return scope < SCOPES ? nvmlDeviceGetCpuAffinity(device, words, set) : NVML_INVALID_ARGUMENT;
}

NVML nvml_result_t nvmlDeviceGetMemoryAffinity(nvml_device_t device, unsigned int words, unsigned long *set,
                                               unsigned int scope) {
    enum { SCOPES = 2 };
    return scope < SCOPES ? affinity(device, "/sys/devices/system/node/online", words, set) : NVML_INVALID_ARGUMENT;
}

NVML nvml_result_t nvmlSystemGetTopologyGpuSet(unsigned int cpu, unsigned int *count, nvml_device_t *list) {
    (void)cpu;
    bool chosen[DEVICES];
    int devices = nvml_initialised() ? nvml_count() : 0;
    if (!nvml_initialised() || count == NULL || devices < 0) {
        return !nvml_initialised() ? NVML_UNINITIALIZED : count == NULL ? NVML_INVALID_ARGUMENT : NVML_GPU_IS_LOST;
    }
    memset(chosen, true, sizeof chosen);
    give_devices(chosen, devices < DEVICES ? devices : DEVICES, count, list);
    return NVML_SUCCESS;
}
