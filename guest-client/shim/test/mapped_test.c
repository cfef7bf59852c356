/* Pinned memory that the GPU uses by its address: when it is mapped, which bytes travel which way, what is refused. */
#define _GNU_SOURCE
#include "program.h"

#include <sys/mman.h>

#include "calls.h"
#include "changes.h"
#include "fake_agent.h"
#include "limits.h"
#include "prototypes.h"

static fake_agent_t agent;

static void start(void) {
    CUcontext context = NULL;
    fake_agent_start(&agent);
    CHECK(cuInit(0) == CUDA_SUCCESS);
    CHECK(cuDevicePrimaryCtxRetain(&context, 0) == CUDA_SUCCESS);
    CHECK(cuCtxSetCurrent(context) == CUDA_SUCCESS);
}

static CUdeviceptr address(const volatile void *pointer) {
    return (CUdeviceptr)(uintptr_t)pointer;
}

static unsigned char *pinned(size_t bytes) {
    void *memory = NULL;
    CHECK(cuMemHostAlloc(&memory, bytes, CU_MEMHOSTALLOC_PORTABLE) == CUDA_SUCCESS);
    return memory;
}

static uint32_t mappings(void) {
    return agent.calls[CALL_cuMemHostRegister_v2];
}

static bool equal_on_server(const unsigned char *memory, size_t bytes) {
    CHECK(cuCtxSynchronize() == CUDA_SUCCESS);
    const unsigned char *twin = fake_mapped_twin(&agent, memory);
    return twin != NULL && memcmp(twin, memory, bytes) == 0;
}

static CUfunction function(void) {
    CUmodule module = NULL;
    CUfunction found = NULL;
    CHECK(cuModuleLoadData(&module, ".version 7.0\n.target sm_50\n.address_size 64\n.visible .entry k(){ ret; }\n")
          == CUDA_SUCCESS);
    CHECK(cuModuleGetFunction(&found, module, "k") == CUDA_SUCCESS);
    return found;
}

static CUresult launch(CUfunction kernel, uint64_t first, uint64_t third) {
    uint32_t second = 0;
    void *parameters[] = {&first, &second, &third};
    return cuLaunchKernel(kernel, 1, 1, 1, 1, 1, 1, 0, NULL, parameters, NULL);
}

static void mapped_when_named(void) {
    start();
    CUdeviceptr found = 0;
    CUfunction kernel = function();
    unsigned char *memory[6];
    for (int i = 0; i < 6; i++) {
        memory[i] = pinned(100);
        memory[i][50] = (unsigned char)(i + 1);
    }
    CHECK(launch(kernel, 0x1234, 0x5678) == CUDA_SUCCESS && mappings() == 0);
    CHECK(cuMemHostGetDevicePointer_v2(&found, memory[0] + 8, 0) == CUDA_SUCCESS && found == address(memory[0] + 8));
    CHECK(cuMemsetD8Async(address(memory[1]), 0, 8, NULL) == CUDA_SUCCESS);
    CHECK(launch(kernel, 7, address(memory[2] + 99)) == CUDA_SUCCESS);
    CHECK(cuMemcpyDtoHAsync_v2(memory[0], address(memory[3]), 8, NULL) == CUDA_SUCCESS);
    CHECK(cuStreamWriteValue32_v2(NULL, address(memory[4]), 1, 0) == CUDA_SUCCESS);
    CHECK(mappings() == 5);
    for (int i = 0; i < 5; i++) {
        CHECK(equal_on_server(memory[i], 100));
        CHECK(launch(kernel, address(memory[i]), 0) == CUDA_SUCCESS && mappings() == 5);
    }
    CHECK(fake_mapped_twin(&agent, memory[5]) == NULL);
    size_t bytes = 16;
    uint64_t packed[2] = {0, address(memory[5])};
    void *extra[] = {(void *)1, packed, (void *)2, &bytes, NULL};
    CHECK(cuLaunchKernel(kernel, 1, 1, 1, 1, 1, 1, 0, NULL, NULL, extra) == CUDA_SUCCESS && mappings() == 6);
}

