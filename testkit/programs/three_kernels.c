/*
 * A CUDA driver API program that knows nothing of Penstock: a vector addition, a tiled matrix product with shared memory
 * and barriers, and a reduction with atomics. Every result is compared with the CPU's; all numbers are whole and small
 * enough that float arithmetic is exact, so equal means equal.
 */
#include "driver.h"
#include "kernels.h"

#include <stdint.h>
#include <string.h>
#include <time.h>

enum { ELEMENTS = 1 << 20, SIDE = 128, TILE = 16, THREADS = 256 };

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A fixed series of small whole numbers: the same on every machine. */
static uint32_t next_number(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 24;
}

static void *host(size_t bytes)
{
    void *memory = malloc(bytes);

    if (memory == NULL) {
        fprintf(stderr, "no host memory for %zu bytes\n", bytes);
        exit(1);
    }
    return memory;
}

static CUdeviceptr copied(const void *source, size_t bytes)
{
    CUdeviceptr address;

    CHECK(cu.mem_alloc(&address, bytes));
    CHECK(cu.to_device(address, source, bytes));
    return address;
}

static CUfunction function(CUmodule module, const char *name)
{
    CUfunction found;

    CHECK(cu.module_function(&found, module, name));
    return found;
}

static float *random_floats(size_t count, uint32_t seed)
{
    float *numbers = host(count * sizeof *numbers);
    size_t i;

    for (i = 0; i < count; i++)
        numbers[i] = (float)(next_number(&seed) % 16);
    return numbers;
}

/* Says how the numbers compare and how long the GPU took; answers how many are wrong. */
static size_t judge(const char *what, size_t wrong, size_t count, double started)
{
    if (wrong == 0)
        printf("%-16s %8zu results equal to the CPU's   %.3f s\n", what, count, seconds() - started);
    else
        printf("%-16s %8zu of %zu results WRONG\n", what, wrong, count);
    return wrong;
}

static size_t vector_add(CUmodule module)
{
    size_t bytes = ELEMENTS * sizeof(float), wrong = 0, i;
    float *a = random_floats(ELEMENTS, 1), *b = random_floats(ELEMENTS, 2), *c = host(bytes);
    double started = seconds();
    CUdeviceptr da = copied(a, bytes), db = copied(b, bytes), dc;
    unsigned n = ELEMENTS;
    void *parameters[] = {&da, &db, &dc, &n};

    CHECK(cu.mem_alloc(&dc, bytes));
    CHECK(cu.launch(function(module, "vector_add"), ELEMENTS / THREADS, 1, 1, THREADS, 1, 1, 0, NULL, parameters, NULL));
    CHECK(cu.to_host(c, dc, bytes));
    for (i = 0; i < ELEMENTS; i++)
        wrong += c[i] != a[i] + b[i];
    CHECK(cu.mem_free(da));
    CHECK(cu.mem_free(db));
    CHECK(cu.mem_free(dc));
    free(a);
    free(b);
    free(c);
    return judge("vector addition", wrong, ELEMENTS, started);
}

static float dot(const float *a, const float *b, size_t row, size_t column)
{
    float sum = 0;
    size_t k;

    for (k = 0; k < SIDE; k++)
        sum += a[row * SIDE + k] * b[k * SIDE + column];
    return sum;
}

static size_t matrix_product(CUmodule module)
{
    size_t count = SIDE * SIDE, bytes = count * sizeof(float), wrong = 0, i;
    float *a = random_floats(count, 3), *b = random_floats(count, 4), *c = host(bytes);
    double started = seconds();
    CUdeviceptr da = copied(a, bytes), db = copied(b, bytes), dc;
    unsigned n = SIDE;
    void *parameters[] = {&da, &db, &dc, &n};

    CHECK(cu.mem_alloc(&dc, bytes));
    CHECK(cu.launch(function(module, "matrix_product"), SIDE / TILE, SIDE / TILE, 1, TILE, TILE, 1, 0, NULL, parameters, NULL));
    CHECK(cu.to_host(c, dc, bytes));
    for (i = 0; i < count; i++)
        wrong += c[i] != dot(a, b, i / SIDE, i % SIDE);
    CHECK(cu.mem_free(da));
    CHECK(cu.mem_free(db));
    CHECK(cu.mem_free(dc));
    free(a);
    free(b);
    free(c);
    return judge("matrix product", wrong, count, started);
}

static size_t reduction(CUmodule module)
{
    size_t bytes = ELEMENTS * sizeof(uint32_t), wrong, i;
    uint32_t *numbers = host(bytes), seed = 5, largest = 0, gpu_largest;
    uint64_t sum = 0, gpu_sum;
    double started;
    CUdeviceptr dn, dsum, dlargest;
    unsigned n = ELEMENTS - 77; /* the last block is not full */
    void *parameters[] = {&dn, &dsum, &dlargest, &n};

    for (i = 0; i < ELEMENTS; i++)
        numbers[i] = next_number(&seed) * 3 + (uint32_t)(i % 7);
    for (i = 0; i < n; i++) {
        sum += numbers[i];
        largest = numbers[i] > largest ? numbers[i] : largest;
    }
    started = seconds();
    dn = copied(numbers, bytes);
    CHECK(cu.mem_alloc(&dsum, sizeof gpu_sum));
    CHECK(cu.mem_alloc(&dlargest, sizeof gpu_largest));
    CHECK(cu.memset8(dsum, 0, sizeof gpu_sum));
    CHECK(cu.memset8(dlargest, 0, sizeof gpu_largest));
    CHECK(cu.launch(function(module, "reduction"), ELEMENTS / THREADS, 1, 1, THREADS, 1, 1, 0, NULL, parameters, NULL));
    CHECK(cu.to_host(&gpu_sum, dsum, sizeof gpu_sum));
    CHECK(cu.to_host(&gpu_largest, dlargest, sizeof gpu_largest));
    wrong = (size_t)(gpu_sum != sum) + (size_t)(gpu_largest != largest);
    CHECK(cu.mem_free(dn));
    CHECK(cu.mem_free(dsum));
    CHECK(cu.mem_free(dlargest));
    free(numbers);
    return judge("reduction", wrong, 2, started);
}

int main(void)
{
    CUdevice device;
    CUcontext context;
    CUmodule module;
    char name[256];
    size_t bytes, wrong;
    int count;

    load_driver();
    CHECK(cu.init(0));
    CHECK(cu.device_count(&count));
    CHECK(cu.device_get(&device, 0));
    CHECK(cu.device_name(name, sizeof name, device));
    CHECK(cu.device_total_mem(&bytes, device));
    printf("%d device(s); the first is \"%s\" with %zu MiB\n", count, name, bytes >> 20);
    CHECK(cu.context_retain(&context, device));
    CHECK(cu.context_set(context));
    CHECK(cu.module_load(&module, ptx));
    wrong = vector_add(module) + matrix_product(module) + reduction(module);
    CHECK(cu.module_unload(module));
    CHECK(cu.context_release(device));
    return wrong == 0 ? 0 : 1;
}
