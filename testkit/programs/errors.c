/*
 * Wrong calls, and the code that each returns. Prints lines "CALL → CODE" that can be compared between drivers, and ends
 * with 1 where a code is not the one that CUDA documents or real drivers were seen to return.
 *
 * A fault in a kernel ends its context for good, so each such case is a process of its own: this program, run again with
 * the name of the group as its argument.
 */
#include "stream_driver.h"

#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OK = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NOT_INITIALIZED = 3, INVALID_DEVICE = 101, INVALID_IMAGE = 200,
       INVALID_CONTEXT = 201, INVALID_PTX = 218, UNSUPPORTED_PTX = 222, INVALID_HANDLE = 400, NOT_FOUND = 500,
       ILLEGAL_ADDRESS = 700, OUT_OF_RESOURCES = 701, DEVICE_ASSERT = 710, ALREADY_REGISTERED = 712,
       MISALIGNED = 716, CONTEXT_IS_DESTROYED = 709, LAUNCH_FAILED = 719, UNSUPPORTED_IN_CAPTURE = 900,
       CAPTURE_INVALIDATED = 901,
       ANY = -1 /* no document says; the lines of two drivers can still be compared */ };

static const char kernels[] =
    ".version 7.0\n.target sm_70\n.address_size 64\n"
    ".global .align 1 .b8 message[12] = {110, 101, 118, 101, 114, 32, 119, 114, 111, 110, 103, 0};\n" /* "never wrong" */
    ".global .align 1 .b8 file[9] = {101, 114, 114, 111, 114, 115, 46, 99, 0};\n"                     /* "errors.c" */
    ".extern .func __assertfail(.param .b64 a, .param .b64 b, .param .b32 c, .param .b64 d, .param .b64 e);\n"
    ".visible .entry store(.param .u64 p) {\n"
    "  .reg .b64 %d; ld.param.u64 %d, [p]; st.global.u32 [%d], 1; ret;\n"
    "}\n"
    ".visible .entry stop() { trap; }\n"
    ".visible .entry insist() {\n"
    "  .reg .b64 %d<3>;\n"
    "  mov.u64 %d0, message; cvta.global.u64 %d0, %d0; mov.u64 %d1, file; cvta.global.u64 %d1, %d1;\n"
    "  { .param .b64 a; .param .b64 b; .param .b32 c; .param .b64 d; .param .b64 e;\n"
    "    st.param.b64 [a], %d0; st.param.b64 [b], %d1; st.param.b32 [c], 7; st.param.b64 [d], %d1; st.param.b64 [e], 1;\n"
    "    call.uni __assertfail, (a, b, c, d, e); }\n"
    "  ret;\n"
    "}\n";

static CUcontext context;
static CUmodule module;
static CUfunction store;
static CUdeviceptr number;
static int wrong;

/* One line; `expected` may be ANY. */
static CUresult tell(const char *call, int expected, CUresult got)
{
    const char *name = NULL;

    if (cu.error_name(got, &name) != 0 || name == NULL)
        name = "an error without a name";
    printf("%s → %d %s", call, got, name);
    if (expected != ANY && got != expected) {
        printf("   WRONG, it should be %d", expected);
        wrong++;
    }
    printf("\n");
    return got;
}

/* For calls that a driver may report at the next wait: the code of whichever comes first. */
static void tell_settled(const char *call, int expected, CUresult got)
{
    CUresult later = cu.context_synchronize();

    tell(call, expected, got != OK ? got : later);
}

static CUresult start(CUfunction function, unsigned grid, unsigned block, unsigned shared, CUdeviceptr address)
{
    void *parameters[] = {&address};

    return cu.launch(function, grid, 1, 1, block, 1, 1, shared, NULL, parameters, NULL);
}

static CUfunction function(const char *name)
{
    CUfunction found;

    CHECK(cu.module_function(&found, module, name));
    return found;
}

static void open_device(void)
{
    CHECK(cu.init(0));
    CHECK(cu.context_retain(&context, 0));
    CHECK(cu.context_set(context));
    CHECK(cu.module_load(&module, kernels));
    store = function("store");
    CHECK(cu.mem_alloc(&number, 4));
}

