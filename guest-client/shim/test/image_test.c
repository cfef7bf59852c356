/* How module images travel: by their name where the server may have them, in the call itself where they are small. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "fake_agent.h"
#include "image_digest.h"
#include "prototypes.h"

enum { LARGE = 300000 };

static const char ptx[] = ".version 7.0\n.target sm_50\n.address_size 64\n.visible .entry k(){ ret; }\n";

static fake_agent_t agent;

/* A process has one session in its life: these tests share it. */
static int start(void **state) {
    (void)state;
    CUcontext context = NULL;
    fake_agent_start(&agent);
    return cuInit(0) != CUDA_SUCCESS || cuDevicePrimaryCtxRetain(&context, 0) != CUDA_SUCCESS
           || cuCtxSetCurrent(context) != CUDA_SUCCESS;
}

/* PTX made large by blanks, ended by a comment of its own. */
static char *large_image(const char *comment) {
    char *image = malloc(LARGE + 1);
    assert_non_null(image);
    memset(image, ' ', LARGE);
    memcpy(image, ptx, sizeof ptx - 1);
    memcpy(image + LARGE - strlen(comment), comment, strlen(comment) + 1);
    return image;
}

/* What loading an image costs. */
static CUresult load(const char *image, uint32_t *calls, uint64_t *bytes) {
    CUmodule module = NULL;
    uint32_t calls_before = agent.calls[CALL_cuModuleLoadData % FAKE_CALLS_MAX];
    uint64_t bytes_before = agent.image_bytes;
    CUresult result = cuModuleLoadData(&module, image);
    *calls = agent.calls[CALL_cuModuleLoadData % FAKE_CALLS_MAX] - calls_before;
    *bytes = agent.image_bytes - bytes_before;
    return result;
}

static void a_small_image_travels_at_once(void **state) {
    (void)state;
    uint32_t calls;
    uint64_t bytes;
    uint64_t hashed = image_digests_computed();
    for (int i = 0; i < 2; i++) {
        assert_int_equal(load(ptx, &calls, &bytes), CUDA_SUCCESS);
        assert_int_equal(calls, 1);
        assert_int_equal(bytes, sizeof ptx);
    }
    assert_int_equal(image_digests_computed(), hashed);
}

static void a_large_image_travels_once(void **state) {
    (void)state;
    uint32_t calls;
    uint64_t bytes;
    char *image = large_image("// one");
    assert_int_equal(load(image, &calls, &bytes), CUDA_SUCCESS);
    assert_int_equal(calls, 2);
    assert_int_equal(bytes, LARGE + 1);
    assert_int_equal(load(image, &calls, &bytes), CUDA_SUCCESS);
    assert_int_equal(calls, 1);
    assert_int_equal(bytes, 0);
    free(image);
}

static void another_image_at_the_same_place_is_another_image(void **state) {
    (void)state;
    uint32_t calls;
    uint64_t bytes;
    char *image = large_image("// two");
    assert_int_equal(load(image, &calls, &bytes), CUDA_SUCCESS);
    memcpy(image + LARGE - 3, "six", 3);
    assert_int_equal(load(image, &calls, &bytes), CUDA_SUCCESS);
    assert_int_equal(bytes, LARGE + 1);
    free(image);
}

static void an_image_that_the_driver_refuses_is_not_sent_again(void **state) {
    (void)state;
    uint32_t calls;
    uint64_t bytes;
    char *image = large_image("// bad");
    assert_int_equal(load(image, &calls, &bytes), CUDA_SUCCESS);
    agent.image_result = CUDA_ERROR_INVALID_PTX;
    assert_int_equal(load(image, &calls, &bytes), CUDA_ERROR_INVALID_PTX);
    assert_int_equal(calls, 1);
    assert_int_equal(bytes, 0);
    char text[16] = "untouched";
    CUjit_option options[2] = {(CUjit_option)5, (CUjit_option)6}; /* the error log and its room */
    void *values[2] = {text, (void *)sizeof text};
    CUmodule module = NULL;
    assert_int_equal(cuModuleLoadDataEx(&module, image, 2, options, values), CUDA_ERROR_INVALID_PTX);
    assert_string_equal(text, ""); /* the log of a load by name reaches the program, here an empty one */
    agent.image_result = CUDA_SUCCESS;
    free(image);
}