static void changed_bytes_alone_go_up(void) {
    enum { BYTES = 100000 };
    start();
    CUdeviceptr found = 0;
    unsigned char *memory = pinned(BYTES);
    memset(memory, 1, BYTES);
    CHECK(cuMemHostGetDevicePointer_v2(&found, memory, 0) == CUDA_SUCCESS);
    CHECK(equal_on_server(memory, BYTES) && agent.mapped_bytes == BYTES);
    memory[3] = 4;
    memory[5] = 6;
    memory[BYTES - 1] = 9;
    CHECK(launch(function(), 0, 0) == CUDA_SUCCESS); /* names nothing: the address may lie in the GPU's memory */
    CHECK(equal_on_server(memory, BYTES) && agent.mapped_bytes == BYTES + 3);
    for (int i = 0; i < BYTES; i += 40) {
        memory[i]++;
    }
    CHECK(equal_on_server(memory, BYTES) && agent.mapped_bytes == BYTES + 3 + BYTES / 40);
}

static void both_write_at_once(void) {
    start();
    CUdeviceptr found = 0;
    unsigned char *memory = pinned(64);
    CHECK(cuMemHostGetDevicePointer_v2(&found, memory, 0) == CUDA_SUCCESS);
    memory[7] = 7;
    memory[12] = 12;
    agent.write[0].address = address(memory + 8);
    agent.write[0].value = 0x04030201;
    agent.writes = 1;
    CHECK(cuStreamSynchronize(NULL) == CUDA_SUCCESS);
    CHECK(memory[7] == 7 && memory[12] == 12);
    CHECK(memory[8] == 1 && memory[9] == 2 && memory[10] == 3 && memory[11] == 4);
    uint64_t sent = agent.mapped_bytes;
    CHECK(equal_on_server(memory, 64) && agent.mapped_bytes == sent); /* what came does not go back */
}

static void the_end_of_a_block(void) {
    start();
    CUdeviceptr found = 0;
    unsigned char *memory = pinned(64);
    CHECK(cuMemHostGetDevicePointer_v2(&found, memory, 0) == CUDA_SUCCESS);
    CHECK(cuMemFreeHost(memory) == CUDA_SUCCESS);
    CHECK(agent.calls[CALL_cuCtxSynchronize] == 1 && cuCtxSynchronize() == CUDA_SUCCESS);
    CHECK(agent.calls[CALL_cuMemHostUnregister] == 1 && fake_mapped_twin(&agent, memory) == NULL);
    CHECK(cuMemFreeHost(pinned(64)) == CUDA_SUCCESS && agent.calls[CALL_cuMemHostUnregister] == 1);
    unsigned char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (uint32_t i = 0; i < 20; i++) { /* the same address, with the last contents each time */
        CHECK(cuMemHostRegister_v2(pages + 100, 5000, 0) == CUDA_SUCCESS);
        CHECK(cuMemHostGetDevicePointer_v2(&found, pages + 100, 0) == CUDA_SUCCESS && equal_on_server(pages + 100, 5000));
        agent.write[0].address = address(pages + 200);
        agent.write[0].value = i;
        agent.writes = 1;
        CHECK(cuMemHostUnregister(pages + 100) == CUDA_SUCCESS && pages[200] == i);
    }
}

static void a_late_word_for_a_block_that_ended(void) {
    start();
    CUdeviceptr found = 0;
    unsigned char *memory = pinned(64);
    CHECK(cuMemHostGetDevicePointer_v2(&found, memory, 0) == CUDA_SUCCESS);
    CHECK(cuMemFreeHost(memory) == CUDA_SUCCESS);
    agent.write[0].address = address(memory);
    agent.writes = 1;
    CHECK(cuCtxSynchronize() == CUDA_SUCCESS);
}

