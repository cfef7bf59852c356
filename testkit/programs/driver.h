/*
 * The few calls of the CUDA driver API that our C programs make, found in libcuda.so.1 at run time as any program may do
 * that was built on a machine without CUDA. Types and signatures are facts of the public API; names without the version
 * suffix of the symbol.
 */
#ifndef PENSTOCK_PROGRAMS_DRIVER_H
#define PENSTOCK_PROGRAMS_DRIVER_H

#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

typedef int CUresult;
typedef int CUdevice;
typedef unsigned long long CUdeviceptr;
typedef struct CUctx_st *CUcontext;
typedef struct CUmod_st *CUmodule;
typedef struct CUfunc_st *CUfunction;
typedef struct CUstream_st *CUstream;

struct driver {
    CUresult (*init)(unsigned flags);
    CUresult (*device_count)(int *count);
    CUresult (*device_get)(CUdevice *device, int ordinal);
    CUresult (*device_name)(char *name, int length, CUdevice device);
    CUresult (*device_total_mem)(size_t *bytes, CUdevice device);
    CUresult (*context_retain)(CUcontext *context, CUdevice device);
    CUresult (*context_set)(CUcontext context);
    CUresult (*context_synchronize)(void);
    CUresult (*context_release)(CUdevice device);
    CUresult (*module_load)(CUmodule *module, const void *image);
    CUresult (*module_function)(CUfunction *function, CUmodule module, const char *name);
    CUresult (*module_unload)(CUmodule module);
    CUresult (*mem_alloc)(CUdeviceptr *address, size_t bytes);
    CUresult (*mem_free)(CUdeviceptr address);
    CUresult (*to_device)(CUdeviceptr target, const void *source, size_t bytes);
    CUresult (*to_host)(void *target, CUdeviceptr source, size_t bytes);
    CUresult (*memset8)(CUdeviceptr target, unsigned char value, size_t bytes);
    CUresult (*launch)(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
                       unsigned block_z, unsigned shared_bytes, CUstream stream, void **parameters, void **extra);
    CUresult (*stream_synchronize)(CUstream stream);
    CUresult (*error_name)(CUresult error, const char **name);
};

static struct driver cu;

/* Ends the program with the driver's own name for what went wrong. */
static void check(CUresult result, const char *what)
{
    const char *name = NULL;

    if (result == 0)
        return;
    if (cu.error_name == NULL || cu.error_name(result, &name) != 0 || name == NULL)
        name = "an error without a name";
    fprintf(stderr, "%s: %s (%d)\n", what, name, result);
    exit(1);
}

#define CHECK(call) check((call), #call)

static void *symbol(void *library, const char *name)
{
    void *found = dlsym(library, name);

    if (found == NULL) {
        fprintf(stderr, "libcuda.so.1 has no %s\n", name);
        exit(1);
    }
    return found;
}

/* Opens the library; every member of `driver` is set when this returns. */
static void open_driver(struct driver *driver, const char *path)
{
    static const struct {
        size_t member;
        const char *name;
    } wanted[] = {
        {offsetof(struct driver, error_name), "cuGetErrorName"},
        {offsetof(struct driver, init), "cuInit"},
        {offsetof(struct driver, device_count), "cuDeviceGetCount"},
        {offsetof(struct driver, device_get), "cuDeviceGet"},
        {offsetof(struct driver, device_name), "cuDeviceGetName"},
        {offsetof(struct driver, device_total_mem), "cuDeviceTotalMem_v2"},
        {offsetof(struct driver, context_retain), "cuDevicePrimaryCtxRetain"},
        {offsetof(struct driver, context_set), "cuCtxSetCurrent"},
        {offsetof(struct driver, context_synchronize), "cuCtxSynchronize"},
        {offsetof(struct driver, context_release), "cuDevicePrimaryCtxRelease_v2"},
        {offsetof(struct driver, module_load), "cuModuleLoadData"},
        {offsetof(struct driver, module_function), "cuModuleGetFunction"},
        {offsetof(struct driver, module_unload), "cuModuleUnload"},
        {offsetof(struct driver, mem_alloc), "cuMemAlloc_v2"},
        {offsetof(struct driver, mem_free), "cuMemFree_v2"},
        {offsetof(struct driver, to_device), "cuMemcpyHtoD_v2"},
        {offsetof(struct driver, to_host), "cuMemcpyDtoH_v2"},
        {offsetof(struct driver, memset8), "cuMemsetD8_v2"},
        {offsetof(struct driver, launch), "cuLaunchKernel"},
        {offsetof(struct driver, stream_synchronize), "cuStreamSynchronize"},
    };
    void *library = dlopen(path, RTLD_NOW);
    size_t i;

    if (library == NULL) {
        fprintf(stderr, "%s\nNo CUDA driver here: start this program with `penstock run -n 1 -- PROGRAM`.\n", dlerror());
        exit(1);
    }
    for (i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        *(void **)((char *)driver + wanted[i].member) = symbol(library, wanted[i].name);
}

static inline void load_driver(void)
{
    open_driver(&cu, "libcuda.so.1");
}

#endif
