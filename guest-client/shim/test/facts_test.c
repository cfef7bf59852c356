/* What needs no session: tables, hashes, images, handles, the map of addresses, NVML's text. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "error.h"
#include "handle.h"
#include "image.h"
#include "image_digest.h"
#include "integrity.h"
#include "launch.h"
#include "memory.h"
#include "nvml_source.h"
#include "prototypes.h"
#include "sha256.h"

static void hex(const unsigned char *bytes, size_t count, char *text) {
    for (size_t i = 0; i < count; i++) {
        (void)sprintf(text + 2 * i, "%02x", bytes[i]);
    }
}

static void md2_of_abc(void **state) {
    (void)state;
    unsigned char digest[16];
    char text[33];
    md2("abc", 3, digest);
    hex(digest, sizeof digest, text);
    assert_string_equal(text, "da853b0d3f88d99b30283a69e6ded6bb");
    md2("", 0, digest);
    hex(digest, sizeof digest, text);
    assert_string_equal(text, "8350e5a3e24c153df2275c9f80692773");
}

static void integrity_of_the_known_question(void **state) {
    (void)state;
    const integrity_question_t question = {13000,          13002,          1234,           0x11223340,
                                           0x7f0000001000, 0x7f0000002000, 0x7f0000003000, 1700000000};
    integrity_device_t device = {.bus = 2};
    for (int i = 0; i < 16; i++) {
        device.uuid[i] = (unsigned char)i;
    }
    uint64_t answer[2];
    integrity_answer(&question, &device, 1, answer);
    assert_true(answer[0] == 0x0a13c32e3aad0e08 && answer[1] == 0xf1afa39493a6e6f7);
    integrity_question_t constant = question;
    constant.version = 13000;
    integrity_answer(&constant, &device, 1, answer);
    assert_true(answer[0] == 0x3341181C03CB675C && answer[1] == 0x8ED383AA1F4CD1E8);
}

static void sha256_is(sha256_blocks_t *add, const char *text, size_t count, const char *expected) {
    unsigned char digest[32];
    char shown[65];
    sha256_by(add, text, count, digest);
    hex(digest, sizeof digest, shown);
    assert_string_equal(shown, expected);
}

/* The vectors of FIPS 180-4, and lengths around the end of a block. */
static void sha256_of_known_texts_by(sha256_blocks_t *add) {
    sha256_is(add, "", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256_is(add, "abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256_is(add, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    char *million = malloc(1000000);
    assert_non_null(million);
    memset(million, 'a', 1000000);
    sha256_is(add, million, 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
    sha256_is(add, million, 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
    sha256_is(add, million, 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(million);
}

static void sha256_of_known_texts(void **state) {
    (void)state;
    sha256_of_known_texts_by(sha256_portable);
}

static void sha256_of_known_texts_by_instructions(void **state) {
    (void)state;
    if (!sha256_has_instructions()) {
        skip();
    }
    sha256_of_known_texts_by(sha256_instructions);
}

static void an_image_is_hashed_once_until_it_changes(void **state) {
    (void)state;
    enum { BYTES = 70001 };
    unsigned char *image = calloc(1, BYTES);
    assert_non_null(image);
    unsigned char first[IMAGE_DIGEST_BYTES];
    unsigned char again[IMAGE_DIGEST_BYTES];
    unsigned char expected[IMAGE_DIGEST_BYTES];
    uint64_t before = image_digests_computed();
    image_digest(image, BYTES, first);
    image_digest(image, BYTES, again);
    assert_int_equal(image_digests_computed() - before, 1);
    assert_memory_equal(first, again, sizeof first);
    for (size_t at = 0; at < BYTES; at += BYTES - 1) { /* other bytes at the same place, first or last of them */
        image[at] ^= 1;
        image_digest(image, BYTES, again);
        sha256(image, BYTES, expected);
        assert_memory_equal(again, expected, sizeof expected);
        assert_memory_not_equal(again, first, sizeof first);
    }
    free(image);
}

/* ---- cuGetProcAddress against every row of the description ---- */

typedef struct entry {
    char base[128];
    unsigned flags;
    int version;
    char symbol[128];
} entry_t;

static bool next_entry(FILE *file, entry_t *entry) {
    char line[512];
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%127s %u %d %127s", entry->base, &entry->flags, &entry->version, entry->symbol) == 4
            && line[0] != '#') {
            return true;
        }
    }
    return false;
}

static void every_row_of_the_version_table(void **state) {
    (void)state;
    FILE *file = fopen(SPEC "/procaddr.tsv", "r");
    assert_non_null(file);
    entry_t entry;
    int rows = 0;
    while (next_entry(file, &entry)) {
        CUdriverProcAddressQueryResult status = 77;
        void *found = (void *)1;
        assert_int_equal(cuGetProcAddress_v2(entry.base, &found, entry.version, entry.flags, &status), CUDA_SUCCESS);
        void *old = (void *)1;
        CUresult old_result = cuGetProcAddress(entry.base, &old, entry.version, entry.flags);
        if (entry.symbol[0] == 'E') { /* E0/1: no such name; E0/2: the version is not sufficient */
            assert_null(found);
            assert_int_equal(status, entry.symbol[3] - '0');
            assert_int_equal(old_result, CUDA_ERROR_NOT_FOUND);
            assert_ptr_equal(old, (void *)1);
        } else {
            assert_ptr_equal(found, dlsym(RTLD_DEFAULT, entry.symbol));
            assert_non_null(found);
            assert_int_equal(status, 0);
            assert_ptr_equal(old, found);
        }
        rows++;
    }
    (void)fclose(file);
    assert_in_range(rows, 1000, 5000);
}

static void proc_address_rules(void **state) {
    (void)state;
    CUdriverProcAddressQueryResult status = 77;
    void *found = (void *)1;
    assert_int_equal(cuGetProcAddress_v2("", &found, 0, 0, NULL), CUDA_SUCCESS);
    assert_null(found);
    assert_int_equal(cuGetProcAddress_v2("cuMemAlloc_v2", &found, 12000, 0, &status), CUDA_SUCCESS);
    assert_int_equal(status, 1);
    assert_int_equal(cuGetProcAddress_v2("cuInit", &found, 13010, 0, &status), CUDA_ERROR_INVALID_VALUE);
    assert_int_equal(cuGetProcAddress_v2("cuInit", &found, 12000, 7, &status), CUDA_ERROR_INVALID_VALUE);
    assert_int_equal(cuGetProcAddress_v2("cuInit", &found, 12000, 3, &status), CUDA_SUCCESS);
    assert_int_equal(status, 0);
    assert_int_equal(cuGetProcAddress_v2(NULL, &found, 12000, 0, NULL), CUDA_ERROR_INVALID_VALUE);
    assert_int_equal(cuGetProcAddress_v2("cuInit", NULL, 12000, 0, NULL), CUDA_ERROR_INVALID_VALUE);
    assert_int_equal(cuGetProcAddress_v2("cuLaunchKernel", &found, 7000, 2, NULL), CUDA_SUCCESS);
    assert_ptr_equal(found, dlsym(RTLD_DEFAULT, "cuLaunchKernel_ptsz"));
    assert_int_equal(cuGetProcAddress_v2("cuCtxGetDevice", &found, 13000, 0, NULL), CUDA_SUCCESS);
    assert_ptr_equal(found, dlsym(RTLD_DEFAULT, "cuCtxGetDevice_v2"));
}

static void error_texts(void **state) {
    (void)state;
    const char *text = NULL;
    assert_int_equal(cuGetErrorName(CUDA_ERROR_INVALID_VALUE, &text), CUDA_SUCCESS);
    assert_string_equal(text, "CUDA_ERROR_INVALID_VALUE");
    assert_int_equal(cuGetErrorString(209, &text), CUDA_SUCCESS);
    assert_string_equal(text, "no kernel image is available for execution on the device");
    assert_int_equal(cuGetErrorString(12345, &text), CUDA_ERROR_INVALID_VALUE);
    assert_null(text);
}

/* ---- images ---- */

static void sizes_of_images(void **state) {
    (void)state;
    image_t image;
    static const char ptx[] = "// text\n.version 8.0\n";
    assert_true(image_find(ptx, &image));
    assert_int_equal(image.count, sizeof ptx);

    struct {
        uint32_t magic;
        uint16_t version, header;
        uint64_t rest;
        unsigned char entries[24];
    } fatbin = {0xba55ed50u, 1, 16, 24, {1, 2, 3}};
    assert_true(image_find(&fatbin, &image));
    assert_int_equal(image.count, 40);

    struct {
        uint32_t magic, version;
        const void *data;
        const void *more;
    } wrapper = {0x466243b1, 1, &fatbin, "file.cu"};
    assert_true(image_find(&wrapper, &image));
    assert_ptr_equal(image.bytes, &fatbin);

    const void *linked[] = {&fatbin, &fatbin, NULL};
    wrapper.version = 2;
    wrapper.more = linked;
    assert_true(image_find(&wrapper, &image));
    assert_int_equal(image.count, 16 + 24 + 24);
    uint64_t rest = 0;
    memcpy(&rest, image.bytes + 8, sizeof rest);
    assert_int_equal(rest, 48);
    assert_memory_equal(image.bytes + 16, fatbin.entries, 24);
    assert_memory_equal(image.bytes + 40, fatbin.entries, 24);
    image_free(&image);

    assert_false(image_find("garbage", &image));
}

static void size_of_an_elf_file(void **state) {
    (void)state;
    struct {
        Elf64_Ehdr header;
        Elf64_Shdr sections[2];
    } elf;
    memset(&elf, 0, sizeof elf);
    memcpy(elf.header.e_ident, ELFMAG, SELFMAG);
    elf.header.e_ident[EI_CLASS] = ELFCLASS64;
    elf.header.e_shoff = offsetof(__typeof__(elf), sections);
    elf.header.e_shnum = 2;
    elf.header.e_shentsize = sizeof(Elf64_Shdr);
    elf.sections[0] = (Elf64_Shdr){.sh_type = SHT_PROGBITS, .sh_offset = 1000, .sh_size = 23};
    elf.sections[1] = (Elf64_Shdr){.sh_type = SHT_NOBITS, .sh_offset = 1023, .sh_size = 1 << 20};
    image_t image;
    assert_true(image_find(&elf, &image));
    assert_int_equal(image.count, 1023);
}

/* ---- handles ---- */

static void handles_live_and_die(void **state) {
    (void)state;
    uint64_t wire = 0;
    uint64_t seen = 0;
    void *event = handle_make(HANDLE_EVENT, &wire);
    assert_non_null(event);
    assert_true(wire >> 32 != 0 && (uint32_t)wire != 0);
    assert_int_equal(handle_in(HANDLE_EVENT, event, &seen), CUDA_SUCCESS);
    assert_true(seen == wire);
    assert_ptr_equal(handle_out(HANDLE_EVENT, wire), event);
    assert_null(handle_out(HANDLE_STREAM, wire));
    assert_int_equal(handle_in(HANDLE_STREAM, event, &seen), CUDA_ERROR_INVALID_HANDLE);
    assert_int_equal(handle_in(HANDLE_EVENT, (char *)event + 8, &seen), CUDA_ERROR_INVALID_HANDLE);
    assert_int_equal(handle_in(HANDLE_EVENT, &seen, &seen), CUDA_ERROR_INVALID_HANDLE);
    assert_int_equal(handle_in(HANDLE_EVENT, NULL, &seen), CUDA_ERROR_INVALID_HANDLE);
    assert_int_equal(handle_in(HANDLE_EVENT, (void *)UINTPTR_MAX, &seen), CUDA_ERROR_INVALID_HANDLE);
    handle_drop(event);
    assert_int_equal(handle_in(HANDLE_EVENT, event, &seen), CUDA_ERROR_INVALID_HANDLE);
    assert_null(handle_out(HANDLE_EVENT, wire));
    for (uintptr_t stream = 0; stream <= 2; stream++) {
        assert_int_equal(handle_in(HANDLE_STREAM, (void *)stream, &seen), CUDA_SUCCESS);
        assert_true(seen == stream);
    }
}

static void a_made_again_handle_has_another_wire_form(void **state) {
    (void)state;
    uint64_t first = 0;
    void *address = handle_make(HANDLE_MODULE, &first);
    handle_drop(address);
    for (int i = 0; i < 10; i++) {
        uint64_t wire = 0;
        void *again = handle_make(HANDLE_MODULE, &wire);
        assert_true(wire != first);
        handle_drop(again);
    }
}

static void handles_made_by_the_server_are_found_again(void **state) {
    (void)state;
    const uint64_t wire = (uint64_t)3 << 32 | HANDLE_SERVER_MADE | 17;
    void *node = handle_out(HANDLE_GRAPHNODE, wire);
    uint64_t seen = 0;
    assert_non_null(node);
    assert_ptr_equal(handle_out(HANDLE_GRAPHNODE, wire), node);
    assert_null(handle_out(HANDLE_GRAPH, wire));
    assert_int_equal(handle_in(HANDLE_GRAPHNODE, node, &seen), CUDA_SUCCESS);
    assert_true(seen == wire);
    handle_drop(node);
    assert_int_equal(handle_in(HANDLE_GRAPHNODE, node, &seen), CUDA_ERROR_INVALID_HANDLE);
}

static void addresses_are_found_by_their_ranges(void **state) {
    (void)state;
    memory_range_t range;
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t base = 0x10000000 + (i * 7919 % 1000) * 4096;
        assert_int_equal(memory_add((memory_range_t){.base = base, .size = 100, .kind = MEMORY_DEVICE}), CUDA_SUCCESS);
    }
    assert_true(memory_find(0x10000000 + 500 * 4096 + 99, &range) && range.base == 0x10000000 + 500 * 4096);
    assert_false(memory_find(0x10000000 + 500 * 4096 + 100, &range));
    assert_false(memory_find(0, &range));
    assert_true(memory_overlaps(0x10000000 + 99, 5000, MEMORY_DEVICE));
    assert_false(memory_overlaps(0x10000000 + 100, 3000, MEMORY_DEVICE));
    assert_false(memory_remove(0x10000000, MEMORY_HOST, &range));
    for (uint64_t i = 0; i < 1000; i++) {
        assert_true(memory_remove(0x10000000 + i * 4096, MEMORY_DEVICE, &range));
    }
    assert_false(memory_find(0x10000000, &range));
}

static void nvml_text_is_read_by_device(void **state) {
    (void)state;
    static const char text[] = "driver 580.1\ncuda 13000\ndevice 0\nname One GPU\nmemory.total 1000\ndevice 1\nname Two";
    size_t length = 0;
    const char *value = source_find(text, -1, "driver", &length);
    assert_non_null(value);
    assert_int_equal(length, 5);
    value = source_find(text, 0, "name", &length);
    assert_non_null(value);
    assert_memory_equal(value, "One GPU", length);
    value = source_find(text, 1, "name", &length);
    assert_non_null(value);
    assert_memory_equal(value, "Two", length);
    assert_null(source_find(text, 1, "memory.total", &length));
    assert_null(source_find(text, 2, "name", &length));
    assert_null(source_find("", 0, "name", &length));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(md2_of_abc),
        cmocka_unit_test(integrity_of_the_known_question),
        cmocka_unit_test(sha256_of_known_texts),
        cmocka_unit_test(sha256_of_known_texts_by_instructions),
        cmocka_unit_test(an_image_is_hashed_once_until_it_changes),
        cmocka_unit_test(every_row_of_the_version_table),
        cmocka_unit_test(proc_address_rules),
        cmocka_unit_test(error_texts),
        cmocka_unit_test(sizes_of_images),
        cmocka_unit_test(size_of_an_elf_file),
        cmocka_unit_test(handles_live_and_die),
        cmocka_unit_test(a_made_again_handle_has_another_wire_form),
        cmocka_unit_test(handles_made_by_the_server_are_found_again),
        cmocka_unit_test(addresses_are_found_by_their_ranges),
        cmocka_unit_test(nvml_text_is_read_by_device),
    };
    return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