/* The context still works: a kernel's result arrives. */
static void tell_healthy(const char *after)
{
    unsigned value = 0;
    CUresult result = cu.to_device(number, &value, sizeof value);

    if (result == OK)
        result = start(store, 1, 1, 0, number);
    if (result == OK)
        result = cu.to_host(&value, number, sizeof value);
    printf("after %s ", after);
    tell("a kernel runs", OK, result == OK && value != 1 ? 999 : result);
}

static void too_early(void)
{
    int count;
    CUcontext current;
    CUdeviceptr address;
    CUdevice device;
    CUstream stream;

    tell("cuDeviceGetCount before cuInit", NOT_INITIALIZED, cu.device_count(&count));
    tell("cuCtxGetCurrent before cuInit", NOT_INITIALIZED, st.context_current(&current));
    tell("cuInit with flags", INVALID_VALUE, cu.init(1));
    CHECK(cu.init(0));
    tell("cuInit again", OK, cu.init(0));
    tell("cuDeviceGet of device 99", INVALID_DEVICE, cu.device_get(&device, 99));
    tell("cuDeviceGet of device -1", INVALID_DEVICE, cu.device_get(&device, -1));
    tell("cuMemAlloc without a context", INVALID_CONTEXT, cu.mem_alloc(&address, 16));
    tell("cuStreamCreate without a context", INVALID_CONTEXT, st.create(&stream, 0));
    tell("cuModuleLoadData without a context", INVALID_CONTEXT, cu.module_load(&module, kernels));
    tell("cuCtxSynchronize without a context", INVALID_CONTEXT, cu.context_synchronize());
    tell("cuCtxPopCurrent without a context", INVALID_CONTEXT, st.context_pop(&current));
    tell("cuCtxPushCurrent of no context", INVALID_VALUE, st.context_push(NULL));
    tell("cuMemFree of 0 without a context", OK, cu.mem_free(0));
}

static void launches(void)
{
    char buffer[64] = {0};
    size_t bytes = sizeof buffer;
    void *extra[] = {(void *)1, buffer, (void *)2, &bytes, NULL};

    tell("cuLaunchKernel with a grid of 0 blocks", INVALID_VALUE, start(store, 0, 1, 0, number));
    tell("cuLaunchKernel with blocks of 0 threads", INVALID_VALUE, start(store, 1, 0, 0, number));
    tell("cuLaunchKernel with blocks of 2,048 threads", INVALID_VALUE, start(store, 1, 2048, 0, number));
    tell("cuLaunchKernel with 1 MiB of shared memory", INVALID_VALUE, start(store, 1, 1, 1 << 20, number));
    tell("cuLaunchKernel with 64 KiB of shared memory, unasked", INVALID_VALUE, start(store, 1, 1, 64 << 10, number));
    tell("cuLaunchKernel with a grid 70,000 blocks high", INVALID_VALUE,
         cu.launch(store, 1, 70000, 1, 1, 1, 1, 0, NULL, (void *[]){&number}, NULL));
    tell("cuLaunchKernel without the kernel's parameters", INVALID_VALUE,
         cu.launch(store, 1, 1, 1, 1, 1, 1, 0, NULL, NULL, NULL));
    tell("cuLaunchKernel with more parameter bytes than the kernel has", OUT_OF_RESOURCES,
         cu.launch(store, 1, 1, 1, 1, 1, 1, 0, NULL, NULL, extra));
    tell("cuLaunchKernel of no function", INVALID_HANDLE, start(NULL, 1, 1, 0, number));
    tell("cuFuncSetAttribute of 1 MiB of shared memory", INVALID_VALUE, st.function_set_attribute(store, 8, 1 << 20));
    tell_healthy("wrong launches");
}

