/* Whole programs against the fake agent. Each runs in a process of its own: a process has one session in its life. */
#define _GNU_SOURCE
#include "program.h"

#include <string.h>
#include <time.h>

#include "calls.h"
#include "fake_agent.h"
#include "process.h"
#include "prototypes.h"

static fake_agent_t agent;

static const char ptx[] = ".version 7.0\n.target sm_50\n.address_size 64\n.visible .entry k(){ ret; }\n";

static CUcontext start(void) {
    CUcontext context = NULL;
    fake_agent_start(&agent);
    CHECK(cuInit(0) == CUDA_SUCCESS);
    CHECK(cuDevicePrimaryCtxRetain(&context, 0) == CUDA_SUCCESS);
    CHECK(cuCtxSetCurrent(context) == CUDA_SUCCESS);
    return context;
}

static CUfunction load(void) {
    CUmodule module = NULL;
    CUfunction function = NULL;
    CHECK(cuModuleLoadData(&module, ptx) == CUDA_SUCCESS);
    CHECK(cuModuleGetFunction(&function, module, "k") == CUDA_SUCCESS);
    return function;
}

static CUresult launch(CUfunction function) {
    uint64_t one = 0x1111;
    uint32_t two = 0x2222;
    uint64_t three = 0x3333;
    void *parameters[] = {&one, &two, &three};
    return cuLaunchKernel(function, 3, 1, 1, 64, 1, 1, 0, NULL, parameters, NULL);
}

/* ---- programs ---- */

static void no_agent(void) {
    (void)unsetenv("PENSTOCK_SOCKET");
    int count = 0;
    CHECK(cuDeviceGetCount(&count) == CUDA_ERROR_NOT_INITIALIZED);
    CHECK(cuInit(1) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuInit(0) == CUDA_ERROR_NO_DEVICE);
    CHECK(cuDeviceGetCount(&count) == CUDA_ERROR_NOT_INITIALIZED);
    CUcontext context = NULL;
    CHECK(cuCtxGetCurrent(&context) == CUDA_ERROR_NOT_INITIALIZED);
    CHECK(cuMemFree_v2(0) == CUDA_ERROR_NOT_INITIALIZED);
}

static void refused(void) {
    agent.refuse = true;
    fake_agent_start(&agent);
    CHECK(cuInit(0) == CUDA_ERROR_OUT_OF_MEMORY);
    CHECK(cuInit(0) == CUDA_ERROR_OUT_OF_MEMORY);
    fake_agent_stop(&agent);
}

static void devices(void) {
    (void)setenv("CUDA_TEST_VARIABLE", "seen", 1);
    (void)start();
    int count = 0;
    int value = 0;
    char name[256];
    size_t bytes = 0;
    char bus[16];
    CUdevice device = -1;
    CHECK(cuDeviceGetCount(&count) == CUDA_SUCCESS && count == 1);
    CHECK(cuDeviceGet(&device, 0) == CUDA_SUCCESS && device == 0);
    CHECK(cuDeviceGet(&device, 1) == CUDA_ERROR_INVALID_DEVICE);
    CHECK(cuDeviceGetName(name, sizeof name, 0) == CUDA_SUCCESS && strstr(name, "Fake") != NULL);
    CHECK(cuDeviceTotalMem_v2(&bytes, 0) == CUDA_SUCCESS && bytes == FAKE_MEMORY_BYTES);
    CHECK(cuDeviceGetAttribute(&value, 75, 0) == CUDA_SUCCESS && value == 8);
    CHECK(cuDeviceGetAttribute(&value, 148, 0) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuDeviceGetPCIBusId(bus, sizeof bus, 0) == CUDA_SUCCESS && strcmp(bus, "0000:02:00.0") == 0);
    CHECK(cuDeviceGetByPCIBusId(&device, "00000000:02:00.0") == CUDA_SUCCESS && device == 0);
    CHECK(strncmp(agent.first_variable, "CUDA_", 5) == 0 || strncmp(agent.first_variable, "PENSTOCK_", 9) == 0);
    CHECK(cuDriverGetVersion(&value) == CUDA_SUCCESS && value == 13000);
}

