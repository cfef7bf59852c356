#include "procaddr.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { FLAGS_MAX = 3, PER_THREAD = 2 };

/* First row of the name, or the row count. */
static unsigned find_base(const char *name) {
    unsigned low = 0;
    unsigned high = procaddr_row_count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (strcmp(procaddr_rows[middle].base, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < procaddr_row_count && strcmp(procaddr_rows[low].base, name) == 0 ? low : procaddr_row_count;
}

/* The latest row at or below the version; rows for the per-thread stream win where they exist. */
static void *find_address(unsigned first, int version, uint32_t flags) {
    const char *base = procaddr_rows[first].base;
    void *found[2] = {NULL, NULL};
    bool exists = false;
    for (unsigned i = first; i < procaddr_row_count && strcmp(procaddr_rows[i].base, base) == 0; i++) {
        const procaddr_row_t *row = &procaddr_rows[i];
        exists = exists || row->flags == PER_THREAD;
        if (row->version <= version) {
            found[row->flags == PER_THREAD] = row->address;
        }
    }
    return flags == PER_THREAD && exists ? found[1] : found[0];
}

CUresult cuGetProcAddress_v2(const char *symbol, void **pfn, int cudaVersion, cuuint64_t flags,
                             CUdriverProcAddressQueryResult *symbolStatus) {
    int newest = 0;
    (void)cuDriverGetVersion(&newest);
    if (symbol == NULL || pfn == NULL || cudaVersion > newest || flags > FLAGS_MAX) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    unsigned first = find_base(symbol);
    bool known = first < procaddr_row_count;
    *pfn = known ? find_address(first, cudaVersion, (uint32_t)flags & PER_THREAD) : NULL;
    if (symbolStatus != NULL) {
        *symbolStatus = !known         ? CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND
                        : *pfn == NULL ? CU_GET_PROC_ADDRESS_VERSION_NOT_SUFFICIENT
                                       : CU_GET_PROC_ADDRESS_SUCCESS;
    }
    return CUDA_SUCCESS;
}

CUresult cuGetProcAddress(const char *symbol, void **pfn, int cudaVersion, cuuint64_t flags) {
    void *found = NULL;
    if (pfn == NULL) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    CUresult result = cuGetProcAddress_v2(symbol, &found, cudaVersion, flags, NULL);
    if (result == CUDA_SUCCESS && found == NULL) {
        return CUDA_ERROR_NOT_FOUND; /* the old form leaves *pfn as it was */
    }
    if (result == CUDA_SUCCESS) {
        *pfn = found;
    }
    return result;
}