/* The program's buffers are named once, when the link begins, and hold at each call what the log is by then. */
static void logs_of_a_link_reach_the_program_at_every_call(void **state) {
    (void)state;
    char info[16] = "untouched";
    char error[16] = "untouched";
    CUjit_option options[] = {CU_JIT_INFO_LOG_BUFFER, CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES, CU_JIT_ERROR_LOG_BUFFER,
                              CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
    void *values[] = {info, (void *)sizeof info, error, (void *)sizeof error};
    CUlinkState link = NULL;
    void *image = NULL;
    size_t bytes = 0;
    assert_int_equal(cuLinkCreate_v2(4, options, values, &link), CUDA_SUCCESS);
    assert_int_equal(cuLinkAddData_v2(link, CU_JIT_INPUT_PTX, (void *)(uintptr_t)ptx, sizeof ptx, "k", 0, NULL, NULL),
                     CUDA_SUCCESS);
    assert_string_equal(info, "");
    assert_string_equal(error, "a warning");
    assert_int_equal((uintptr_t)values[3], strlen("a warning"));
    assert_int_equal(cuLinkComplete(link, &image, &bytes), CUDA_SUCCESS);
    assert_int_equal(bytes, strlen("image"));
    assert_memory_equal(image, "image", bytes);
    assert_string_equal(info, "linked");
    assert_string_equal(error, "a warning, and "); /* cut to its room */
    assert_int_equal(cuLinkDestroy(link), CUDA_SUCCESS);
}

static void assert_refused_unsent(const void *image) {
    uint32_t calls;
    uint64_t bytes;
    assert_int_equal(load(image, &calls, &bytes), CUDA_ERROR_INVALID_IMAGE);
    assert_int_equal(calls, 0);
}

/* An image says itself how long it is: one that is damaged must not lead us out of the program's memory. */
static void an_image_longer_than_the_programs_memory_is_refused(void **state) {
    (void)state;
    const uint64_t sizes[] = {1ull << 34, 1ull << 46, 1ull << 62, UINT64_MAX - 15, UINT64_MAX};
    struct {
        uint32_t magic;
        uint16_t version, header_bytes;
        uint64_t rest;
        unsigned char entry[64];
    } fatbin = {.magic = 0xba55ed50, .version = 1, .header_bytes = 16};
    struct {
        Elf64_Ehdr header;
        Elf64_Shdr section;
    } cubin;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        fatbin.rest = sizes[i];
        assert_refused_unsent(&fatbin);
        memset(&cubin, 0, sizeof cubin);
        memcpy(cubin.header.e_ident, ELFMAG "\2", SELFMAG + 1);
        cubin.header.e_shoff = sizes[i];
        cubin.header.e_shnum = 1;
        cubin.header.e_shentsize = sizeof cubin.section;
        assert_refused_unsent(&cubin);
        cubin.header.e_shoff = sizeof cubin.header;
        cubin.section.sh_type = SHT_PROGBITS;
        cubin.section.sh_offset = sizeof cubin;
        cubin.section.sh_size = sizes[i];
        assert_refused_unsent(&cubin);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_image_travels_at_once),
        cmocka_unit_test(a_large_image_travels_once),
        cmocka_unit_test(another_image_at_the_same_place_is_another_image),
        cmocka_unit_test(an_image_that_the_driver_refuses_is_not_sent_again),
        cmocka_unit_test(an_image_longer_than_the_programs_memory_is_refused),
        cmocka_unit_test(logs_of_a_link_reach_the_program_at_every_call),
    };
    return cmocka_run_group_tests_name("images", tests, start, NULL);
}
