/*
 * The programs that compute on a device: those of this lease, by their process ids here (what others run on a shared GPU is
 * theirs to see). None of them draws, and none comes through MPS.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nvml.h"
#include "nvml_source.h"

enum { PROCESSES_MAX = 1024 };

/* The instance ids of a device that is not partitioned. */
static const unsigned int NO_INSTANCE = 0xffffffff;

typedef struct nvml_process_v1 {
    unsigned int pid;
    unsigned long long used;
} nvml_process_v1_t;

typedef struct nvml_process {
    unsigned int pid;
    unsigned long long used;
    unsigned int gpu_instance, compute_instance;
} nvml_process_t;

typedef struct nvml_process_detail {
    unsigned int pid;
    unsigned long long used;
    unsigned int gpu_instance, compute_instance;
    unsigned long long protected_used;
} nvml_process_detail_t;

typedef struct nvml_process_details {
    unsigned int version, mode, count;
    nvml_process_detail_t *list;
} nvml_process_details_t;

/* As nvidia-smi's private table lists them. */
typedef struct private_process {
    unsigned int pid;
    unsigned long long used;
    unsigned int gpu_instance, compute_instance;
    unsigned long long unused;
    char name[4096];
} private_process_t;

_Static_assert(sizeof(nvml_process_v1_t) == 16 && sizeof(nvml_process_t) == 24 && sizeof(nvml_process_detail_t) == 32
                   && sizeof(private_process_t) == 4128,
               "layouts of the C interface");

typedef void (*write_process_t)(void *list, unsigned int at, unsigned int pid, unsigned long long used);

static void write_v1(void *list, unsigned int at, unsigned int pid, unsigned long long used) {
    ((nvml_process_v1_t *)list)[at] = (nvml_process_v1_t){pid, used};
}

static void write_v2(void *list, unsigned int at, unsigned int pid, unsigned long long used) {
    ((nvml_process_t *)list)[at] = (nvml_process_t){pid, used, NO_INSTANCE, NO_INSTANCE};
}

static void write_detail(void *list, unsigned int at, unsigned int pid, unsigned long long used) {
    ((nvml_process_detail_t *)list)[at] = (nvml_process_detail_t){pid, used, NO_INSTANCE, NO_INSTANCE, 0};
}

/* What a process was started as, or as much of it as fits. */
static nvml_result_t read_name(unsigned int pid, char *name, size_t length) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%u/cmdline", pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? -1 : read(file, name, length - 1);
    if (file >= 0) {
        (void)close(file);
    }
    if (got <= 0) {
        return NVML_NOT_FOUND;
    }
    name[got] = 0; /* its arguments follow behind the first zero */
    return NVML_SUCCESS;
}

static void write_private(void *list, unsigned int at, unsigned int pid, unsigned long long used) {
    private_process_t *entry = &((private_process_t *)list)[at];
    *entry = (private_process_t){.pid = pid, .used = used, .gpu_instance = NO_INSTANCE, .compute_instance = NO_INSTANCE};
    if (read_name(pid, entry->name, sizeof entry->name) != NVML_SUCCESS) {
        (void)snprintf(entry->name, sizeof entry->name, "[Not Found]"); /* without a name nvidia-smi drops the row */
    }
}

/* Writes as many as there is room for, and says how many there are. */
static nvml_result_t list_processes(nvml_device_t device, unsigned int *count, void *list, write_process_t write) {
    int index = 0;
    unsigned int found = 0;
    char value[SOURCE_VALUE_MAX];
    nvml_result_t result = nvml_check(device, count, &index);
    if (result != NVML_SUCCESS) {
        return result;
    }
    unsigned int room = list == NULL ? 0 : *count;
    while (found < PROCESSES_MAX && nvml_text_at(device, "process.%u", found, value, sizeof value) == NVML_SUCCESS) {
        unsigned int pid = 0;
        unsigned long long used = 0;
        if (sscanf(value, "%u %llu", &pid, &used) != 2) {
            break;
        }
        if (found < room) {
            write(list, found, pid, used);
        }
        found++;
    }
    *count = found;
    return found <= room ? NVML_SUCCESS : NVML_INSUFFICIENT_SIZE;
}

static nvml_result_t no_processes(nvml_device_t device, unsigned int *count) {
    int index = 0;
    nvml_result_t result = nvml_check(device, count, &index);
    if (result == NVML_SUCCESS) {
        *count = 0;
    }
    return result;
}

#define COMPUTE(name, write)                                                             \
    NVML nvml_result_t name(nvml_device_t device, unsigned int *count, void *processes); \
    nvml_result_t name(nvml_device_t device, unsigned int *count, void *processes) {     \
        return list_processes(device, count, processes, write);                          \
    }
#define NONE(name)                                                                       \
    NVML nvml_result_t name(nvml_device_t device, unsigned int *count, void *processes); \
    nvml_result_t name(nvml_device_t device, unsigned int *count, void *processes) {     \
        (void)processes;                                                                 \
        return no_processes(device, count);                                              \
    }

COMPUTE(nvmlDeviceGetComputeRunningProcesses, write_v1)
COMPUTE(nvmlDeviceGetComputeRunningProcesses_v2, write_v2)
COMPUTE(nvmlDeviceGetComputeRunningProcesses_v3, write_v2)
NONE(nvmlDeviceGetGraphicsRunningProcesses)
NONE(nvmlDeviceGetGraphicsRunningProcesses_v2)
NONE(nvmlDeviceGetGraphicsRunningProcesses_v3)
NONE(nvmlDeviceGetMPSComputeRunningProcesses)
NONE(nvmlDeviceGetMPSComputeRunningProcesses_v2)
NONE(nvmlDeviceGetMPSComputeRunningProcesses_v3)

NVML nvml_result_t nvmlDeviceGetRunningProcessDetailList(nvml_device_t device, nvml_process_details_t *details) {
    enum { COMPUTE_MODE, GRAPHICS_MODE, MPS_MODE };
    if (details == NULL) {
        return NVML_INVALID_ARGUMENT;
    }
    if (details->version != VERSION(nvml_process_details_t, 1)) {
        return NVML_VERSION_MISMATCH;
    }
    if (details->mode > MPS_MODE) {
        return NVML_INVALID_ARGUMENT;
    }
    return details->mode == COMPUTE_MODE ? list_processes(device, &details->count, details->list, write_detail)
                                         : no_processes(device, &details->count);
}

NVML nvml_result_t nvmlSystemGetProcessName(unsigned int pid, char *name, unsigned int length) {
    if (!nvml_initialised()) {
        return NVML_UNINITIALIZED;
    }
    return name == NULL || length == 0 ? NVML_INVALID_ARGUMENT : read_name(pid, name, length);
}

/* ---- nvidia-smi's private table: the size, and the lists of programs that compute, draw, and come through MPS ---- */

typedef nvml_result_t (*private_slot_t)(nvml_device_t, unsigned int *, void *);

static nvml_result_t private_compute(nvml_device_t device, unsigned int *count, void *processes) {
    return list_processes(device, count, processes, write_private);
}

static nvml_result_t private_none(nvml_device_t device, unsigned int *count, void *processes) {
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
    slots[FIRST_LIST].slot = private_compute;
    for (int i = FIRST_LIST + 1; i <= LAST_LIST; i++) {
        slots[i].slot = private_none;
    }
    *table = slots;
    return NVML_SUCCESS;
}