static void memory(void)
{
    static char host[4096];
    CUdeviceptr address, base, freed;
    size_t bytes;
    int attribute;

    CHECK(cu.mem_alloc(&address, 1 << 20));
    CHECK(cu.mem_alloc(&freed, 1 << 20));
    tell("cuMemAlloc of 0 bytes", INVALID_VALUE, cu.mem_alloc(&base, 0));
    tell("cuMemAlloc to nowhere", INVALID_VALUE, cu.mem_alloc(NULL, 16));
    tell("cuMemAlloc of a pebibyte", OUT_OF_MEMORY, cu.mem_alloc(&base, (size_t)1 << 50));
    tell("cuMemFree", OK, cu.mem_free(freed));
    tell_settled("cuMemFree a second time", INVALID_VALUE, cu.mem_free(freed));
    tell_settled("cuMemFree of an address inside a block", INVALID_VALUE, cu.mem_free(address + 256));
    tell_settled("cuMemFree of host memory", INVALID_VALUE, cu.mem_free((CUdeviceptr)(uintptr_t)host));
    tell("cuMemcpyDtoH from nowhere", INVALID_VALUE, cu.to_host(host, 16, 4));
    tell("cuMemcpyDtoH past the end of a block", INVALID_VALUE, cu.to_host(host, address + (1 << 20) - 4, 8));
    tell_settled("cuMemcpyHtoD to nowhere", INVALID_VALUE, cu.to_device(16, host, 4));
    tell_settled("cuMemcpyHtoD past the end of a block", INVALID_VALUE, cu.to_device(address + (1 << 20) - 4, host, 8));
    tell_settled("cuMemsetD8 past the end of a block", INVALID_VALUE, cu.memset8(address + (1 << 20) - 4, 0, 8));
    tell("cuMemGetAddressRange of host memory", NOT_FOUND, st.address_range(&base, &bytes, (CUdeviceptr)(uintptr_t)host));
    tell("cuPointerGetAttribute of host memory", INVALID_VALUE, st.pointer_attribute(&attribute, 2, (CUdeviceptr)(uintptr_t)host));
    tell("cuMemFreeHost of memory that is not the driver's", INVALID_VALUE, st.host_free(host));
    tell("cuMemHostRegister", OK, st.host_register(host, sizeof host, 0));
    tell("cuMemHostRegister a second time", ALREADY_REGISTERED, st.host_register(host, sizeof host, 0));
    tell("cuMemHostUnregister", OK, st.host_unregister(host));
    tell_healthy("wrong addresses");
}

static void modules(void)
{
    static const unsigned char garbage[256] = {1, 2, 3, 4, 5, 6, 7, 8};
    CUmodule loaded;
    CUfunction found;
    CUdeviceptr address;
    size_t bytes;

    tell("cuModuleLoadData of garbage", INVALID_IMAGE, cu.module_load(&loaded, garbage));
    tell("cuModuleLoadData of PTX that does not compile", INVALID_PTX,
         cu.module_load(&loaded, ".version 7.0\n.target sm_70\n.address_size 64\n.visible .entry k() { nonsense; }\n"));
    tell("cuModuleLoadData of PTX from the future", UNSUPPORTED_PTX,
         cu.module_load(&loaded, ".version 99.0\n.target sm_70\n.address_size 64\n.visible .entry k() { ret; }\n"));
    tell("cuModuleLoadData of nothing", INVALID_VALUE, cu.module_load(&loaded, NULL));
    tell("cuModuleGetFunction of a missing kernel", NOT_FOUND, cu.module_function(&found, module, "missing"));
    tell("cuModuleGetGlobal of a missing variable", NOT_FOUND, st.module_global(&address, &bytes, module, "missing"));
    tell("cuModuleGetFunction without a name", INVALID_VALUE, cu.module_function(&found, module, NULL));
    tell_healthy("wrong modules");
}

