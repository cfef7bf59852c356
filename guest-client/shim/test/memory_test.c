/* What the shim answers of memory by itself, and what it refuses: codes and values as driver 580 on an H100 has them. */
#define _GNU_SOURCE
#include "program.h"

#include <sys/mman.h>

#include "calls.h"
#include "fake_agent.h"
#include "limits.h"
#include "prototypes.h"

enum { SIZE = 1000, UNTOUCHED = 0x55 };

static fake_agent_t agent;

static CUcontext start(void) {
    CUcontext context = NULL;
    fake_agent_start(&agent);
    CHECK(cuInit(0) == CUDA_SUCCESS);
    CHECK(cuDevicePrimaryCtxRetain(&context, 0) == CUDA_SUCCESS);
    CHECK(cuCtxSetCurrent(context) == CUDA_SUCCESS);
    return context;
}

static CUdeviceptr device_memory(void) {
    CUdeviceptr pointer = 0;
    CHECK(cuMemAlloc_v2(&pointer, SIZE) == CUDA_SUCCESS);
    return pointer;
}

static CUdeviceptr address(const void *pointer) {
    return (CUdeviceptr)(uintptr_t)pointer;
}

static void *pages(size_t count) {
    void *memory = mmap(NULL, count * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    return memory;
}

/* ---- pointer attributes ---- */

static CUresult one(CUdeviceptr pointer, int attribute, uint64_t *value) {
    *value = UNTOUCHED;
    return cuPointerGetAttribute(value, (CUpointer_attribute)attribute, pointer);
}

static CUresult in_plural(CUdeviceptr pointer, int attribute, uint64_t *value) {
    CUpointer_attribute attributes[] = {(CUpointer_attribute)attribute};
    void *data[] = {value};
    *value = UNTOUCHED;
    return cuPointerGetAttributes(1, attributes, data, pointer);
}

static void expect(CUdeviceptr pointer, int attribute, uint64_t expected) {
    uint64_t value = 0;
    CHECK(one(pointer, attribute, &value) == CUDA_SUCCESS && value == expected);
    CHECK(in_plural(pointer, attribute, &value) == CUDA_SUCCESS && value == expected);
}

static void attributes_of_known_pointers(void) {
    CUcontext context = start();
    CUdeviceptr device = device_memory();
    void *host = NULL;
    CHECK(cuMemHostAlloc(&host, SIZE, 0) == CUDA_SUCCESS);
    const struct {
        CUdeviceptr base;
        uint64_t type;
        uint64_t sync_memops;
    } pointers[] = {{device, CU_MEMORYTYPE_DEVICE, 1}, {address(host), CU_MEMORYTYPE_HOST, 0}};
    for (int i = 0; i < 2; i++) {
        CUdeviceptr inside = pointers[i].base + SIZE - 1;
        expect(inside, CU_POINTER_ATTRIBUTE_CONTEXT, (uintptr_t)context);
        expect(inside, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, pointers[i].type);
        expect(inside, CU_POINTER_ATTRIBUTE_DEVICE_POINTER, inside);
        expect(inside, CU_POINTER_ATTRIBUTE_SYNC_MEMOPS, pointers[i].sync_memops);
        expect(inside, CU_POINTER_ATTRIBUTE_IS_MANAGED, 0);
        expect(inside, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, 0);
        expect(inside, CU_POINTER_ATTRIBUTE_RANGE_START_ADDR, pointers[i].base);
        expect(inside, CU_POINTER_ATTRIBUTE_RANGE_SIZE, SIZE);
        expect(inside, CU_POINTER_ATTRIBUTE_MAPPED, 1);
        expect(inside, CU_POINTER_ATTRIBUTE_ACCESS_FLAGS, 3);
    }
    uint64_t value = 0;
    expect(address(host) + 1, CU_POINTER_ATTRIBUTE_HOST_POINTER, address(host) + 1);
    CHECK(one(device, CU_POINTER_ATTRIBUTE_HOST_POINTER, &value) == CUDA_ERROR_INVALID_VALUE && value == UNTOUCHED);
    CHECK(in_plural(device, CU_POINTER_ATTRIBUTE_HOST_POINTER, &value) == CUDA_SUCCESS && value == 0);
    CHECK(cuCtxSetCurrent(NULL) == CUDA_SUCCESS); /* no context is needed */
    expect(device, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, CU_MEMORYTYPE_DEVICE);
}

static void attributes_of_unknown_pointers(void) {
    (void)start();
    CUdeviceptr end = device_memory() + SIZE;
    char local = 0;
    const CUdeviceptr pointers[] = {address(&local), 0, end};
    for (int i = 0; i < 3; i++) {
        for (int attribute = 0; attribute < 24; attribute++) {
            uint64_t value = 0;
            CHECK(one(pointers[i], attribute, &value) == CUDA_ERROR_INVALID_VALUE && value == UNTOUCHED);
            bool taken = attribute >= 1 && attribute <= 21 && attribute != CU_POINTER_ATTRIBUTE_P2P_TOKENS;
            bool left = !taken || attribute == CU_POINTER_ATTRIBUTE_RANGE_START_ADDR
                        || attribute == CU_POINTER_ATTRIBUTE_RANGE_SIZE;
            uint64_t expected = left                                             ? UNTOUCHED
                                : attribute == CU_POINTER_ATTRIBUTE_HOST_POINTER ? pointers[i]
                                : attribute == CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL ? (uint32_t)-2
                                                                                   : 0;
            CHECK(in_plural(pointers[i], attribute, &value) == (taken ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE));
            CHECK(value == expected);
        }
    }
}

static void the_plural_form_stops_where_it_must(void) {
    (void)start();
    CUdeviceptr device = device_memory();
    CUpointer_attribute attributes[] = {CU_POINTER_ATTRIBUTE_MEMORY_TYPE, CU_POINTER_ATTRIBUTE_P2P_TOKENS,
                                        CU_POINTER_ATTRIBUTE_DEVICE_POINTER};
    uint64_t values[] = {0, UNTOUCHED, UNTOUCHED};
    void *data[] = {&values[0], &values[1], &values[2]};
    CHECK(cuPointerGetAttributes(3, attributes, data, device) == CUDA_ERROR_INVALID_VALUE);
    CHECK(values[0] == CU_MEMORYTYPE_DEVICE && values[1] == UNTOUCHED && values[2] == UNTOUCHED);
    data[0] = NULL;
    CHECK(cuPointerGetAttributes(1, attributes, data, device) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuPointerGetAttributes(0, attributes, data, device) == CUDA_ERROR_INVALID_VALUE);
}

static void ranges(void) {
    (void)start();
    CUdeviceptr device = device_memory();
    void *host = NULL;
    CUdeviceptr base = 0;
    size_t size = 0;
    CHECK(cuMemHostAlloc(&host, SIZE, 0) == CUDA_SUCCESS);
    CHECK(cuMemGetAddressRange_v2(&base, &size, device + 10) == CUDA_SUCCESS && base == device && size == SIZE);
    CHECK(cuMemGetAddressRange_v2(&base, &size, address(host) + 10) == CUDA_SUCCESS && base == address(host));
    CHECK(cuMemGetAddressRange_v2(&base, &size, address(&base)) == CUDA_ERROR_NOT_FOUND);
    CHECK(cuMemGetAddressRange_v2(&base, &size, 0) == CUDA_ERROR_NOT_FOUND);
    CHECK(cuCtxSetCurrent(NULL) == CUDA_SUCCESS);
    CHECK(cuMemGetAddressRange_v2(&base, &size, device) == CUDA_ERROR_INVALID_CONTEXT);
}

/* ---- pinned memory ---- */

static unsigned int flags_of(const void *pointer) {
    unsigned int flags = 0;
    CHECK(cuMemHostGetFlags(&flags, (void *)(uintptr_t)pointer) == CUDA_SUCCESS);
    return flags;
}

static void allocating(void) {
    static const unsigned int asked[] = {0, 1, 4, 7};
    static const unsigned int answered[] = {2, 2, 6, 6};
    (void)start();
    void *host = &agent;
    for (int i = 0; i < 4; i++) {
        CHECK(cuMemHostAlloc(&host, 64, asked[i]) == CUDA_SUCCESS && flags_of(host) == answered[i]);
    }
    CHECK(cuMemFreeHost((char *)host + 8) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemHostUnregister(host) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemFreeHost(host) == CUDA_SUCCESS && cuMemFreeHost(NULL) == CUDA_SUCCESS);
    CHECK(cuMemFreeHost(host) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemHostAlloc(&host, 64, 8) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemHostAlloc(NULL, 64, 0) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemHostAlloc(&host, 0, 0) == CUDA_SUCCESS && host == NULL);
    CHECK(cuCtxSetCurrent(NULL) == CUDA_SUCCESS);
    CHECK(cuMemHostAlloc(&host, 64, 0) == CUDA_ERROR_INVALID_CONTEXT);
}

/* What is known to be wrong is answered at the call, as by the driver, and not at the next wait. */
static void reaching_past_the_end(void) {
    static unsigned char host[2048];
    (void)start();
    CUdeviceptr block = device_memory(); /* up to 1,024 the server says what it thinks of it */
    CUdeviceptr other = device_memory();
    CHECK(cuMemcpyHtoD_v2(block, host, 1025) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemcpyHtoDAsync_v2(block + 999, host, 26, NULL) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemcpyDtoHAsync_v2(host, block, 1025, NULL) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemcpyDtoD_v2(other, block, 1025) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemcpyDtoDAsync_v2(block, other + 24, 1001, NULL) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemsetD8_v2(block + 999, 0, 26) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemsetD16Async(block, 0, 513, NULL) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemsetD32_v2(block, 0, 257) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemsetD32_v2(block, 0, SIZE_MAX / 4 + 2) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemcpyHtoD_v2(block, host, SIZE) == CUDA_SUCCESS);
    CHECK(cuMemsetD32_v2(block, 0, SIZE / 4) == CUDA_SUCCESS);
    CHECK(cuCtxSynchronize() == CUDA_SUCCESS);
}

static void registering(void) {
    static const unsigned int asked[] = {0, 1, 2, 8, 11};
    static const unsigned int answered[] = {2, 3, 2, 2, 3};
    (void)start();
    char *memory = pages(8);
    unsigned int flags = 0;
    for (int i = 0; i < 5; i++) {
        char *page = memory + i * 4096;
        CHECK(cuMemHostRegister_v2(page, 100, asked[i]) == CUDA_SUCCESS && flags_of(page) == answered[i]);
        CHECK(cuMemHostGetFlags(&flags, page + 200) == CUDA_ERROR_INVALID_VALUE);
    }
    CHECK(cuMemHostRegister_v2(memory, 100, 0) == CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED);
    CHECK(cuMemHostRegister_v2(memory + 50, 8192, 0) == CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED);
    CHECK(cuMemHostUnregister(memory + 8) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemHostUnregister(memory + 6 * 4096) == CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED);
    CHECK(cuMemHostUnregister(NULL) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemFreeHost(memory) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemHostUnregister(memory) == CUDA_SUCCESS);
    char *hole = memory + 6 * 4096;
    CHECK(munmap(hole, 4096) == 0);
    CHECK(cuMemHostRegister_v2(hole - 10, 100, 0) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemHostRegister_v2(memory, 0, 0) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemHostRegister_v2(memory, SIZE_MAX, 0) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemHostRegister_v2(NULL, 100, 0) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemHostRegister_v2(memory, 100, 16) == CUDA_ERROR_INVALID_VALUE);
}

static void device_addresses_of_host_memory(void) {
    (void)start();
    CUdeviceptr found = 0;
    void *host = NULL;
    char local = 0;
    CHECK(cuMemHostAlloc(&host, SIZE, CU_MEMHOSTALLOC_DEVICEMAP) == CUDA_SUCCESS);
    CHECK(cuMemHostGetDevicePointer_v2(&found, host, 0) == CUDA_SUCCESS && found == address(host));
    CHECK(cuMemHostGetDevicePointer_v2(&found, host, 1) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemHostGetDevicePointer_v2(NULL, host, 0) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemHostGetDevicePointer_v2(&found, &local, 0) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuMemHostGetDevicePointer_v2(&found, NULL, 0) == CUDA_ERROR_INVALID_VALUE);
    CHECK(cuCtxSetCurrent(NULL) == CUDA_SUCCESS);
    CHECK(cuMemHostGetDevicePointer_v2(&found, host, 0) == CUDA_ERROR_INVALID_CONTEXT);
}

/* ---- refusals ---- */

static void asks_for_what_is_refused(void) {
    (void)start();
    CUdeviceptr found = 0;
    size_t size = 0;
    void *host = NULL;
    CHECK(cuMemHostAlloc(&host, MAPPED_BLOCK_BYTES_MAX + 1, 0) == CUDA_SUCCESS);
    agent.unsupported = CALL_cuCtxSynchronize;
    for (int i = 0; i < 2; i++) {
        CHECK(cuMemHostGetDevicePointer_v2(&found, host, 0) == CUDA_ERROR_NOT_SUPPORTED);
        CHECK(cuMemAllocManaged(&found, SIZE, 1) == CUDA_ERROR_NOT_SUPPORTED);
        CHECK(cuLibraryGetManaged(&found, &size, NULL, "variable") == CUDA_ERROR_NOT_SUPPORTED);
        CHECK(cuMemHostRegister_v2(&found, 8, CU_MEMHOSTREGISTER_IOMEMORY) == CUDA_ERROR_NOT_SUPPORTED);
        CHECK(cuCtxSynchronize() == CUDA_ERROR_NOT_SUPPORTED); /* here it is the server that refuses */
    }
}

static void a_refusal_is_told_once_by_call_and_program(void **state) {
    (void)state;
    static const char *const calls[] = {"cuMemHostGetDevicePointer_v2", "cuMemAllocManaged", "cuLibraryGetManaged",
                                        "cuMemHostRegister_v2", "cuCtxSynchronize"};
    char heard[4096];
    listen_to(asks_for_what_is_refused, heard, sizeof heard);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        char expected[128];
        (void)snprintf(expected, sizeof expected, "penstock: memory_test: %s is not supported (result 801): ", calls[i]);
        assert_int_equal(times(heard, expected), 1);
    }
    assert_int_equal(times(heard, "See docs/supported-calls.md.\n"), 5);
}

PROGRAM(attributes_of_known_pointers)
PROGRAM(attributes_of_unknown_pointers)
PROGRAM(the_plural_form_stops_where_it_must)
PROGRAM(ranges)
PROGRAM(allocating)
PROGRAM(reaching_past_the_end)
PROGRAM(registering)
PROGRAM(device_addresses_of_host_memory)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attributes_of_known_pointers),
        cmocka_unit_test(test_attributes_of_unknown_pointers),
        cmocka_unit_test(test_the_plural_form_stops_where_it_must),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_allocating),
        cmocka_unit_test(test_reaching_past_the_end),
        cmocka_unit_test(test_registering),
        cmocka_unit_test(test_device_addresses_of_host_memory),
        cmocka_unit_test(a_refusal_is_told_once_by_call_and_program),
    };
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
