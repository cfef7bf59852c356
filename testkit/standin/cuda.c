/*
 * The stand-in driver: every call is accepted and returns at once. What a program or a worker needs an answer to is answered
 * here; all other exported names come from rest.c, made from the export list, and do nothing. It computes nothing, copies
 * nothing and says so in its device's name: it exists to measure the road to a driver, with the driver's own time taken away.
 *
 * One kernel does something: "print" with a number of bytes and a descriptor. As with the genuine driver its text is written by
 * C stdio, flushed, in the next call that waits; no query writes it. (The genuine driver also writes it when 100 ms have passed,
 * which would hide a wait that was forgotten.)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

enum { SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, INVALID_DEVICE = 101, NOT_FOUND = 500 };

static const uint64_t MEMORY_BYTES = 16ull << 30;
static const uint64_t ARENA = 0x200000000000ull;

static atomic_ulong next_handle = 0x5e0000000000ul;
static atomic_ulong next_address = 0x200000000000ul;
/* The contexts of a thread, the current one last: programs pop until there is none. */
enum { CONTEXTS_MAX = 64, INVALID_CONTEXT = 201 };
static _Thread_local void *contexts[CONTEXTS_MAX];
static _Thread_local int contexts_pushed;
static char primary_context;

/* A handle nobody may look into, different from every other. */
static void *make_handle(void) { return (void *)atomic_fetch_add(&next_handle, 64); }

static int give_handle(void **handle)
{
    if (handle == NULL)
        return INVALID_VALUE;
    *handle = make_handle();
    return SUCCESS;
}

/* Addresses grow for ever and begin again only after 2^44 bytes: far more than a measurement asks for. */
static int give_address(uint64_t *address, size_t bytes)
{
    if (address == NULL || bytes == 0)
        return INVALID_VALUE;
    *address = ARENA + (atomic_fetch_add(&next_address, (bytes + 511) & ~(size_t)511) - ARENA) % (1ull << 44);
    return SUCCESS;
}

EXPORTED int cuInit(unsigned flags) { return flags == 0 ? SUCCESS : INVALID_VALUE; }

EXPORTED int cuDriverGetVersion(int *version)
{
    *version = 13000;
    return SUCCESS;
}

EXPORTED int cuDeviceGetCount(int *count)
{
    *count = 1;
    return SUCCESS;
}

EXPORTED int cuDeviceGet(int *device, int ordinal)
{
    *device = 0;
    return ordinal == 0 ? SUCCESS : INVALID_DEVICE;
}

EXPORTED int cuDeviceGetName(char *name, int length, int device)
{
    (void)device;
    snprintf(name, (size_t)length, "Penstock stand-in (computes nothing)");
    return SUCCESS;
}

static int give_uuid(unsigned char *uuid)
{
    memcpy(uuid, "penstock standin", 16);
    return SUCCESS;
}

EXPORTED int cuDeviceGetUuid(unsigned char *uuid, int device) { return (void)device, give_uuid(uuid); }
EXPORTED int cuDeviceGetUuid_v2(unsigned char *uuid, int device) { return (void)device, give_uuid(uuid); }

EXPORTED int cuDeviceTotalMem_v2(size_t *bytes, int device)
{
    (void)device;
    *bytes = MEMORY_BYTES;
    return SUCCESS;
}

EXPORTED int cuDeviceGetPCIBusId(char *text, int length, int device)
{
    (void)device;
    snprintf(text, (size_t)length, "0000:00:1E.0");
    return SUCCESS;
}

/* The limits of compute capability 8.0; what is not listed is zero, "no". */
EXPORTED int cuDeviceGetAttribute(int *value, int attribute, int device)
{
    static const int values[] = {
        [1] = 1024,   [2] = 1024,  [3] = 1024,        [4] = 64,    [5] = 2147483647, [6] = 65535, [7] = 65535, [8] = 49152,
        [9] = 65536,  [10] = 32,   [11] = 2147483647, [12] = 65536, [13] = 1000000,  [14] = 512,  [15] = 1,    [16] = 1,
        [31] = 1,     [34] = 30,   [36] = 1000000,    [37] = 256,  [38] = 1 << 20,   [39] = 2048, [40] = 2,    [41] = 1,
        [75] = 8,     [76] = 0,    [78] = 1,          [81] = 49152, [82] = 65536,    [97] = 49152,
    };
    const size_t known = sizeof values / sizeof values[0];

    (void)device;
    *value = attribute >= 0 && (size_t)attribute < known ? values[attribute] : 0;
    return SUCCESS;
}

EXPORTED int cuDevicePrimaryCtxRetain(void **context, int device)
{
    (void)device;
    *context = &primary_context;
    return SUCCESS;
}

EXPORTED int cuDevicePrimaryCtxGetState(int device, unsigned *flags, int *active)
{
    (void)device;
    *flags = 0;
    *active = 1;
    return SUCCESS;
}

