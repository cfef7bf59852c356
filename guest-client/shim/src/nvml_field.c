/* Field values: numbers that NVML knows by an id, many with one call. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "nvml.h"
#include "nvml_source.h"

/* Per link: the scope is its number. */
enum { FIELD_LINK_SPEED = 164, FIELD_LINK_STATE = 165, FIELD_LINK_VERSION = 166, TYPE_UNSIGNED = 1 };

typedef struct nvml_field {
    unsigned int id, scope;
    long long timestamp, latency;
    unsigned int type;
    nvml_result_t result;
    union {
        unsigned long long bytes;
        unsigned int number;
    } value;
} nvml_field_t;

_Static_assert(sizeof(nvml_field_t) == 40, "layouts of the C interface");

static long long now_microseconds(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static nvml_result_t read_link_field(nvml_device_t device, nvml_field_t *field) {
    enum nvml_link_field which = field->id == FIELD_LINK_SPEED   ? LINK_SPEED
                                 : field->id == FIELD_LINK_STATE ? LINK_STATE
                                                                 : LINK_VERSION;
    field->type = TYPE_UNSIGNED;
    return nvml_link_field(device, field->scope, which, &field->value.number);
}

static nvml_result_t read_field(nvml_device_t device, nvml_field_t *field) {
    char value[SOURCE_VALUE_MAX];
    field->value.bytes = 0;
    if (field->id >= FIELD_LINK_SPEED && field->id <= FIELD_LINK_VERSION) {
        return read_link_field(device, field);
    }
    nvml_result_t result = nvml_text_at(device, "field.%u", field->id, value, sizeof value);
    if (result == NVML_SUCCESS && sscanf(value, "%u %llu", &field->type, &field->value.bytes) != 2) {
        result = NVML_NOT_SUPPORTED;
    }
    return result;
}

NVML nvml_result_t nvmlDeviceGetFieldValues(nvml_device_t device, int count, nvml_field_t *fields) {
    int index = 0;
    nvml_result_t result = count <= 0 ? NVML_INVALID_ARGUMENT : nvml_check(device, fields, &index);
    for (int i = 0; i < count && result == NVML_SUCCESS; i++) {
        fields[i].timestamp = now_microseconds();
        fields[i].latency = 0;
        fields[i].result = read_field(device, &fields[i]);
    }
    return result;
}
