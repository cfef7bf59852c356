/* Beyond driver.h: streams, events, host memory and contexts, for the programs about errors and order. */
#ifndef PENSTOCK_PROGRAMS_STREAM_DRIVER_H
#define PENSTOCK_PROGRAMS_STREAM_DRIVER_H

#include "driver.h"

typedef struct CUevent_st *CUevent;
typedef struct CUgraph_st *CUgraph;

enum { STREAM_NON_BLOCKING = 1, EVENT_DISABLE_TIMING = 2, NOT_READY = 600 };

struct stream_driver {
    CUresult (*create)(CUstream *stream, unsigned flags);
    CUresult (*destroy)(CUstream stream);
    CUresult (*query)(CUstream stream);
    CUresult (*wait_event)(CUstream stream, CUevent event, unsigned flags);
    CUresult (*begin_capture)(CUstream stream, int mode);
    CUresult (*end_capture)(CUstream stream, CUgraph *graph);
    CUresult (*event_create)(CUevent *event, unsigned flags);
    CUresult (*event_destroy)(CUevent event);
    CUresult (*event_record)(CUevent event, CUstream stream);
    CUresult (*event_query)(CUevent event);
    CUresult (*event_synchronize)(CUevent event);
    CUresult (*event_elapsed)(float *milliseconds, CUevent start, CUevent end);
    CUresult (*host_alloc)(void **memory, size_t bytes, unsigned flags);
    CUresult (*host_free)(void *memory);
    CUresult (*host_register)(void *memory, size_t bytes, unsigned flags);
    CUresult (*host_unregister)(void *memory);
    CUresult (*to_device_async)(CUdeviceptr target, const void *source, size_t bytes, CUstream stream);
    CUresult (*to_host_async)(void *target, CUdeviceptr source, size_t bytes, CUstream stream);
    CUresult (*set32_async)(CUdeviceptr target, unsigned value, size_t count, CUstream stream);
    CUresult (*mem_info)(size_t *free_bytes, size_t *total_bytes);
    CUresult (*address_range)(CUdeviceptr *base, size_t *bytes, CUdeviceptr address);
    CUresult (*pointer_attribute)(void *value, int attribute, CUdeviceptr address);
    CUresult (*module_global)(CUdeviceptr *address, size_t *bytes, CUmodule module, const char *name);
    CUresult (*function_set_attribute)(CUfunction function, int attribute, int value);
    CUresult (*context_create)(CUcontext *context, unsigned flags, CUdevice device);
    CUresult (*context_destroy)(CUcontext context);
    CUresult (*context_current)(CUcontext *context);
    CUresult (*context_device)(CUdevice *device);
    CUresult (*context_push)(CUcontext context);
    CUresult (*context_pop)(CUcontext *context);
    CUresult (*primary_reset)(CUdevice device);
};

static struct stream_driver st;

static void load_stream_driver(void)
{
    static const struct {
        size_t member;
        const char *name;
    } wanted[] = {
        {offsetof(struct stream_driver, create), "cuStreamCreate"},
        {offsetof(struct stream_driver, destroy), "cuStreamDestroy_v2"},
        {offsetof(struct stream_driver, query), "cuStreamQuery"},
        {offsetof(struct stream_driver, wait_event), "cuStreamWaitEvent"},
        {offsetof(struct stream_driver, begin_capture), "cuStreamBeginCapture_v2"},
        {offsetof(struct stream_driver, end_capture), "cuStreamEndCapture"},
        {offsetof(struct stream_driver, event_create), "cuEventCreate"},
        {offsetof(struct stream_driver, event_destroy), "cuEventDestroy_v2"},
        {offsetof(struct stream_driver, event_record), "cuEventRecord"},
        {offsetof(struct stream_driver, event_query), "cuEventQuery"},
        {offsetof(struct stream_driver, event_synchronize), "cuEventSynchronize"},
        {offsetof(struct stream_driver, event_elapsed), "cuEventElapsedTime"},
        {offsetof(struct stream_driver, host_alloc), "cuMemHostAlloc"},
        {offsetof(struct stream_driver, host_free), "cuMemFreeHost"},
        {offsetof(struct stream_driver, host_register), "cuMemHostRegister_v2"},
        {offsetof(struct stream_driver, host_unregister), "cuMemHostUnregister"},
        {offsetof(struct stream_driver, to_device_async), "cuMemcpyHtoDAsync_v2"},
        {offsetof(struct stream_driver, to_host_async), "cuMemcpyDtoHAsync_v2"},
        {offsetof(struct stream_driver, set32_async), "cuMemsetD32Async"},
        {offsetof(struct stream_driver, mem_info), "cuMemGetInfo_v2"},
        {offsetof(struct stream_driver, address_range), "cuMemGetAddressRange_v2"},
        {offsetof(struct stream_driver, pointer_attribute), "cuPointerGetAttribute"},
        {offsetof(struct stream_driver, module_global), "cuModuleGetGlobal_v2"},
        {offsetof(struct stream_driver, function_set_attribute), "cuFuncSetAttribute"},
        {offsetof(struct stream_driver, context_create), "cuCtxCreate_v2"},
        {offsetof(struct stream_driver, context_destroy), "cuCtxDestroy_v2"},
        {offsetof(struct stream_driver, context_current), "cuCtxGetCurrent"},
        {offsetof(struct stream_driver, context_device), "cuCtxGetDevice"},
        {offsetof(struct stream_driver, context_push), "cuCtxPushCurrent_v2"},
        {offsetof(struct stream_driver, context_pop), "cuCtxPopCurrent_v2"},
        {offsetof(struct stream_driver, primary_reset), "cuDevicePrimaryCtxReset_v2"},
    };
    void *library = dlopen("libcuda.so.1", RTLD_NOW);
    size_t i;

    for (i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        *(void **)((char *)&st + wanted[i].member) = symbol(library, wanted[i].name);
}

#endif