EXPORTED int cuCtxPushCurrent_v2(void *context)
{
    if (context == NULL || contexts_pushed == CONTEXTS_MAX)
        return INVALID_VALUE;
    contexts[contexts_pushed++] = context;
    return SUCCESS;
}

EXPORTED int cuCtxPopCurrent_v2(void **context)
{
    if (contexts_pushed == 0)
        return INVALID_CONTEXT;
    contexts_pushed--;
    if (context != NULL)
        *context = contexts[contexts_pushed];
    return SUCCESS;
}

EXPORTED int cuCtxSetCurrent(void *context)
{
    if (contexts_pushed > 0)
        contexts_pushed--;
    return context == NULL ? SUCCESS : cuCtxPushCurrent_v2(context);
}

EXPORTED int cuCtxGetCurrent(void **context)
{
    *context = contexts_pushed == 0 ? NULL : contexts[contexts_pushed - 1];
    return SUCCESS;
}

static int make_current(void **context)
{
    int result = give_handle(context);

    return result == SUCCESS ? cuCtxPushCurrent_v2(*context) : result;
}

EXPORTED int cuCtxCreate_v2(void **context, unsigned flags, int device) { return (void)flags, (void)device, make_current(context); }

EXPORTED int cuCtxCreate_v4(void **context, void *parameters, unsigned flags, int device)
{
    return (void)parameters, (void)flags, (void)device, make_current(context);
}

EXPORTED int cuCtxGetDevice(int *device)
{
    *device = 0;
    return SUCCESS;
}

EXPORTED int cuCtxGetApiVersion(void *context, unsigned *version)
{
    (void)context;
    *version = 3020;
    return SUCCESS;
}

EXPORTED int cuCtxGetStreamPriorityRange(int *least, int *greatest)
{
    if (least != NULL)
        *least = 0;
    if (greatest != NULL)
        *greatest = 0;
    return SUCCESS;
}

EXPORTED int cuStreamCreate(void **stream, unsigned flags) { return (void)flags, give_handle(stream); }

EXPORTED int cuStreamCreateWithPriority(void **stream, unsigned flags, int priority)
{
    return (void)flags, (void)priority, give_handle(stream);
}

EXPORTED int cuEventCreate(void **event, unsigned flags) { return (void)flags, give_handle(event); }

EXPORTED int cuEventElapsedTime_v2(float *milliseconds, void *start, void *end)
{
    (void)start;
    (void)end;
    *milliseconds = 0;
    return SUCCESS;
}

EXPORTED int cuMemAlloc_v2(uint64_t *address, size_t bytes) { return give_address(address, bytes); }
EXPORTED int cuMemAllocAsync(uint64_t *address, size_t bytes, void *stream) { return (void)stream, give_address(address, bytes); }

/* Host memory is real: the program reads and writes it. */
EXPORTED int cuMemHostAlloc(void **memory, size_t bytes, unsigned flags)
{
    (void)flags;
    *memory = aligned_alloc(4096, (bytes + 4095) & ~(size_t)4095);
    return *memory == NULL ? OUT_OF_MEMORY : SUCCESS;
}

EXPORTED int cuMemAllocHost_v2(void **memory, size_t bytes) { return cuMemHostAlloc(memory, bytes, 0); }

EXPORTED int cuMemFreeHost(void *memory)
{
    free(memory);
    return SUCCESS;
}

EXPORTED int cuMemHostGetDevicePointer_v2(uint64_t *address, void *memory, unsigned flags)
{
    (void)flags;
    *address = (uint64_t)(uintptr_t)memory;
    return SUCCESS;
}

EXPORTED int cuMemGetInfo_v2(size_t *free, size_t *total)
{
    *free = MEMORY_BYTES;
    *total = MEMORY_BYTES;
    return SUCCESS;
}

EXPORTED int cuModuleLoadData(void **module, const void *image) { return (void)image, give_handle(module); }

EXPORTED int cuModuleLoadDataEx(void **module, const void *image, unsigned count, void *options, void **values)
{
    return (void)image, (void)count, (void)options, (void)values, give_handle(module);
}

/* A linker's product is something that can be loaded: one byte more than nothing. */
EXPORTED int cuLinkComplete(void *state, void **cubin, size_t *bytes)
{
    static char product[8] = "standin";
    (void)state;
    *cubin = product;
    *bytes = sizeof product;
    return SUCCESS;
}

EXPORTED int cuModuleLoadFatBinary(void **module, const void *image) { return (void)image, give_handle(module); }

static char print_kernel;

EXPORTED int cuModuleGetFunction(void **function, void *module, const char *name)
{
    (void)module;
    if (strcmp(name, "print") != 0)
        return give_handle(function);
    *function = &print_kernel;
    return SUCCESS;
}

static atomic_ulong waiting_text[3]; /* by descriptor */

/* Lines of 16 bytes, numbered from 0 in each text. */
static void write_text(FILE *file, unsigned long bytes)
{
    for (unsigned long line = 0; line < bytes / 16; line++)
        fprintf(file, "%015lu\n", line);
    fflush(file);
}