static void contexts(void) {
    CUcontext primary = start();
    CUcontext second = NULL;
    CUcontext seen = NULL;
    unsigned int flags = 1;
    int active = 0;
    CUdevice device = -1;
    CHECK(cuDevicePrimaryCtxGetState(0, &flags, &active) == CUDA_SUCCESS && flags == 0 && active == 1);
    CHECK(cuCtxCreate_v2(&second, 0, 0) == CUDA_SUCCESS && second != primary);
    CHECK(cuCtxGetCurrent(&seen) == CUDA_SUCCESS && seen == second);
    CHECK(cuCtxPushCurrent_v2(primary) == CUDA_SUCCESS);
    CHECK(cuCtxSetCurrent(NULL) == CUDA_SUCCESS);
    CHECK(cuCtxGetCurrent(&seen) == CUDA_SUCCESS && seen == second);
    CHECK(cuCtxPushCurrent_v2(NULL) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuCtxPushCurrent_v2((CUcontext)&seen) == CUDA_ERROR_INVALID_CONTEXT);
    CHECK(cuCtxDestroy_v2(second) == CUDA_SUCCESS);
    CHECK(cuCtxGetCurrent(&seen) == CUDA_SUCCESS && seen == primary);
    CHECK(cuCtxDestroy_v2(second) == CUDA_ERROR_INVALID_CONTEXT);
    CHECK(cuCtxGetDevice_v2(&device, second) == CUDA_ERROR_INVALID_CONTEXT);
    CHECK(cuCtxGetDevice_v2(&device, (CUcontext)&seen) == CUDA_SUCCESS && device == 0);
    CHECK(cuCtxSynchronize_v2(second) == CUDA_ERROR_INVALID_CONTEXT);
    CHECK(cuCtxSynchronize_v2((CUcontext)&seen) == CUDA_SUCCESS);
    CUevent event = NULL;
    CHECK(cuEventCreate(&event, 0) == CUDA_SUCCESS);
    CHECK(cuCtxGetDevice_v2(&device, (CUcontext)event) == CUDA_SUCCESS && device == 0);
    CHECK(cuEventDestroy_v2(event) == CUDA_SUCCESS);
    CHECK(cuCtxGetDevice_v2(&device, (CUcontext)event) == CUDA_SUCCESS && device == 0);
    CHECK(cuDevicePrimaryCtxRelease_v2(0) == CUDA_SUCCESS);
    CHECK(cuDevicePrimaryCtxRelease_v2(0) == CUDA_ERROR_INVALID_CONTEXT);
    CUdeviceptr pointer = 0;
    CHECK(cuCtxGetDevice(&device) == CUDA_SUCCESS && device == 0);
    CHECK(cuStreamCreate((CUstream *)&seen, 0) == CUDA_ERROR_CONTEXT_IS_DESTROYED);
    CHECK(cuCtxPopCurrent_v2(&seen) == CUDA_SUCCESS && seen == primary);
    CHECK(cuCtxPopCurrent_v2(&seen) == CUDA_ERROR_INVALID_CONTEXT);
    CHECK(cuCtxGetDevice(&device) == CUDA_ERROR_INVALID_CONTEXT);
    CHECK(cuMemFree_v2(0) == CUDA_SUCCESS);
    (void)pointer;
}

static void copies_of(size_t bytes) {
    unsigned char *out = malloc(bytes);
    unsigned char *back = calloc(1, bytes);
    CUdeviceptr pointer = 0;
    CHECK(out != NULL && back != NULL);
    for (size_t i = 0; i < bytes; i++) {
        out[i] = (unsigned char)(i * 31 + i / 251);
    }
    CHECK(cuMemAlloc_v2(&pointer, bytes) == CUDA_SUCCESS);
    CHECK(cuMemcpyHtoD_v2(pointer, out, bytes) == CUDA_SUCCESS);
    CHECK(cuMemcpyDtoH_v2(back, pointer, bytes) == CUDA_SUCCESS);
    CHECK(memcmp(out, back, bytes) == 0);
    void *pinned = NULL;
    CHECK(cuMemHostAlloc(&pinned, bytes, 0) == CUDA_SUCCESS);
    CHECK(cuMemcpyDtoHAsync_v2(pinned, pointer, bytes, NULL) == CUDA_SUCCESS);
    CHECK(cuStreamSynchronize(NULL) == CUDA_SUCCESS);
    CHECK(memcmp(out, pinned, bytes) == 0);
    /* read again at once: the copy down must be waited for before its target is sent up */
    memset(pinned, 0, bytes);
    CHECK(cuMemcpyDtoHAsync_v2(pinned, pointer, bytes, NULL) == CUDA_SUCCESS);
    CHECK(cuMemcpyHtoDAsync_v2(pointer, pinned, bytes, NULL) == CUDA_SUCCESS);
    memset(back, 0, bytes);
    CHECK(cuMemcpy((CUdeviceptr)(uintptr_t)back, pointer, bytes) == CUDA_SUCCESS);
    CHECK(memcmp(out, back, bytes) == 0);
    CHECK(cuMemFreeHost(pinned) == CUDA_SUCCESS);
    CHECK(cuMemFree_v2(pointer + 1) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemFree_v2(pointer) == CUDA_SUCCESS);
    CHECK(cuMemFree_v2(pointer) == CUDA_ERROR_INVALID_VALUE);
    free(out);
    free(back);
}

