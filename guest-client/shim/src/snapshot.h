/*
 * What WELCOME tells of the server and its devices; constant once cuInit has returned.
 */
#ifndef PENSTOCK_SNAPSHOT_H
#define PENSTOCK_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

/* DeviceSnapshot of protocol/spec/structs.yaml, as it travels. */
typedef struct device_snapshot {
    char name[256];
    unsigned char uuid[16];
    char luid[8];
    uint32_t device_node_mask;
    uint32_t attribute_count;
    uint64_t total_memory;
    uint32_t pci_domain;
    uint32_t pci_bus;
    uint32_t pci_device;
    int32_t least_priority;
    int32_t greatest_priority;
    uint32_t flags;
    unsigned char attribute_known[32];
    int32_t attributes[192];
    char pci_bus_id[16];
    unsigned char reserved[24];
} device_snapshot_t;

_Static_assert(sizeof(device_snapshot_t) == 1160, "layout of structs.yaml");

typedef struct snapshot {
    uint32_t version;
    int32_t driver_version;
    char server[128];
    char session[128];
    int32_t device_count;
    device_snapshot_t *devices;
} snapshot_t;

/* Reads the body of WELCOME; false when it breaks the protocol. */
bool snapshot_read(snapshot_t *snapshot, const unsigned char *body, uint64_t bytes);

/* The device, or NULL when there is none of that number. */
const device_snapshot_t *snapshot_device(int32_t device);

/* An attribute's value; false when the driver does not know it. */
bool snapshot_attribute(const device_snapshot_t *device, int attribute, int *value);

#endif