static void streams(void)
{
    CUstream stream;
    CUevent event, untimed, other, refused;
    CUdeviceptr address;
    CUgraph graph;
    float milliseconds;

    CHECK(st.create(&stream, STREAM_NON_BLOCKING));
    CHECK(st.event_create(&event, 0));
    CHECK(st.event_create(&other, 0));
    CHECK(st.event_create(&untimed, EVENT_DISABLE_TIMING));
    tell("cuStreamCreate with flags 0x80", INVALID_VALUE, st.create(&stream, 0x80));
    tell("cuEventCreate to nowhere", INVALID_VALUE, st.event_create(NULL, 0));
    tell_settled("cuEventCreate with flags 0x100", INVALID_VALUE, st.event_create(&refused, 0x100));
    tell("cuEventQuery of an event never recorded", OK, st.event_query(event));
    tell("cuEventSynchronize of an event never recorded", OK, st.event_synchronize(event));
    tell("cuEventElapsedTime of events never recorded", INVALID_HANDLE, st.event_elapsed(&milliseconds, event, other));
    CHECK(st.event_record(untimed, stream));
    CHECK(cu.stream_synchronize(stream));
    tell("cuEventElapsedTime of an event without timing", INVALID_HANDLE, st.event_elapsed(&milliseconds, untimed, untimed));
    tell_settled("cuEventRecord of no event", INVALID_HANDLE, st.event_record(NULL, stream));
    tell_settled("cuStreamWaitEvent for no event", INVALID_HANDLE, st.wait_event(stream, NULL, 0));
    tell("cuStreamEndCapture without a capture", ANY, st.end_capture(stream, &graph));
    CHECK(st.begin_capture(stream, 0));
    tell("cuMemAlloc during a global capture", UNSUPPORTED_IN_CAPTURE, cu.mem_alloc(&address, 16));
    tell("cuStreamQuery of a capturing stream", UNSUPPORTED_IN_CAPTURE, st.query(stream));
    tell("cuStreamEndCapture after that", CAPTURE_INVALIDATED, st.end_capture(stream, &graph));
    tell_healthy("wrong streams");
}

static void contexts(void)
{
    CUcontext second, popped;
    CUstream first_stream, second_stream;
    CUevent first_event;
    CUdeviceptr address;

    CHECK(st.create(&first_stream, 0));
    CHECK(st.event_create(&first_event, 0));
    CHECK(st.context_create(&second, 0, 0));
    CHECK(st.create(&second_stream, 0));
    tell_settled("cuEventRecord of one context's event in the other's stream", INVALID_HANDLE,
                 st.event_record(first_event, second_stream));
    tell_settled("cuLaunchKernel of one context's function in the other's stream", INVALID_HANDLE,
                 cu.launch(store, 1, 1, 1, 1, 1, 1, 0, second_stream, (void *[]){&number}, NULL));
    CHECK(cu.context_set(context));
    tell("cuCtxDestroy of the second context", OK, st.context_destroy(second));
    tell_healthy("a second context's end");
    tell("cuDevicePrimaryCtxRelease", OK, cu.context_release(0));
    tell("cuMemAlloc in a context that was released", CONTEXT_IS_DESTROYED, cu.mem_alloc(&address, 16));
    tell("cuDevicePrimaryCtxRelease once too often", INVALID_CONTEXT, cu.context_release(0));
    tell("cuCtxPopCurrent", OK, st.context_pop(&popped));
}

static void forked(void)
{
    int count, status;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        tell("cuDeviceGetCount in a child forked after cuInit", NOT_INITIALIZED, cu.device_count(&count));
        tell("cuInit in a child forked after cuInit", NOT_INITIALIZED, cu.init(0));
        fflush(stdout);
        _exit(wrong != 0);
    }
    waitpid(child, &status, 0);
    wrong += status != 0;
    tell_healthy("a fork");
}

/* All that leaves a program able to go on. */
static void harmless(void)
{
    too_early();
    open_device();
    launches();
    memory();
    modules();
    streams();
    forked();
    contexts();
}