static void copies(void) {
    (void)start();
    const size_t sizes[] = {1, 7, 4096, 65536, 65537, 300001, 1500000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        copies_of(sizes[i]);
    }
    CUdeviceptr pointer = 0;
    CHECK(cuMemAlloc_v2(&pointer, 0) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemAlloc_v2(&pointer, (size_t)1 << 40) == CUDA_ERROR_OUT_OF_MEMORY);
}

static void launches(void) {
    (void)start();
    CUfunction function = load();
    int value = 0;
    CHECK(cuFuncGetAttribute(&value, 0, function) == CUDA_SUCCESS && value == 1024);
    CHECK(launch(function) == CUDA_SUCCESS);
    CHECK(cuCtxSynchronize() == CUDA_SUCCESS);
    CHECK(agent.launches == 1 && agent.last_launch_bytes == 64 + 24);
    uint64_t parameters[3];
    memcpy(parameters, agent.last_launch + 64, sizeof parameters);
    CHECK(parameters[0] == 0x1111 && parameters[1] == 0x2222 && parameters[2] == 0x3333);
    unsigned char packed[24] = {9};
    size_t bytes = sizeof packed;
    void *extra[] = {(void *)1, packed, (void *)2, &bytes, NULL};
    CHECK(cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, NULL, NULL, extra) == CUDA_SUCCESS);
    bytes = 25;
    CHECK(cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, NULL, NULL, extra) == CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES);
    void *none[3] = {packed, packed, packed};
    CHECK(cuLaunchKernel(NULL, 1, 1, 1, 1, 1, 1, 0, NULL, none, NULL) == CUDA_ERROR_INVALID_HANDLE);
    CHECK(cuLaunchKernel(function, 0, 1, 1, 1, 1, 1, 0, NULL, none, NULL) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuLaunchKernel(function, 1, 1, 1, 2048, 1, 1, 0, NULL, none, NULL) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuLaunchKernel(function, 1, 1, 1, 64, 64, 1, 0, NULL, none, NULL) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuLaunchKernel(function, 1, 65536, 1, 1, 1, 1, 0, NULL, none, NULL) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 49153, NULL, none, NULL) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, NULL, NULL, NULL) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, (CUstream)&bytes, none, NULL) == CUDA_ERROR_INVALID_HANDLE);
    CHECK(cuCtxSetCurrent(NULL) == CUDA_SUCCESS);
    CHECK(launch(function) == CUDA_ERROR_INVALID_CONTEXT);
}

static void failed_once(void) {
    (void)start();
    CUfunction function = load();
    agent.fail_number = CALL_cuLaunchKernel;
    agent.fail_result = CUDA_ERROR_INVALID_IMAGE;
    CHECK(launch(function) == CUDA_SUCCESS);
    CUdeviceptr pointer = 0;
    CHECK(cuMemAlloc_v2(&pointer, 64) == CUDA_SUCCESS); /* an answer with something in it is not thrown away */
    CHECK(cuCtxSynchronize() == CUDA_ERROR_INVALID_IMAGE);
    CHECK(cuCtxSynchronize() == CUDA_SUCCESS);
}

static void *other_thread(void *context) {
    CHECK(cuCtxSetCurrent(context) == CUDA_SUCCESS);
    return (void *)(uintptr_t)cuCtxSynchronize();
}

