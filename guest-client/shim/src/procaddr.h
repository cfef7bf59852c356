/*
 * cuGetProcAddress: which symbol a name means at a version. The rows are generated from protocol/spec/procaddr.tsv into
 * procaddr_table.c, sorted by name (strcmp), then flags, then version.
 */
#ifndef PENSTOCK_PROCADDR_H
#define PENSTOCK_PROCADDR_H

#include <stdint.h>

#include "prototypes.h"

/* From this version upward (until the next row of the same name and flags) the name means this function. */
typedef struct procaddr_row {
    const char *base;
    uint32_t flags; /* 0, or 2 for the per-thread default stream where it differs */
    int32_t version;
    void *address; /* NULL: the version is not sufficient */
} procaddr_row_t;

extern const procaddr_row_t procaddr_rows[];
extern const unsigned procaddr_row_count;

#endif
