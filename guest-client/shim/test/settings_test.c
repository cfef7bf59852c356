/* What is set on kernels and functions: each device, and each function, answers what was set on it (driver 580). */
#define _GNU_SOURCE
#include "program.h"

#include "calls.h"
#include "fake_agent.h"
#include "prototypes.h"

enum { DEFAULT = 49152 };

/* The attribute that these tests set. */
#define SHARED CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES

static fake_agent_t agent;
static CUcontext contexts[2];

static CUkernel start(void) {
    static const char ptx[] = ".version 7.0\n.target sm_50\n.address_size 64\n.visible .entry k(){ ret; }\n";
    CUlibrary library = NULL;
    CUkernel kernel = NULL;
    agent.devices = 2;
    fake_agent_start(&agent);
    CHECK(cuInit(0) == CUDA_SUCCESS);
    for (int device = 0; device < 2; device++) {
        CHECK(cuDevicePrimaryCtxRetain(&contexts[device], device) == CUDA_SUCCESS);
    }
    CHECK(cuCtxSetCurrent(contexts[1]) == CUDA_SUCCESS);
    CHECK(cuLibraryLoadData(&library, ptx, NULL, NULL, 0, NULL, NULL, 0) == CUDA_SUCCESS);
    CHECK(cuLibraryGetKernel(&kernel, library, "k") == CUDA_SUCCESS);
    return kernel;
}

static int on(CUkernel kernel, CUdevice device) {
    int value = -1;
    CHECK(cuKernelGetAttribute(&value, SHARED, kernel, device) == CUDA_SUCCESS);
    return value;
}

static int of(CUfunction function) {
    int value = -1;
    CHECK(cuFuncGetAttribute(&value, SHARED, function) == CUDA_SUCCESS);
    return value;
}

static CUfunction function_in(int device, CUkernel kernel) {
    CUfunction function = NULL;
    CHECK(cuCtxSetCurrent(contexts[device]) == CUDA_SUCCESS);
    CHECK(cuKernelGetFunction(&function, kernel) == CUDA_SUCCESS);
    return function;
}

static CUresult launch_on(int device, CUfunction function, unsigned int shared_bytes) {
    uint64_t zero = 0;
    void *parameters[] = {&zero, &zero, &zero};
    CHECK(cuCtxSetCurrent(contexts[device]) == CUDA_SUCCESS);
    return cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, shared_bytes, NULL, parameters, NULL);
}

static void each_device_has_its_own(void) {
    CUkernel kernel = start();
    CHECK(on(kernel, 0) == DEFAULT && on(kernel, 1) == DEFAULT);
    CHECK(agent.calls[CALL_cuKernelGetAttribute] == 1); /* learnt with the kernel for the current context's device */
    CHECK(cuKernelSetAttribute(SHARED, 60000, kernel, 1) == CUDA_SUCCESS);
    CHECK(on(kernel, 0) == DEFAULT && on(kernel, 1) == 60000);
    CHECK(cuKernelSetAttribute(SHARED, 70000, kernel, 0) == CUDA_SUCCESS);
    CHECK(on(kernel, 0) == 70000 && on(kernel, 1) == 60000);
    CHECK(cuKernelSetAttribute(SHARED, 70000, kernel, 0) == CUDA_SUCCESS); /* says nothing new */
    CHECK(agent.calls[CALL_cuKernelSetAttribute] == 2 && agent.calls[CALL_cuKernelGetAttribute] == 1);
    int value = 0;
    CHECK(cuKernelGetAttribute(&value, SHARED, kernel, 2) == CUDA_ERROR_INVALID_DEVICE);
    CHECK(cuKernelSetAttribute(SHARED, 1, kernel, -1) == CUDA_ERROR_INVALID_DEVICE);
    CHECK(cuKernelGetAttribute(&value, 16, kernel, 0) == CUDA_ERROR_INVALID_VALUE);
}

static void functions_follow_their_kernel_until_they_are_set(void) {
    CUkernel kernel = start();
    CUfunction first = function_in(0, kernel);
    CUfunction second = function_in(1, kernel);
    CHECK(cuKernelSetAttribute(SHARED, 60000, kernel, 1) == CUDA_SUCCESS);
    CHECK(of(first) == DEFAULT && of(second) == 60000);
    CHECK(cuFuncSetAttribute(second, SHARED, 50000) == CUDA_SUCCESS);
    CHECK(of(second) == 50000 && on(kernel, 1) == 60000);
    CHECK(cuKernelSetAttribute(SHARED, 70000, kernel, 1) == CUDA_SUCCESS);
    CHECK(of(second) == 50000 && on(kernel, 1) == 70000);
    for (int i = 0; i < 10; i++) {
        CHECK(cuFuncSetAttribute(second, SHARED, 50000) == CUDA_SUCCESS);
    }
    CHECK(agent.calls[CALL_cuFuncSetAttribute] == 1);
}

