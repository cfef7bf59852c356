/* Names and texts of results, and the version this library's interface is of. */
#ifndef PENSTOCK_ERROR_H
#define PENSTOCK_ERROR_H

#include "prototypes.h"

/* One row of the generated error_table.c. */
typedef struct error_row {
    int code;
    const char *name;
    const char *text;
} error_row_t;

extern const error_row_t error_rows[];
extern const unsigned error_row_count;

/* The name, or NULL for an unknown code. */
const error_row_t *error_find(int code);

/* The driver version whose symbols and structures this library was generated from. */
int error_driver_version(void);

#endif