/* Every call of the context says the same from here on; what asks about threads and devices does not. */
static void tell_sticky(int code)
{
    CUcontext current;
    CUdevice device;
    CUdeviceptr address;
    CUstream stream;
    CUevent event;
    size_t free_bytes, total_bytes;
    char host[4];

    tell("cuCtxSynchronize", code, cu.context_synchronize());
    tell("cuCtxSynchronize again", code, cu.context_synchronize());
    tell("cuLaunchKernel", code, start(store, 1, 1, 0, number));
    tell("cuMemAlloc", code, cu.mem_alloc(&address, 16));
    tell("cuMemFree", code, cu.mem_free(number));
    tell("cuMemcpyDtoH", code, cu.to_host(host, number, 4));
    tell("cuMemGetInfo", code, st.mem_info(&free_bytes, &total_bytes));
    tell("cuStreamCreate", code, st.create(&stream, 0));
    tell("cuStreamSynchronize of the null stream", code, cu.stream_synchronize(NULL));
    tell("cuEventCreate", code, st.event_create(&event, 0));
    tell("cuModuleUnload", code, cu.module_unload(module));
    tell("cuCtxGetCurrent", OK, st.context_current(&current));
    tell("cuCtxGetDevice", OK, st.context_device(&device));
    tell("cuDevicePrimaryCtxReset", OK, st.primary_reset(0));
    tell("cuDevicePrimaryCtxRetain after the reset", code, cu.context_retain(&current, 0));
}

static void wild_address(void)
{
    open_device();
    tell("cuLaunchKernel of a store to address 64", OK, start(store, 1, 1, 0, 64));
    tell_sticky(ILLEGAL_ADDRESS);
}

static void unaligned_address(void)
{
    open_device();
    tell("cuLaunchKernel of a store of 4 bytes to an odd address", OK, start(store, 1, 1, 0, number + 1));
    tell_sticky(MISALIGNED);
}

static void used_after_free(void)
{
    CUdeviceptr block;

    open_device();
    CHECK(cu.mem_alloc(&block, (size_t)64 << 20));
    CHECK(cu.mem_free(block));
    CHECK(cu.context_synchronize());
    tell("cuLaunchKernel of a store to freed memory", OK, start(store, 1, 1, 0, block));
    tell_sticky(ILLEGAL_ADDRESS);
}

static void trapped(void)
{
    open_device();
    tell("cuLaunchKernel of a trap", OK, cu.launch(function("stop"), 1, 1, 1, 1, 1, 1, 0, NULL, NULL, NULL));
    tell_sticky(LAUNCH_FAILED);
}

static void asserted(void)
{
    open_device();
    tell("cuLaunchKernel of a failing assertion", OK, cu.launch(function("insist"), 1, 1, 1, 1, 1, 1, 0, NULL, NULL, NULL));
    tell_sticky(DEVICE_ASSERT);
}

/* What nobody defines: handles that are none. They are compared, not judged, and may end the process. */
static void foreign(void)
{
    static char nothing[4096];
    void *handle = nothing;

    open_device();
    tell("undefined: cuStreamSynchronize of no stream", ANY, cu.stream_synchronize(handle));
    fflush(stdout);
    tell("undefined: cuEventSynchronize of no event", ANY, st.event_synchronize(handle));
    fflush(stdout);
    tell("undefined: cuLaunchKernel of no function", ANY, start(handle, 1, 1, 0, number));
}

/* What a thread has made can be ended by it when it has no context any more; new things cannot be made. */
static void no_context(void)
{
    CUdeviceptr address, more;
    CUstream stream;
    CUevent event;

    open_device();
    tell("cuMemAlloc", OK, cu.mem_alloc(&address, 16));
    tell("cuStreamCreate", OK, st.create(&stream, 0));
    tell("cuEventCreate", OK, st.event_create(&event, 0));
    tell("cuCtxSetCurrent to none", OK, cu.context_set(NULL));
    tell("cuMemAlloc without a context", INVALID_CONTEXT, cu.mem_alloc(&more, 16));
    tell("cuMemFree without a context", OK, cu.mem_free(address));
    tell("cuEventDestroy without a context", OK, st.event_destroy(event));
    tell("cuStreamDestroy without a context", OK, st.destroy(stream));
    tell("cuModuleUnload without a context", OK, cu.module_unload(module));
    tell("cuDevicePrimaryCtxRelease", OK, cu.context_release(0));
    tell("cuDevicePrimaryCtxReset of one that nobody retains", OK, st.primary_reset(0));
}