static void asks_for_too_much(void) {
    start();
    CUdeviceptr found = 0;
    CUfunction kernel = function();
    unsigned char *large = pinned(MAPPED_BLOCK_BYTES_MAX + 1);
    unsigned char *most[MAPPED_BYTES_MAX / MAPPED_BLOCK_BYTES_MAX];
    for (int i = 0; i < 2; i++) {
        CHECK(cuMemHostGetDevicePointer_v2(&found, large, 0) == CUDA_ERROR_NOT_SUPPORTED);
        CHECK(launch(kernel, 0, address(large)) == CUDA_ERROR_NOT_SUPPORTED && agent.launches == 0);
    }
    agent.map_result = CUDA_ERROR_ALREADY_MAPPED;
    unsigned char *taken = pinned(8);
    CHECK(cuMemsetD8_v2(address(taken), 0, 8) == CUDA_ERROR_NOT_SUPPORTED);
    agent.map_result = 0;
    for (size_t i = 0; i < sizeof most / sizeof *most; i++) {
        most[i] = pinned(MAPPED_BLOCK_BYTES_MAX);
        CHECK(cuMemHostGetDevicePointer_v2(&found, most[i], 0) == CUDA_SUCCESS);
    }
    CHECK(cuMemsetD32Async(address(taken), 0, 2, NULL) == CUDA_ERROR_NOT_SUPPORTED);
    CHECK(cuMemFreeHost(most[0]) == CUDA_SUCCESS);
    CHECK(cuMemsetD32Async(address(taken), 0, 2, NULL) == CUDA_SUCCESS);
}

static void what_is_too_much_is_told_by_call_program_and_limit(void **state) {
    (void)state;
    static const char *const expected[] = {
        "penstock: mapped_test: cuMemHostGetDevicePointer_v2 is not supported (result 801): The GPU reaches pinned memory of at "
        "most 1048576 bytes a block and 4194304 in all; this block has 1048577.",
        "penstock: mapped_test: cuLaunchKernel is not supported (result 801): The GPU reaches pinned memory of at most 1048576",
        "penstock: mapped_test: cuMemsetD8_v2 is not supported (result 801): The GPU would use pinned memory by an address that "
        "the server's process uses itself.",
        "penstock: mapped_test: cuMemsetD32Async is not supported (result 801): The GPU reaches pinned memory of at most",
    };
    char heard[4096];
    listen_to(asks_for_too_much, heard, sizeof heard);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_int_equal(times(heard, expected[i]), 1);
    }
}

static void malformed_changes(void **state) {
    (void)state;
    uint64_t body[6] = {0x1000, 8, 1, 0xff, 0, 0};
    uint32_t position = 0;
    change_t change;
    assert_true(changes_next((unsigned char *)body, 32, &position, &change));
    assert_int_equal(position, 32);
    assert_false(changes_next((unsigned char *)body, 32, &position, &change));
    const uint64_t lengths[] = {9, 17, 1 << 20, UINT64_MAX, UINT64_MAX - 7};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        position = 0;
        body[1] = lengths[i];
        assert_false(changes_next((unsigned char *)body, 32, &position, &change));
        assert_int_equal(position, 0);
    }
}

PROGRAM(mapped_when_named)
PROGRAM(changed_bytes_alone_go_up)
PROGRAM(both_write_at_once)
PROGRAM(the_end_of_a_block)
PROGRAM(a_late_word_for_a_block_that_ended)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mapped_when_named),
        cmocka_unit_test(test_changed_bytes_alone_go_up),
        cmocka_unit_test(test_both_write_at_once),
        cmocka_unit_test(test_the_end_of_a_block),
        cmocka_unit_test(test_a_late_word_for_a_block_that_ended),
        cmocka_unit_test(what_is_too_much_is_told_by_call_program_and_limit),
        cmocka_unit_test(malformed_changes),
    };
    return cmocka_run_group_tests_name("mapped", tests, NULL, NULL);
}
