/* Private tables: what is served, and what is said of a slot that somebody wanted and did not get. */
#define _GNU_SOURCE
#include "program.h"

#include <string.h>

#include "prototypes.h"

typedef CUresult (*slot_t)(void);

/* An id as it is written, hexadecimal with dashes, to bytes in memory order. */
static CUuuid id_of(const char *text) {
    CUuuid id;
    unsigned int byte = 0;
    for (int i = 0; i < 16; i++, text += 2) {
        text += *text == '-';
        assert_int_equal(sscanf(text, "%2x", &byte), 1);
        ((unsigned char *)&id)[i] = (unsigned char)byte;
    }
    return id;
}

static const slot_t *table_of(const char *text) {
    CUuuid id = id_of(text);
    const void *table = NULL;
    assert_int_equal(cuGetExportTable(&table, &id), CUDA_SUCCESS);
    return table;
}

static const char runtime_id[] = "6bd5fb6c-5bf4-e74a-8987-d93912fd9df9";
static const char module_id[] = "6e163fbe-b958-444d-835c-e182aff1991e";

static void wants_what_is_not_there(void) {
    for (int i = 0; i < 3; i++) {
        CHECK(table_of(runtime_id)[9]() == CUDA_ERROR_NOT_SUPPORTED);
        CHECK(table_of(module_id)[9]() == CUDA_ERROR_NOT_SUPPORTED);
        CHECK(table_of(module_id)[98]() == CUDA_ERROR_NOT_SUPPORTED);
    }
}

static void a_slot_that_is_not_built_is_named_once(void **state) {
    (void)state;
    char heard[4096];
    listen_to(wants_what_is_not_there, heard, sizeof heard);
    assert_int_equal(times(heard, "\n"), 3);
    assert_int_equal(times(heard, "penstock: export_test: slot "), 3);
    assert_int_equal(times(heard, "slot 9 of the private table 6bd5fb6c-5bf4-e74a-8987-d93912fd9df9 (CUDA runtime) "
                                  "is not supported (result 801)"), 1);
    assert_int_equal(times(heard, "slot 9 of the private table 6e163fbe-b958-444d-835c-e182aff1991e (tools, by module) "), 1);
    assert_int_equal(times(heard, "slot 98 of the private table 6e163fbe-b958-444d-835c-e182aff1991e "), 1);
    assert_int_equal(times(heard, "export_test called it."), 3); /* the library, or here the program, that did */
}

/* Sizes and empty slots as driver 580 serves them, 21318c60 as driver 595. */
static void tables_are_as_long_as_the_drivers(void **state) {
    (void)state;
    static const struct {
        const char *id;
        size_t bytes;
        size_t empty; /* 0: none */
    } tables[] = {
        {runtime_id, 104, 10},
        {"a094798c-2e74-2e74-93f2-0800200c0a66", 56, 0},
        {"42d85a81-23f6-cb47-8298-f6e78a3aecdc", 24, 0},
        {"263e8860-7cd2-6143-92f6-bbd5006dfa7e", 120, 0},
        {"d4082055-bde6-704b-8d34-ba123c66e1f2", 24, 0},
        {"21318c60-9714-3248-8ca6-41ff7324c8f2", 760, 91},
        {module_id, 792, 93},
        {"1734dc26-800d-4745-8726-c0f1e7dd8bca", 136, 0},
        {"f8cff951-2146-8b4e-b9e2-fb469e7c0dd9", 24, 0},
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        const slot_t *table = table_of(tables[i].id);
        assert_true((uintptr_t)table[0] == tables[i].bytes);
        for (size_t slot = 1; slot < tables[i].bytes / sizeof *table; slot++) {
            assert_true((table[slot] == NULL) == (slot == tables[i].empty));
        }
    }
    const slot_t *unsized = table_of("c693336e-1121-df11-a8c3-68f355d89593");
    assert_true(unsized[0] != NULL && unsized[1] != NULL && unsized[2] != NULL && unsized[3] == NULL);
}

typedef CUresult (*switches_t)(void **words, size_t *count);

/* The runtime looks for switch 327 in words of its own choice: behind the 1,024th byte in any case. */
static void switches_of_tools_are_off_in_every_word_that_is_promised(void **state) {
    (void)state;
    static const struct {
        int slot;
        size_t count;
    } lists[] = {{2, 1024}, {6, 14}};
    const slot_t *table = table_of("a094798c-2e74-2e74-93f2-0800200c0a66");
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        void *words = NULL;
        size_t count = 0;
        assert_int_equal(((switches_t)(void (*)(void))table[lists[i].slot])(&words, &count), CUDA_SUCCESS);
        assert_true(count == lists[i].count);
        for (size_t word = 0; word < count; word++) {
            assert_true(((const uint64_t *)words)[word] == 0);
        }
    }
}

/* What driver 580 answers for a table that it does not know. */
static void an_unknown_table_is_an_invalid_value(void **state) {
    (void)state;
    CUuuid id = id_of("01010101-0101-0101-0101-010101010101");
    const void *table = &id;
    assert_int_equal(cuGetExportTable(&table, &id), CUDA_ERROR_INVALID_VALUE);
    assert_null(table);
    assert_int_equal(cuGetExportTable(NULL, &id), CUDA_ERROR_INVALID_VALUE);
    assert_int_equal(cuGetExportTable(&table, NULL), CUDA_ERROR_INVALID_VALUE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slot_that_is_not_built_is_named_once),
        cmocka_unit_test(tables_are_as_long_as_the_drivers),
        cmocka_unit_test(switches_of_tools_are_off_in_every_word_that_is_promised),
        cmocka_unit_test(an_unknown_table_is_an_invalid_value),
    };
    return cmocka_run_group_tests_name("private tables", tests, NULL, NULL);
}