static void failed_for_its_thread(void) {
    CUcontext context = start();
    CUfunction function = load();
    agent.fail_number = CALL_cuLaunchKernel;
    agent.fail_result = CUDA_ERROR_INVALID_IMAGE;
    CHECK(launch(function) == CUDA_SUCCESS);
    pthread_t thread;
    void *result = NULL;
    CHECK(pthread_create(&thread, NULL, other_thread, context) == 0);
    CHECK(pthread_join(thread, &result) == 0 && (CUresult)(uintptr_t)result == CUDA_SUCCESS);
    CHECK(cuCtxSynchronize() == CUDA_ERROR_INVALID_IMAGE);
}

static void sticky(void) {
    CUcontext context = start();
    CUfunction function = load();
    CUcontext seen = NULL;
    CUdeviceptr pointer = 0;
    agent.fail_number = CALL_cuLaunchKernel;
    agent.fail_result = CUDA_ERROR_ILLEGAL_ADDRESS;
    agent.fail_sticky = true;
    CHECK(launch(function) == CUDA_SUCCESS);
    (void)cuCtxSynchronize();
    CHECK(cuCtxSynchronize() == CUDA_ERROR_ILLEGAL_ADDRESS);
    CHECK(cuMemAlloc_v2(&pointer, 64) == CUDA_ERROR_ILLEGAL_ADDRESS);
    CHECK(launch(function) == CUDA_ERROR_ILLEGAL_ADDRESS);
    CHECK(cuCtxGetCurrent(&seen) == CUDA_SUCCESS && seen == context);
}

/* A context that a kernel has ruined is left for another; what names it says why it cannot be used. */
static void sticky_in_one_context(void) {
    CUcontext primary = start();
    CUfunction function = load();
    CUcontext second = NULL;
    CUcontext third = NULL;
    CUdeviceptr pointer = 0;
    CHECK(cuCtxCreate_v2(&second, 0, 0) == CUDA_SUCCESS);
    agent.fail_number = CALL_cuLaunchKernel;
    agent.fail_result = CUDA_ERROR_ILLEGAL_ADDRESS;
    agent.fail_sticky = true;
    CHECK(launch(function) == CUDA_SUCCESS);
    (void)cuCtxSynchronize();
    CHECK(cuMemAlloc_v2(&pointer, 64) == CUDA_ERROR_ILLEGAL_ADDRESS);
    agent.fail_number = 0;
    CHECK(cuDevicePrimaryCtxRetain(&third, 0) == CUDA_SUCCESS && third == primary);
    CHECK(cuCtxCreate_v2(&third, 0, 0) == CUDA_SUCCESS);
    CHECK(cuMemAlloc_v2(&pointer, 64) == CUDA_SUCCESS && launch(function) == CUDA_SUCCESS);
    CHECK(cuCtxPopCurrent_v2(NULL) == CUDA_SUCCESS);
    CHECK(launch(function) == CUDA_ERROR_ILLEGAL_ADDRESS);
    CHECK(cuCtxDestroy_v2(second) == CUDA_SUCCESS);
    CHECK(cuCtxSetCurrent(primary) == CUDA_SUCCESS);
    CHECK(launch(function) == CUDA_SUCCESS && cuCtxSynchronize() == CUDA_SUCCESS);
}

/* The sticky error of a primary context outlives its reset, as on an H100. */
static void sticky_primary(void) {
    CUcontext context = start();
    CUfunction function = load();
    agent.fail_number = CALL_cuLaunchKernel;
    agent.fail_result = CUDA_ERROR_ILLEGAL_ADDRESS;
    agent.fail_sticky = true;
    CHECK(launch(function) == CUDA_SUCCESS);
    (void)cuCtxSynchronize();
    agent.fail_number = 0;
    CHECK(cuCtxSetCurrent(NULL) == CUDA_SUCCESS);
    CHECK(cuDevicePrimaryCtxReset_v2(0) == CUDA_SUCCESS);
    CHECK(cuDevicePrimaryCtxRetain(&context, 0) == CUDA_ERROR_ILLEGAL_ADDRESS);
}

static void posted_calls_wait(void) {
    (void)setenv("PENSTOCK_SYNC", "1", 1);
    (void)start();
    CUfunction function = load();
    CHECK(launch(function) == CUDA_SUCCESS && agent.launches == 1);
    agent.fail_number = CALL_cuLaunchKernel;
    agent.fail_result = CUDA_ERROR_INVALID_IMAGE;
    CHECK(launch(function) == CUDA_ERROR_INVALID_IMAGE);
}

