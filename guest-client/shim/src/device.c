/* Devices, answered from the snapshot that came with WELCOME. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "calls.h"
#include "error.h"
#include "log.h"
#include "process.h"

static CUresult find(CUdevice dev, const void *out, const device_snapshot_t **device) {
    CUresult result = process_local();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (out == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *device = snapshot_device(dev);
    return *device == NULL ? CUDA_ERROR_INVALID_DEVICE : CUDA_SUCCESS;
}

CUresult cuInit(unsigned int Flags) {
    return Flags != 0 ? CUDA_ERROR_INVALID_VALUE : process_start();
}

/* Programs ask before cuInit, when the server has not been asked yet: then the agent's word counts, and after it the
 * version of the interface that this library offers. One process hears one version only (cudart's hash is over it). */
static int told_version(void) {
    const char *agent = getenv("PENSTOCK_DRIVER_VERSION");
    long version = agent != NULL ? strtol(agent, NULL, 10) : 0;
    if (version <= 0) {
        version = process.snapshot.driver_version != 0 ? process.snapshot.driver_version : error_driver_version();
    }
    return (int)version;
}

CUresult cuDriverGetVersion(int *driverVersion) {
    static int told; /* atomic; 0 until somebody asks */
    if (driverVersion == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    int nobody = 0;
    int version = __atomic_load_n(&told, __ATOMIC_ACQUIRE);
    if (version == 0) {
        version = told_version();
        if (!__atomic_compare_exchange_n(&told, &nobody, version, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
            version = nobody;
        }
    }
    *driverVersion = version;
    return CUDA_SUCCESS;
}

CUresult cuDeviceGetCount(int *count) {
    CUresult result = process_local();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (count == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *count = process.snapshot.device_count;
    return CUDA_SUCCESS;
}

CUresult cuDeviceGet(CUdevice *device, int ordinal) {
    const device_snapshot_t *found = NULL;
    CUresult result = find(ordinal, device, &found);
    if (result == CUDA_SUCCESS) {
        *device = ordinal;
    }
    return result;
}

CUresult cuDeviceGetName(char *name, int len, CUdevice dev) {
    const device_snapshot_t *device = NULL;
    CUresult result = len <= 0 ? CUDA_ERROR_INVALID_VALUE : find(dev, name, &device);
    if (result == CUDA_SUCCESS) {
        (void)snprintf(name, (size_t)len, "%s", device->name);
    }
    return result;
}

CUresult cuDeviceGetUuid(CUuuid *uuid, CUdevice dev) {
    const device_snapshot_t *device = NULL;
    CUresult result = find(dev, uuid, &device);
    if (result == CUDA_SUCCESS) {
        memcpy(uuid, device->uuid, sizeof device->uuid);
    }
    return result;
}

CUresult cuDeviceGetUuid_v2(CUuuid *uuid, CUdevice dev) {
    return cuDeviceGetUuid(uuid, dev);
}

CUresult cuDeviceGetLuid(char *luid, unsigned int *deviceNodeMask, CUdevice dev) {
    static const char none[8];
    const device_snapshot_t *device = NULL;
    CUresult result = deviceNodeMask == NULL ? CUDA_ERROR_INVALID_VALUE : find(dev, luid, &device);
    if (result == CUDA_SUCCESS && memcmp(device->luid, none, sizeof none) == 0) {
        result = CUDA_ERROR_NOT_SUPPORTED; /* as the driver answers on Linux */
    }
    if (result == CUDA_SUCCESS) {
        memcpy(luid, device->luid, sizeof device->luid);
        *deviceNodeMask = device->device_node_mask;
    }
    return result;
}

CUresult cuDeviceTotalMem_v2(size_t *bytes, CUdevice dev) {
    const device_snapshot_t *device = NULL;
    CUresult result = find(dev, bytes, &device);
    if (result == CUDA_SUCCESS) {
        *bytes = device->total_memory;
    }
    return result;
}

CUresult cuDeviceGetAttribute(int *pi, CUdevice_attribute attrib, CUdevice dev) {
    const device_snapshot_t *device = NULL;
    CUresult result = find(dev, pi, &device);
    if (result == CUDA_SUCCESS && !snapshot_attribute(device, (int)attrib, pi)) {
        result = CUDA_ERROR_INVALID_VALUE;
    }
    return result;
}

CUresult cuDeviceComputeCapability(int *major, int *minor, CUdevice dev) {
    CUresult result = cuDeviceGetAttribute(major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, dev);
    return result != CUDA_SUCCESS ? result
                                  : cuDeviceGetAttribute(minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, dev);
}

static int attribute_of(const device_snapshot_t *device, CUdevice_attribute attribute) {
    int value = 0;
    (void)snapshot_attribute(device, (int)attribute, &value);
    return value;
}

CUresult cuDeviceGetProperties(CUdevprop *prop, CUdevice dev) {
    const device_snapshot_t *device = NULL;
    CUresult result = find(dev, prop, &device);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    memset(prop, 0, sizeof *prop);
    prop->maxThreadsPerBlock = attribute_of(device, CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
    for (int axis = 0; axis < 3; axis++) {
        prop->maxThreadsDim[axis] = attribute_of(device, (CUdevice_attribute)(CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X + axis));
        prop->maxGridSize[axis] = attribute_of(device, (CUdevice_attribute)(CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X + axis));
    }
    prop->sharedMemPerBlock = attribute_of(device, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK);
    prop->totalConstantMemory = attribute_of(device, CU_DEVICE_ATTRIBUTE_TOTAL_CONSTANT_MEMORY);
    prop->SIMDWidth = attribute_of(device, CU_DEVICE_ATTRIBUTE_WARP_SIZE);
    prop->memPitch = attribute_of(device, CU_DEVICE_ATTRIBUTE_MAX_PITCH);
    prop->regsPerBlock = attribute_of(device, CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK);
    prop->clockRate = attribute_of(device, CU_DEVICE_ATTRIBUTE_CLOCK_RATE);
    prop->textureAlign = attribute_of(device, CU_DEVICE_ATTRIBUTE_TEXTURE_ALIGNMENT);
    return CUDA_SUCCESS;
}

CUresult cuDeviceGetPCIBusId(char *pciBusId, int len, CUdevice dev) {
    const device_snapshot_t *device = NULL;
    CUresult result = len <= 0 ? CUDA_ERROR_INVALID_VALUE : find(dev, pciBusId, &device);
    if (result == CUDA_SUCCESS) {
        int needed = snprintf(pciBusId, (size_t)len, "%04x:%02x:%02x.0", device->pci_domain, device->pci_bus,
                              device->pci_device);
        result = needed < len ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
    }
    return result;
}

CUresult cuDeviceGetByPCIBusId(CUdevice *dev, const char *pciBusId) {
    CUresult result = process_local();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    unsigned domain = 0;
    unsigned bus = 0;
    unsigned device = 0;
    if (dev == NULL || pciBusId == NULL
        || (sscanf(pciBusId, "%x:%x:%x", &domain, &bus, &device) != 3
            && (domain = 0, sscanf(pciBusId, "%x:%x", &bus, &device)) != 2)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    for (int i = 0; i < process.snapshot.device_count; i++) {
        const device_snapshot_t *at = &process.snapshot.devices[i];
        if (at->pci_domain == domain && at->pci_bus == bus && at->pci_device == device) {
            *dev = i;
            return CUDA_SUCCESS;
        }
    }
    return CUDA_ERROR_INVALID_DEVICE;
}

CUresult cuDeviceGetExecAffinitySupport(int *pi, CUexecAffinityType type, CUdevice dev) {
    const device_snapshot_t *device = NULL;
    CUresult result = find(dev, pi, &device);
    if (result == CUDA_SUCCESS) {
        *pi = 0; /* affinity needs MPS, which a worker does not use */
        result = type == CU_EXEC_AFFINITY_TYPE_SM_COUNT ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
    }
    return result;
}

/* Pairs of devices: asked once for each question. */
enum { PAIRS_MAX = 1024 };
static struct pair {
    uint64_t key; /* 0 = free; question, attribute and both devices */
    int value;
} pairs[PAIRS_MAX]; /* pairs_lock */
static pthread_mutex_t pairs_lock = PTHREAD_MUTEX_INITIALIZER;

static bool known_pair(uint64_t key, int *value) {
    bool known = false;
    pthread_mutex_lock(&pairs_lock);
    for (int i = 0; i < PAIRS_MAX && pairs[i].key != 0 && !known; i++) {
        known = pairs[i].key == key;
        *value = known ? pairs[i].value : *value;
    }
    pthread_mutex_unlock(&pairs_lock);
    return known;
}

static void learn_pair(uint64_t key, int value) {
    pthread_mutex_lock(&pairs_lock);
    for (int i = 0; i < PAIRS_MAX; i++) {
        if (pairs[i].key == 0 || pairs[i].key == key) {
            pairs[i].key = key;
            pairs[i].value = value;
            break;
        }
    }
    pthread_mutex_unlock(&pairs_lock);
}

static CUresult ask_pair(uint32_t number, int *value, int attribute, CUdevice one, CUdevice other) {
    CUresult result = process_local();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (value == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (snapshot_device(one) == NULL || snapshot_device(other) == NULL) {
        return CUDA_ERROR_INVALID_DEVICE;
    }
    uint64_t key = (uint64_t)number << 32 | (uint64_t)(uint8_t)attribute << 16 | (uint64_t)one << 8 | (uint64_t)other;
    if (known_pair(key, value)) {
        return CUDA_SUCCESS;
    }
    call_t call;
    result = call_begin(&call, number, CALL_WAITS, 16);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (number == CALL_cuDeviceGetP2PAttribute) {
        call_put_i32(&call, attribute);
    }
    call_put_i32(&call, one);
    call_put_i32(&call, other);
    result = call_wait(&call);
    if (result == CUDA_SUCCESS) {
        *value = call_get_i32(&call);
        learn_pair(key, *value);
    }
    call_end(&call);
    return result;
}

CUresult cuDeviceCanAccessPeer(int *canAccessPeer, CUdevice dev, CUdevice peerDev) {
    return ask_pair(CALL_cuDeviceCanAccessPeer, canAccessPeer, 0, dev, peerDev);
}

CUresult cuDeviceGetP2PAttribute(int *value, CUdevice_P2PAttribute attrib, CUdevice srcDevice, CUdevice dstDevice) {
    return ask_pair(CALL_cuDeviceGetP2PAttribute, value, (int)attrib, srcDevice, dstDevice);
}

CUresult cuProfilerInitialize(const char *configFile, const char *outputFile, CUoutput_mode outputMode) {
    (void)configFile, (void)outputFile, (void)outputMode;
    return process_local();
}

CUresult cuProfilerStart(void) {
    return process_local();
}

CUresult cuProfilerStop(void) {
    return process_local();
}

CUresult cuLogsRegisterCallback(CUlogsCallback callbackFunc, void *userData, CUlogsCallbackHandle *callback_out) {
    (void)userData;
    if (callbackFunc == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (callback_out != NULL) {
        *callback_out = NULL;
    }
    return CUDA_SUCCESS;
}

CUresult cuLogsUnregisterCallback(CUlogsCallbackHandle callback) {
    (void)callback;
    return CUDA_SUCCESS;
}
