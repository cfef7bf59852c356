/*
 * The C interface of NVML as far as we answer it, and what its rooms share. Layouts and numbers are those of nvml.h.
 * nvml.c: the library and finding devices; nvml_read.c: a device's values; nvml_table.c: what is one value of the snapshot;
 * nvml_device.c: what a device is and holds; nvml_health.c: errors and heat; nvml_link.c: what lies between devices;
 * nvml_field.c: field values; nvml_process.c: programs; nvml_system.c: the machine, events, and what there is none of;
 * nvml_refuse.c: what is not a guest's to change.
 */
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
    NVML_NO_PERMISSION = 4,
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

_Static_assert(sizeof(nvml_pci_info_t) == 68, "layouts of the C interface");

/* What a versioned struct carries in its first field. */
#define VERSION(type, number) ((unsigned int)(sizeof(type) | (unsigned)(number) << 24))

/* Whether nvmlInit has been called more often than nvmlShutdown. */
bool nvml_initialised(void);

/* What every question about a device checks first: NVML_SUCCESS and its number. */
nvml_result_t nvml_check(nvml_device_t device, const void *out, int *index);

/* The devices of the lease; -1 when the agent is gone. */
int nvml_count(void);

/* The value of a device's key. NOT_SUPPORTED when the snapshot lacks it: nothing is invented here. */
nvml_result_t nvml_long(nvml_device_t device, const char *key, unsigned long long *out);
nvml_result_t nvml_unsigned(nvml_device_t device, const char *key, unsigned int *out);
nvml_result_t nvml_text(nvml_device_t device, const char *key, char *out, unsigned int length);

/* The same with a number in the key, whose format says where. */
nvml_result_t nvml_unsigned_at(nvml_device_t device, const char *format, unsigned int at, unsigned int *out);
nvml_result_t nvml_text_at(nvml_device_t device, const char *format, unsigned int at, char *out, unsigned int length);

/* What a field value can ask of one NVLink. */
enum nvml_link_field { LINK_SPEED, LINK_STATE, LINK_VERSION };
nvml_result_t nvml_link_field(nvml_device_t device, unsigned int number, enum nvml_link_field field, unsigned int *value);

/* A PCI address's text in NVML's struct; false when it is none. */
bool nvml_read_pci(const char *text, nvml_pci_info_t *info);

#endif
