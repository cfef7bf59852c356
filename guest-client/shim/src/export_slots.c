#include "export_slots.h"

#include <stdbool.h>
#include <stdio.h>

#include "log.h"

const export_name_t export_names[EXPORT_TABLES] = {
    [TABLE_RUNTIME] = {{0x6b, 0xd5, 0xfb, 0x6c, 0x5b, 0xf4, 0xe7, 0x4a, 0x89, 0x87, 0xd9, 0x39, 0x12, 0xfd, 0x9d, 0xf9},
                       "CUDA runtime"},
    [TABLE_HOOKS] = {{0xa0, 0x94, 0x79, 0x8c, 0x2e, 0x74, 0x2e, 0x74, 0x93, 0xf2, 0x08, 0x00, 0x20, 0x0c, 0x0a, 0x66},
                     "runtime callback hooks"},
    [TABLE_TOOLS_THREAD] = {{0x42, 0xd8, 0x5a, 0x81, 0x23, 0xf6, 0xcb, 0x47, 0x82, 0x98, 0xf6, 0xe7, 0x8a, 0x3a, 0xec, 0xdc},
                            "tools, by thread"},
    [TABLE_LOCAL_STORAGE] = {{0xc6, 0x93, 0x33, 0x6e, 0x11, 0x21, 0xdf, 0x11, 0xa8, 0xc3, 0x68, 0xf3, 0x55, 0xd8, 0x95, 0x93},
                             "context-local storage"},
    [TABLE_CHECKS] = {{0x26, 0x3e, 0x88, 0x60, 0x7c, 0xd2, 0x61, 0x43, 0x92, 0xf6, 0xbb, 0xd5, 0x00, 0x6d, 0xfa, 0x7e},
                      "context checks"},
    [TABLE_INTEGRITY] = {{0xd4, 0x08, 0x20, 0x55, 0xbd, 0xe6, 0x70, 0x4b, 0x8d, 0x34, 0xba, 0x12, 0x3c, 0x66, 0xe1, 0xf2},
                         "integrity"},
    [TABLE_LAYOUT] = {{0x17, 0x34, 0xdc, 0x26, 0x80, 0x0d, 0x47, 0x45, 0x87, 0x26, 0xc0, 0xf1, 0xe7, 0xdd, 0x8b, 0xca},
                      "processor layout"},
    [TABLE_LOG] = {{0xf8, 0xcf, 0xf9, 0x51, 0x21, 0x46, 0x8b, 0x4e, 0xb9, 0xe2, 0xfb, 0x46, 0x9e, 0x7c, 0x0d, 0xd9},
                   "log sink"},
    [TABLE_TOOLS_CONTEXT] = {{0x21, 0x31, 0x8c, 0x60, 0x97, 0x14, 0x32, 0x48, 0x8c, 0xa6, 0x41, 0xff, 0x73, 0x24, 0xc8, 0xf2},
                             "tools, by context"},
    [TABLE_TOOLS_MODULE] = {{0x6e, 0x16, 0x3f, 0xbe, 0xb9, 0x58, 0x44, 0x4d, 0x83, 0x5c, 0xe1, 0x82, 0xaf, 0xf1, 0x99, 0x1e},
                            "tools, by module"},
};

void export_id_text(const unsigned char id[EXPORT_ID_BYTES], char *text) {
    for (int i = 0; i < EXPORT_ID_BYTES; i++) {
        const char *dash = i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";
        text += snprintf(text, 4, "%s%02x", dash, id[i]);
    }
}

enum { SLOTS_FEW = 20, SLOTS_MANY = 100 };

static CUresult refuse(enum export_table table, unsigned int slot, const void *caller) {
    static bool told[EXPORT_TABLES][SLOTS_MANY];
    if (!__atomic_exchange_n(&told[table][slot], true, __ATOMIC_RELAXED)) {
        char id[EXPORT_ID_TEXT];
        export_id_text(export_names[table].id, id);
        log_tell("slot %u of the private table %s (%s) is not supported (result %d): %s called it. See docs/supported-calls.md.",
                 slot, id, export_names[table].name, (int)CUDA_ERROR_NOT_SUPPORTED, log_library(caller));
    }
    return CUDA_ERROR_NOT_SUPPORTED;
}

/* Functions by table and the decimal digits of the slot. */
#define FUNCTION(table, tens, ones) table##_##tens##_##ones
#define DEFINE(table, tens, ones, slot)                                      \
    static CUresult FUNCTION(table, tens, ones)(void) {                      \
        return refuse(TABLE_##table, slot, __builtin_return_address(0));     \
    }
#define REFER(table, tens, ones, slot) (slot_t) FUNCTION(table, tens, ones),

#define TEN(each, table, tens)                                                                                      \
    each(table, tens, 0, tens * 10 + 0) each(table, tens, 1, tens * 10 + 1) each(table, tens, 2, tens * 10 + 2)      \
    each(table, tens, 3, tens * 10 + 3) each(table, tens, 4, tens * 10 + 4) each(table, tens, 5, tens * 10 + 5)      \
    each(table, tens, 6, tens * 10 + 6) each(table, tens, 7, tens * 10 + 7) each(table, tens, 8, tens * 10 + 8)      \
    each(table, tens, 9, tens * 10 + 9)
#define FEW(each, table) TEN(each, table, 0) TEN(each, table, 1)
#define MANY(each, table)                                                                                           \
    FEW(each, table)                                                                                                \
    TEN(each, table, 2) TEN(each, table, 3) TEN(each, table, 4) TEN(each, table, 5) TEN(each, table, 6)             \
    TEN(each, table, 7) TEN(each, table, 8) TEN(each, table, 9)

FEW(DEFINE, RUNTIME)
FEW(DEFINE, HOOKS)
FEW(DEFINE, TOOLS_THREAD)
FEW(DEFINE, CHECKS)
FEW(DEFINE, INTEGRITY)
FEW(DEFINE, LAYOUT)
MANY(DEFINE, TOOLS_CONTEXT)
MANY(DEFINE, TOOLS_MODULE)

slot_t export_unknown_slot(enum export_table table, unsigned int slot) {
    static const slot_t few[][SLOTS_FEW] = {
        [TABLE_RUNTIME] = {FEW(REFER, RUNTIME)},
        [TABLE_HOOKS] = {FEW(REFER, HOOKS)},
        [TABLE_TOOLS_THREAD] = {FEW(REFER, TOOLS_THREAD)},
        [TABLE_CHECKS] = {FEW(REFER, CHECKS)},
        [TABLE_INTEGRITY] = {FEW(REFER, INTEGRITY)},
        [TABLE_LAYOUT] = {FEW(REFER, LAYOUT)},
    };
    static const slot_t context[SLOTS_MANY] = {MANY(REFER, TOOLS_CONTEXT)};
    static const slot_t module[SLOTS_MANY] = {MANY(REFER, TOOLS_MODULE)};
    return table == TABLE_TOOLS_CONTEXT ? context[slot] : table == TABLE_TOOLS_MODULE ? module[slot] : few[table][slot];
}
