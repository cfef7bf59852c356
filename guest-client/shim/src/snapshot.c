#include "snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "limits.h"
#include "process.h"

typedef struct reader {
    const unsigned char *at;
    uint64_t left;
    uint64_t position;
    bool broken;
} reader_t;

static const unsigned char *take(reader_t *reader, uint64_t bytes, uint64_t alignment) {
    uint64_t skip = (alignment - reader->position % alignment) % alignment;
    if (reader->broken || bytes > reader->left || skip > reader->left - bytes) {
        reader->broken = true;
        return NULL;
    }
    const unsigned char *value = reader->at + skip;
    reader->at += skip + bytes;
    reader->left -= skip + bytes;
    reader->position += skip + bytes;
    return value;
}

static uint64_t take_number(reader_t *reader, uint64_t bytes) {
    uint64_t value = 0;
    const unsigned char *from = take(reader, bytes, bytes);
    if (from != NULL) {
        memcpy(&value, from, bytes);
    }
    return value;
}

static void take_string(reader_t *reader, char *to, uint64_t room) {
    uint64_t length = take_number(reader, 8);
    const unsigned char *text = length > STRING_BYTES_MAX ? NULL : take(reader, (length + 7) & ~(uint64_t)7, 8); /* padded */
    if (text == NULL) {
        reader->broken = true;
        return;
    }
    uint64_t kept = length < room - 1 ? length : room - 1;
    memcpy(to, text, kept);
    to[kept] = 0;
}

bool snapshot_read(snapshot_t *snapshot, const unsigned char *body, uint64_t bytes) {
    reader_t reader = {.at = body, .left = bytes};
    snapshot->version = (uint32_t)take_number(&reader, 4);
    snapshot->driver_version = (int32_t)take_number(&reader, 4);
    take_string(&reader, snapshot->server, sizeof snapshot->server);
    take_string(&reader, snapshot->session, sizeof snapshot->session);
    uint64_t count = take_number(&reader, 4);
    if (reader.broken || count > DEVICES_MAX) {
        return false;
    }
    device_snapshot_t *devices = calloc(count + 1, sizeof *devices);
    if (devices == NULL) {
        return false;
    }
    for (uint64_t i = 0; i < count; i++) {
        const unsigned char *from = take(&reader, sizeof *devices, 8);
        if (from == NULL) {
            free(devices);
            return false;
        }
        memcpy(&devices[i], from, sizeof *devices);
        devices[i].name[sizeof devices[i].name - 1] = 0;
        devices[i].pci_bus_id[sizeof devices[i].pci_bus_id - 1] = 0;
    }
    snapshot->device_count = (int32_t)count;
    snapshot->devices = devices;
    return true;
}

const device_snapshot_t *snapshot_device(int32_t device) {
    return device >= 0 && device < process.snapshot.device_count ? &process.snapshot.devices[device] : NULL;
}

bool snapshot_attribute(const device_snapshot_t *device, int attribute, int *value) {
    if (attribute < 1 || attribute >= (int)(sizeof device->attributes / sizeof *device->attributes)
        || (device->attribute_known[attribute / 8] >> (attribute % 8) & 1) == 0) {
        return false;
    }
    *value = device->attributes[attribute];
    return true;
}
