// What the CUDA programs of this folder share: ending on an unexpected error, and saying what was compared.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <cuda_runtime.h>

#define CHECK(call) check((call), #call, __LINE__)
#define EXPECT(condition) expect((condition), #condition, __LINE__)
#define EXPECT_ERROR(code, call) expect_error((code), (call), #call, __LINE__)

static inline void check(cudaError_t result, const char *what, int line)
{
    if (result == cudaSuccess)
        return;
    fprintf(stderr, "line %d: %s: %s\n", line, what, cudaGetErrorName(result));
    exit(1);
}

static inline void expect(bool holds, const char *what, int line)
{
    if (holds)
        return;
    fprintf(stderr, "line %d: expected %s\n", line, what);
    exit(1);
}

static inline void expect_error(cudaError_t expected, cudaError_t result, const char *what, int line)
{
    if (result == expected)
        return;
    fprintf(stderr, "line %d: %s: %s where %s was expected\n", line, what, cudaGetErrorName(result), cudaGetErrorName(expected));
    exit(1);
}