static void counted(void) {
    (void)setenv("PENSTOCK_CHECK", "1", 1);
    (void)start();
    CUfunction function = load();
    for (int i = 0; i < 10; i++) {
        CHECK(launch(function) == CUDA_SUCCESS);
    }
    CHECK(cuCtxSynchronize() == CUDA_SUCCESS);
    CHECK(cuCtxSynchronize() == CUDA_SUCCESS);
    agent.launches--; /* one launch silently does nothing */
    (void)cuCtxSynchronize();
    CHECK(cuCtxSynchronize() == CUDA_ERROR_UNKNOWN);
}

static void agent_dies(void) {
    (void)start();
    CUfunction function = load();
    agent.die_at = CALL_cuCtxSynchronize;
    CHECK(cuCtxSynchronize() == CUDA_ERROR_DEVICE_UNAVAILABLE);
    CHECK(launch(function) == CUDA_ERROR_DEVICE_UNAVAILABLE);
    CUdeviceptr pointer = 0;
    CHECK(cuMemAlloc_v2(&pointer, 64) == CUDA_ERROR_DEVICE_UNAVAILABLE);
    int count = 0;
    CHECK(cuDeviceGetCount(&count) == CUDA_SUCCESS && count == 1);
}

static void *wait_in_thread(void *context) {
    CHECK(cuCtxSetCurrent(context) == CUDA_SUCCESS);
    for (int i = 0; i < 300; i++) {
        CHECK(cuStreamSynchronize(NULL) == CUDA_SUCCESS);
    }
    return NULL;
}

static void *post_in_thread(void *argument) {
    void **both = argument;
    CHECK(cuCtxSetCurrent(both[0]) == CUDA_SUCCESS);
    for (int i = 0; i < 20000; i++) {
        CHECK(launch(both[1]) == CUDA_SUCCESS);
    }
    return NULL;
}

