/*
 * The slots of private tables that nobody was seen to call. Each is a function of its own, so that a call names the table
 * and the slot that somebody wanted; all answer CUDA_ERROR_NOT_SUPPORTED.
 */
#ifndef PENSTOCK_EXPORT_SLOTS_H
#define PENSTOCK_EXPORT_SLOTS_H

#include "prototypes.h"

typedef void (*slot_t)(void);

/* The tables that are handed out. */
enum export_table {
    TABLE_RUNTIME,
    TABLE_HOOKS,
    TABLE_TOOLS_THREAD,
    TABLE_LOCAL_STORAGE,
    TABLE_CHECKS,
    TABLE_INTEGRITY,
    TABLE_LAYOUT,
    TABLE_LOG,
    TABLE_TOOLS_CONTEXT,
    TABLE_TOOLS_MODULE,
    EXPORT_TABLES
};

enum { EXPORT_ID_BYTES = 16, EXPORT_ID_TEXT = 37 };

/* An id as people write it; room for EXPORT_ID_TEXT. */
void export_id_text(const unsigned char id[EXPORT_ID_BYTES], char *text);

/* What a table is called in the log. */
typedef struct export_name {
    unsigned char id[EXPORT_ID_BYTES]; /* in memory order */
    const char *name;
} export_name_t;

extern const export_name_t export_names[EXPORT_TABLES];

/* The function for a slot that is not built. */
slot_t export_unknown_slot(enum export_table table, unsigned int slot);

#endif
