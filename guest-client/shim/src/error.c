#include "error.h"

#include <stddef.h>

enum { INTERFACE_VERSION = 13000 };

int error_driver_version(void) {
    return INTERFACE_VERSION;
}

const error_row_t *error_find(int code) {
    for (unsigned i = 0; i < error_row_count; i++) {
        if (error_rows[i].code == code) {
            return &error_rows[i];
        }
    }
    return NULL;
}

CUresult cuGetErrorName(CUresult error, const char **pStr) {
    if (pStr == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    const error_row_t *row = error_find((int)error);
    *pStr = row == NULL ? NULL : row->name;
    return row == NULL ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

CUresult cuGetErrorString(CUresult error, const char **pStr) {
    if (pStr == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    const error_row_t *row = error_find((int)error);
    *pStr = row == NULL ? NULL : row->text;
    return row == NULL ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}