/* A primary context that ends takes everything along; the next one of the device begins as the first one did. */
static void contexts_in_turn(void)
{
    static char bytes[1 << 20];
    CUcontext primary;
    CUdeviceptr address;
    int round;

    open_device();
    for (round = 0; round < 4; round++) {
        memset(bytes, round + 1, sizeof bytes);
        tell("cuMemAlloc in this life of the context", OK, cu.mem_alloc(&address, sizeof bytes));
        tell("cuMemcpyHtoD", OK, cu.to_device(address, bytes, sizeof bytes));
        memset(bytes, 0, sizeof bytes);
        tell("cuMemcpyDtoH of a mebibyte", OK, cu.to_host(bytes, address, sizeof bytes));
        tell("which came whole", OK, bytes[0] == round + 1 && bytes[sizeof bytes - 1] == round + 1 ? OK : 999);
        tell("cuMemcpyDtoH of four bytes", OK, cu.to_host(bytes, address, 4));
        if (round % 2 == 0) {
            tell("cuDevicePrimaryCtxReset", OK, st.primary_reset(0));
        } else {
            tell("cuDevicePrimaryCtxRelease", OK, cu.context_release(0));
            tell("cuCtxSetCurrent to none", OK, cu.context_set(NULL));
            tell("cuDevicePrimaryCtxReset of one that has ended", OK, st.primary_reset(0));
        }
        tell("cuDevicePrimaryCtxRetain again", OK, cu.context_retain(&primary, 0));
        tell("cuCtxSetCurrent", OK, cu.context_set(primary));
    }
}

/* What becomes of the other contexts of the process no document says; the lines of two drivers are compared. */
static void another_context(void)
{
    CUcontext second;
    CUdeviceptr address;

    open_device();
    CHECK(st.context_create(&second, 0, 0));
    CHECK(cu.module_load(&module, kernels));
    store = function("store");
    tell("cuLaunchKernel of a store to address 64 in a second context", OK, start(store, 1, 1, 0, 64));
    tell("cuCtxSynchronize there", ILLEGAL_ADDRESS, cu.context_synchronize());
    tell("cuMemAlloc there", ILLEGAL_ADDRESS, cu.mem_alloc(&address, 16));
    tell("cuCtxSetCurrent to the first one", OK, cu.context_set(context));
    tell("cuCtxSynchronize in the first one", ANY, cu.context_synchronize());
    tell("cuMemAlloc in the first one", ANY, cu.mem_alloc(&address, 16));
    tell("cuCtxDestroy of the second one", ANY, st.context_destroy(second));
    tell("cuCtxSynchronize in the first one afterwards", ANY, cu.context_synchronize());
}

static const struct group {
    const char *name;
    void (*run)(void);
} groups[] = {
    {"harmless calls", harmless},
    {"no context", no_context},
    {"contexts in turn", contexts_in_turn},
    {"a wild address", wild_address},
    {"an unaligned address", unaligned_address},
    {"use after free", used_after_free},
    {"a trap", trapped},
    {"an assertion", asserted},
    {"a wild address in a second context", another_context},
    {"foreign handles", foreign},
};

static int run_group(const char *name)
{
    size_t i;

    load_driver();
    load_stream_driver();
    for (i = 0; i < sizeof groups / sizeof groups[0]; i++)
        if (strcmp(groups[i].name, name) == 0)
            groups[i].run();
    return wrong != 0;
}

/* The group in a process of its own; answers whether it found what it expected. */
static int run_apart(const char *program, const struct group *group)
{
    pid_t child;
    int status;

    printf("-- %s\n", group->name);
    fflush(stdout);
    child = fork();
    if (child == 0) {
        execl(program, program, group->name, (char *)NULL);
        _exit(127);
    }
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        printf("undefined: ended by signal %d\n", WTERMSIG(status));
    return status == 0 || group->run == foreign;
}

int main(int count, char **arguments)
{
    size_t failed = 0, i;

    if (count > 1)
        return run_group(arguments[1]);
    for (i = 0; i < sizeof groups / sizeof groups[0]; i++)
        failed += !run_apart("/proc/self/exe", &groups[i]);
    printf("%zu of %zu groups as documented\n", i - failed, i);
    return failed == 0 ? 0 : 1;
}