static void several_threads(void) {
    CUcontext context = start();
    void *both[2] = {context, load()};
    pthread_t threads[6];
    for (int i = 0; i < 6; i++) {
        CHECK(pthread_create(&threads[i], NULL, i % 2 == 0 ? wait_in_thread : post_in_thread,
                             i % 2 == 0 ? (void *)context : (void *)both)
              == 0);
    }
    for (int i = 0; i < 6; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    CHECK(cuCtxSynchronize() == CUDA_SUCCESS);
    CHECK(agent.launches == 60000 && !agent.out_of_order);
}

static void *stop_stalling(void *unused) {
    (void)unused;
    (void)usleep(200000);
    __atomic_store_n(&agent.stalled, false, __ATOMIC_RELEASE);
    return NULL;
}

/* More than the up ring holds, while the agent takes nothing: the program waits and nothing is lost or reordered. */
static void ring_full(void) {
    (void)start();
    CUfunction function = load();
    pthread_t thread;
    __atomic_store_n(&agent.stalled, true, __ATOMIC_RELEASE);
    CHECK(pthread_create(&thread, NULL, stop_stalling, NULL) == 0);
    enum { LAUNCHES = 200000 };
    for (int i = 0; i < LAUNCHES; i++) {
        CHECK(launch(function) == CUDA_SUCCESS);
    }
    CHECK(cuCtxSynchronize() == CUDA_SUCCESS);
    CHECK(agent.launches == LAUNCHES && !agent.out_of_order);
    CHECK(pthread_join(thread, NULL) == 0);
}

static void forked(void) {
    CUcontext context = start();
    CUfunction function = load();
    pid_t child = fork();
    if (child == 0) {
        int version = 0;
        CUcontext seen = NULL;
        CHECK(cuInit(0) == CUDA_ERROR_NOT_INITIALIZED);
        CHECK(cuDriverGetVersion(&version) == CUDA_SUCCESS && version == 13000);
        CHECK(cuCtxGetCurrent(&seen) == CUDA_ERROR_NOT_INITIALIZED);
        CHECK(launch(function) == CUDA_ERROR_NOT_INITIALIZED);
        CHECK(cuCtxSynchronize() == CUDA_ERROR_NOT_INITIALIZED);
        exit(0); /* exit handlers run and must send nothing */
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(cuCtxSetCurrent(context) == CUDA_SUCCESS);
    CHECK(launch(function) == CUDA_SUCCESS);
    CHECK(cuCtxSynchronize() == CUDA_SUCCESS);
    CHECK(agent.goodbyes == 0 && !agent.out_of_order);
}

static CUfunction late_function;

static void late_calls(void) {
    CUcontext seen = NULL;
    CHECK(launch(late_function) == CUDA_ERROR_DEINITIALIZED);
    CHECK(cuCtxGetCurrent(&seen) == CUDA_ERROR_DEINITIALIZED);
    CHECK(cuCtxSynchronize() == CUDA_ERROR_DEINITIALIZED);
    (void)usleep(20000);
    CHECK(agent.goodbyes == 1 && agent.at_goodbye == CUDA_ERROR_DEINITIALIZED);
}

static void exits(void) {
    (void)atexit(late_calls); /* registered before cuInit, so it runs after the shim's own */
    (void)start();
    late_function = load();
    CHECK(launch(late_function) == CUDA_SUCCESS);
}

static void launch_cost(void) {
    (void)start();
    CUfunction function = load();
    double best = 1e9;
    for (int round = 0; round < 20; round++) {
        struct timespec from;
        struct timespec to;
        enum { BURST = 2000 };
        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
        for (int i = 0; i < BURST; i++) {
            (void)launch(function);
        }
        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
        double each = ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / BURST;
        best = each < best ? each : best;
        CHECK(cuCtxSynchronize() == CUDA_SUCCESS);
    }
    (void)printf("a posted launch costs its thread %.0f ns\n", best);
#ifndef __SANITIZE_ADDRESS__
#ifndef __SANITIZE_THREAD__
    CHECK(best < 1000);
#endif
#endif
}

PROGRAM(no_agent)
PROGRAM(refused)
PROGRAM(devices)
PROGRAM(contexts)
PROGRAM(copies)
PROGRAM(launches)
PROGRAM(failed_once)
PROGRAM(failed_for_its_thread)
PROGRAM(sticky)
PROGRAM(sticky_in_one_context)
PROGRAM(sticky_primary)
PROGRAM(posted_calls_wait)
PROGRAM(counted)
PROGRAM(agent_dies)
PROGRAM(several_threads)
PROGRAM(ring_full)
PROGRAM(forked)
PROGRAM(exits)
PROGRAM(launch_cost)

int main(void) {
    const struct CMUnitTest tests[] = {
        {"without an agent there is no device", test_no_agent, NULL, NULL, NULL},
        {"a refusal is cuInit's answer", test_refused, NULL, NULL, NULL},
        {"devices are answered from the snapshot", test_devices, NULL, NULL, NULL},
        {"contexts stack as the driver's do", test_contexts, NULL, NULL, NULL},
        {"copies of every size arrive whole", test_copies, NULL, NULL, NULL},
        {"launches are packed, and validated as the driver validates", test_launches, NULL, NULL, NULL},
        {"a failed posted call is heard of once", test_failed_once, NULL, NULL, NULL},
        {"a failure is heard by the thread that posted", test_failed_for_its_thread, NULL, NULL, NULL},
        {"a sticky error is what every call returns", test_sticky, NULL, NULL, NULL},
        {"a sticky error ends its own context only", test_sticky_in_one_context, NULL, NULL, NULL},
        {"a sticky error outlives a reset of the primary context", test_sticky_primary, NULL, NULL, NULL},
        {"PENSTOCK_SYNC makes posted calls wait", test_posted_calls_wait, NULL, NULL, NULL},
        {"a lost launch is noticed in a checked run", test_counted, NULL, NULL, NULL},
        {"the agent's death is an error and no hang", test_agent_dies, NULL, NULL, NULL},
        {"threads post and wait side by side in one order", test_several_threads, NULL, NULL, NULL},
        {"a full ring loses and reorders nothing", test_ring_full, NULL, NULL, NULL},
        {"a forked child has no CUDA and disturbs nobody", test_forked, NULL, NULL, NULL},
        {"calls after exit has begun answer 4", test_exits, NULL, NULL, NULL},
        {"a posted launch costs less than a microsecond", test_launch_cost, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name("programs", tests, NULL, NULL);
}