static void launches_are_held_to_the_limit_of_their_device(void) {
    CUkernel kernel = start();
    CUfunction as_function = (CUfunction)kernel;
    CHECK(cuKernelSetAttribute(SHARED, 60000, kernel, 0) == CUDA_SUCCESS);
    CHECK(launch_on(0, as_function, 60000) == CUDA_SUCCESS);
    CHECK(launch_on(0, as_function, 60001) == CUDA_ERROR_INVALID_VALUE);
    CHECK(launch_on(1, as_function, DEFAULT) == CUDA_SUCCESS);
    CHECK(launch_on(1, as_function, 60000) == CUDA_ERROR_INVALID_VALUE);
    CUfunction function = function_in(1, kernel);
    CHECK(cuFuncSetAttribute(function, SHARED, 80000) == CUDA_SUCCESS);
    CHECK(launch_on(1, as_function, 80000) == CUDA_SUCCESS); /* a kernel is launched by its function in the context */
    CHECK(launch_on(0, as_function, 80000) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuCtxSynchronize() == CUDA_SUCCESS && agent.launches == 3);
}

static int occupancy(CUfunction function, int device) {
    int blocks = 0;
    CHECK(cuCtxSetCurrent(contexts[device]) == CUDA_SUCCESS);
    CHECK(cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, function, 128, 0) == CUDA_SUCCESS);
    return blocks;
}

static void occupancy_is_remembered_by_device(void) {
    const uint32_t number = CALL_cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags;
    CUkernel kernel = start();
    for (int i = 0; i < 3; i++) {
        CHECK(occupancy((CUfunction)kernel, 0) == 1 && occupancy((CUfunction)kernel, 1) == 2); /* as the fake has it */
    }
    CHECK(agent.calls[number] == 2);
    CHECK(cuKernelSetAttribute(SHARED, 60000, kernel, 1) == CUDA_SUCCESS);
    CHECK(occupancy((CUfunction)kernel, 0) == 1 && agent.calls[number] == 2);
    CHECK(occupancy((CUfunction)kernel, 1) == 2 && agent.calls[number] == 3);
}

/* Two multiprocessors that hold a block each on device 0, two on device 1. */
static void cooperative_grids_must_be_there_as_a_whole(void) {
    CUfunction kernel = (CUfunction)start();
    uint64_t values[3] = {0};
    void *parameters[] = {&values[0], &values[1], &values[2]};
    for (int device = 0; device < 2; device++) {
        unsigned int most = 2u * ((unsigned int)device + 1);
        CHECK(cuCtxSetCurrent(contexts[device]) == CUDA_SUCCESS);
        CHECK(cuLaunchCooperativeKernel(kernel, most, 1, 1, 64, 1, 1, 0, NULL, parameters) == CUDA_SUCCESS);
        CHECK(cuLaunchCooperativeKernel(kernel, most + 1, 1, 1, 64, 1, 1, 0, NULL, parameters)
              == CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE);
        CHECK(cuLaunchKernel(kernel, most + 1, 1, 1, 64, 1, 1, 0, NULL, parameters, NULL) == CUDA_SUCCESS);
    }
    CHECK(cuCtxSynchronize() == CUDA_SUCCESS && agent.calls[CALL_cuLaunchKernelEx] == 2);
}

static void a_kernel_is_no_function(void) {
    CUkernel kernel = start();
    CUfunction function = function_in(0, kernel);
    int value = 0;
    const char *name = NULL;
    CHECK(cuFuncGetAttribute(&value, SHARED, (CUfunction)kernel) == CUDA_ERROR_INVALID_HANDLE);
    CHECK(cuFuncSetAttribute((CUfunction)kernel, SHARED, 1) == CUDA_ERROR_INVALID_HANDLE);
    CHECK(cuFuncGetName(&name, (CUfunction)kernel) == CUDA_ERROR_INVALID_HANDLE);
    CHECK(cuKernelGetAttribute(&value, SHARED, (CUkernel)function, 0) == CUDA_ERROR_INVALID_HANDLE);
    CHECK(cuKernelSetAttribute(SHARED, 1, (CUkernel)function, 0) == CUDA_ERROR_INVALID_HANDLE);
    CHECK(cuKernelGetName(&name, (CUkernel)function) == CUDA_ERROR_INVALID_HANDLE);
}

PROGRAM(each_device_has_its_own)
PROGRAM(functions_follow_their_kernel_until_they_are_set)
PROGRAM(launches_are_held_to_the_limit_of_their_device)
PROGRAM(occupancy_is_remembered_by_device)
PROGRAM(cooperative_grids_must_be_there_as_a_whole)
PROGRAM(a_kernel_is_no_function)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_device_has_its_own),
        cmocka_unit_test(test_functions_follow_their_kernel_until_they_are_set),
        cmocka_unit_test(test_launches_are_held_to_the_limit_of_their_device),
        cmocka_unit_test(test_occupancy_is_remembered_by_device),
        cmocka_unit_test(test_cooperative_grids_must_be_there_as_a_whole),
        cmocka_unit_test(test_a_kernel_is_no_function),
    };
    return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