static int wait_for_all(void)
{
    unsigned long out = atomic_exchange(&waiting_text[1], 0), err = atomic_exchange(&waiting_text[2], 0);

    if (out > 0)
        write_text(stdout, out);
    if (err > 0)
        write_text(stderr, err);
    return SUCCESS;
}

EXPORTED int cuStreamSynchronize(void *stream) { return (void)stream, wait_for_all(); }
EXPORTED int cuEventSynchronize(void *event) { return (void)event, wait_for_all(); }
EXPORTED int cuCtxSynchronize(void) { return wait_for_all(); }

EXPORTED int cuMemcpyDtoH_v2(void *host, uint64_t device, size_t bytes)
{
    return (void)host, (void)device, (void)bytes, wait_for_all();
}

static void launch_print(void **parameters, void **extra)
{
    unsigned long arguments[2];

    if (parameters != NULL) {
        memcpy(&arguments[0], parameters[0], 8);
        memcpy(&arguments[1], parameters[1], 8);
    } else {
        memcpy(arguments, extra[0] == (void *)1 ? extra[1] : extra[3], sizeof arguments); /* 1: the buffer comes next */
    }
    if (arguments[1] == 1 || arguments[1] == 2)
        atomic_fetch_add(&waiting_text[arguments[1]], arguments[0]);
}

EXPORTED int cuLaunchKernel(void *function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
                            unsigned block_z, unsigned shared, void *stream, void **parameters, void **extra)
{
    (void)grid_x, (void)grid_y, (void)grid_z, (void)block_x, (void)block_y, (void)block_z, (void)shared, (void)stream;
    if (function == &print_kernel)
        launch_print(parameters, extra);
    return SUCCESS;
}

EXPORTED int cuModuleGetGlobal_v2(uint64_t *address, size_t *bytes, void *module, const char *name)
{
    (void)module;
    (void)name;
    if (bytes != NULL)
        *bytes = 4096;
    return address == NULL ? SUCCESS : give_address(address, 4096);
}

EXPORTED int cuLibraryGetKernel(void **kernel, void *library, const char *name)
{
    return (void)library, (void)name, give_handle(kernel);
}

EXPORTED int cuLibraryLoadData(void **library, const void *image, void *options, void **values, unsigned count, void *library_options,
                               void **library_values, unsigned library_count)
{
    (void)image;
    (void)options;
    (void)values;
    (void)count;
    (void)library_options;
    (void)library_values;
    (void)library_count;
    return give_handle(library);
}

EXPORTED int cuKernelGetFunction(void **function, void *kernel) { return (void)kernel, give_handle(function); }
EXPORTED int cuLibraryGetModule(void **module, void *library) { return (void)library, give_handle(module); }

EXPORTED int cuFuncGetAttribute(int *value, int attribute, void *function)
{
    (void)function;
    *value = attribute == 0 ? 1024 : 0;
    return SUCCESS;
}

/* Every kernel has two parameters of eight bytes, or as many as STANDIN_PARAMETERS says: what is launched with more is refused. */
EXPORTED int cuFuncGetParamInfo(void *function, size_t index, size_t *offset, size_t *bytes)
{
    const char *said = getenv("STANDIN_PARAMETERS");
    (void)function;
    if (index >= (said == NULL ? 2 : strtoul(said, NULL, 10)))
        return INVALID_VALUE;
    *offset = index * 8;
    if (bytes != NULL)
        *bytes = 8;
    return SUCCESS;
}

EXPORTED int cuKernelGetParamInfo(void *kernel, size_t index, size_t *offset, size_t *bytes)
{
    return cuFuncGetParamInfo(kernel, index, offset, bytes);
}

EXPORTED int cuGetErrorName(int error, const char **name)
{
    *name = error == SUCCESS ? "CUDA_SUCCESS" : "CUDA_ERROR_UNKNOWN";
    return SUCCESS;
}

EXPORTED int cuGetErrorString(int error, const char **text)
{
    *text = error == SUCCESS ? "no error" : "an error of the stand-in";
    return SUCCESS;
}

EXPORTED int cuGetExportTable(const void **table, const void *uuid)
{
    (void)uuid;
    *table = NULL;
    return NOT_FOUND;
}

/* The newest of the versioned names, or the plain one. */
EXPORTED int cuGetProcAddress_v2(const char *name, void **function, int version, uint64_t flags, int *status)
{
    static const char *const suffixes[] = {"_v4", "_v3", "_v2", ""};
    char versioned[256];
    size_t i;

    (void)version;
    (void)flags;
    *function = NULL;
    for (i = 0; i < 4 && *function == NULL; i++) {
        snprintf(versioned, sizeof versioned, "%s%s", name, suffixes[i]);
        *function = dlsym(RTLD_DEFAULT, versioned);
    }
    if (status != NULL)
        *status = *function == NULL ? 1 : 0;
    return *function == NULL ? NOT_FOUND : SUCCESS;
}
