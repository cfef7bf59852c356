/* The management library beside the stand-in driver: one device of the same name, nothing measured, nothing running. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

enum { SUCCESS = 0, INVALID_ARGUMENT = 2 };

static const uint64_t MEMORY_BYTES = 16ull << 30;
static char device;

static int give_text(char *text, unsigned length, const char *value)
{
    snprintf(text, length, "%s", value);
    return SUCCESS;
}

EXPORTED int nvmlInit_v2(void) { return SUCCESS; }
EXPORTED int nvmlInitWithFlags(unsigned flags) { return (void)flags, SUCCESS; }
EXPORTED int nvmlShutdown(void) { return SUCCESS; }
EXPORTED int nvmlSystemGetDriverVersion(char *text, unsigned length) { return give_text(text, length, "580.00-standin"); }
EXPORTED int nvmlSystemGetNVMLVersion(char *text, unsigned length) { return give_text(text, length, "13.580.00-standin"); }

EXPORTED int nvmlSystemGetCudaDriverVersion_v2(int *version)
{
    *version = 13000;
    return SUCCESS;
}

EXPORTED int nvmlDeviceGetCount_v2(unsigned *count)
{
    *count = 1;
    return SUCCESS;
}

EXPORTED int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **handle)
{
    *handle = &device;
    return index == 0 ? SUCCESS : INVALID_ARGUMENT;
}

EXPORTED int nvmlDeviceGetName(void *handle, char *text, unsigned length)
{
    (void)handle;
    return give_text(text, length, "Penstock stand-in (computes nothing)");
}

EXPORTED int nvmlDeviceGetUUID(void *handle, char *text, unsigned length)
{
    (void)handle;
    return give_text(text, length, "GPU-70656e73-746f-636b-2073-74616e64696e");
}

struct pci_info {
    char legacy_id[16];
    unsigned domain, bus, device, device_id, subsystem_id;
    char id[32];
};

EXPORTED int nvmlDeviceGetPciInfo_v3(void *handle, struct pci_info *info)
{
    (void)handle;
    memset(info, 0, sizeof *info);
    info->device = 0x1e;
    give_text(info->legacy_id, sizeof info->legacy_id, "0000:00:1E.0");
    return give_text(info->id, sizeof info->id, "00000000:00:1E.0");
}

struct memory_v1 {
    uint64_t total, free, used;
};

EXPORTED int nvmlDeviceGetMemoryInfo(void *handle, struct memory_v1 *memory)
{
    (void)handle;
    *memory = (struct memory_v1){MEMORY_BYTES, MEMORY_BYTES, 0};
    return SUCCESS;
}

struct memory_v2 {
    unsigned version;
    uint64_t total, reserved, free, used;
};

EXPORTED int nvmlDeviceGetMemoryInfo_v2(void *handle, struct memory_v2 *memory)
{
    (void)handle;
    *memory = (struct memory_v2){memory->version, MEMORY_BYTES, 0, MEMORY_BYTES, 0};
    return SUCCESS;
}

EXPORTED int nvmlDeviceGetCudaComputeCapability(void *handle, int *major, int *minor)
{
    (void)handle;
    *major = 8;
    *minor = 0;
    return SUCCESS;
}

EXPORTED int nvmlDeviceGetComputeRunningProcesses_v3(void *handle, unsigned *count, void *processes)
{
    (void)handle;
    (void)processes;
    *count = 0;
    return SUCCESS;
}

EXPORTED const char *nvmlErrorString(int error) { return error == SUCCESS ? "Success" : "Not Supported"; }
