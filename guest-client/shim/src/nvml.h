/* The C interface of NVML as far as we answer it, and what its two rooms share: nvml.c (the library), nvml_device.c. */
#ifndef PENSTOCK_NVML_H
#define PENSTOCK_NVML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NVML __attribute__((visibility("default")))

typedef enum nvml_result {
    NVML_SUCCESS = 0,
    NVML_UNINITIALIZED = 1,
    NVML_INVALID_ARGUMENT = 2,
    NVML_NOT_SUPPORTED = 3,
    NVML_NOT_FOUND = 6,
    NVML_INSUFFICIENT_SIZE = 7,
    NVML_DRIVER_NOT_LOADED = 9,
    NVML_TIMEOUT = 10,
    NVML_GPU_IS_LOST = 15,
    NVML_VERSION_MISMATCH = 25,
    NVML_UNKNOWN = 999,
} nvml_result_t;

/* A device handle is the address of its number. */
enum { DEVICES = 64 };
typedef const unsigned char *nvml_device_t;
extern const unsigned char nvml_devices[DEVICES];

typedef struct nvml_pci_info {
    char legacy_id[16];
    unsigned int domain, bus, device, device_id, subsystem_id;
    char id[32];
} nvml_pci_info_t;

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

typedef struct nvml_temperature_v1 {
    unsigned int version;
    int sensor;
    int temperature;
} nvml_temperature_v1_t;

_Static_assert(sizeof(nvml_pci_info_t) == 68 && sizeof(nvml_memory_v2_t) == 40, "layouts of the C interface");

#define VERSION(type, number) ((unsigned int)(sizeof(type) | (unsigned)(number) << 24))

/* Whether nvmlInit has been called more often than nvmlShutdown. */
bool nvml_initialised(void);

/* What every question about a device checks first: NVML_SUCCESS and its number. */
nvml_result_t nvml_check(nvml_device_t device, const void *out, int *index);

#endif
