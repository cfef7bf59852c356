/*
 * A CUDA driver API program that knows nothing of Penstock: a vector addition, a tiled matrix product with shared memory
 * and barriers, and a reduction with atomics. Every result is compared with the CPU's; all numbers are whole and small
 * enough that float arithmetic is exact, so equal means equal.
 */
#include "driver.h"

#include <stdint.h>
#include <string.h>
#include <time.h>

enum { ELEMENTS = 1 << 20, SIDE = 128, TILE = 16, THREADS = 256 };

static const char ptx[] =
    ".version 7.0\n"
    ".target sm_70\n"
    ".address_size 64\n"

    /* c[i] = a[i] + b[i] */
    ".visible .entry vector_add(.param .u64 a, .param .u64 b, .param .u64 c, .param .u32 n) {\n"
    "  .reg .pred %p; .reg .b32 %r<5>; .reg .f32 %f<3>; .reg .b64 %d<5>;\n"
    "  ld.param.u64 %d0, [a]; ld.param.u64 %d1, [b]; ld.param.u64 %d2, [c]; ld.param.u32 %r0, [n];\n"
    "  mov.u32 %r1, %ctaid.x; mov.u32 %r2, %ntid.x; mov.u32 %r3, %tid.x;\n"
    "  mad.lo.s32 %r4, %r1, %r2, %r3;\n"
    "  setp.ge.u32 %p, %r4, %r0;\n"
    "  @%p bra done;\n"
    "  mul.wide.u32 %d3, %r4, 4;\n"
    "  add.s64 %d0, %d0, %d3; add.s64 %d1, %d1, %d3; add.s64 %d2, %d2, %d3;\n"
    "  ld.global.f32 %f0, [%d0]; ld.global.f32 %f1, [%d1];\n"
    "  add.f32 %f2, %f0, %f1;\n"
    "  st.global.f32 [%d2], %f2;\n"
    "done:\n"
    "  ret;\n"
    "}\n"

    /* c = a b, square matrices of side n (a multiple of 16), one 16 x 16 tile a block */
    ".visible .entry matrix_product(.param .u64 a, .param .u64 b, .param .u64 c, .param .u32 n) {\n"
    "  .reg .pred %p<3>; .reg .b32 %r<20>; .reg .f32 %f<4>; .reg .b64 %d<8>;\n"
    "  .shared .align 4 .b8 tile_a[1024];\n"
    "  .shared .align 4 .b8 tile_b[1024];\n"
    "  ld.param.u64 %d0, [a]; ld.param.u64 %d1, [b]; ld.param.u64 %d2, [c]; ld.param.u32 %r0, [n];\n"
    "  mov.u32 %r1, %tid.x; mov.u32 %r2, %tid.y;\n"
    "  mov.u32 %r3, %ctaid.x; mov.u32 %r4, %ctaid.y;\n"
    "  shl.b32 %r5, %r3, 4; add.s32 %r5, %r5, %r1;\n" /* column */
    "  shl.b32 %r6, %r4, 4; add.s32 %r6, %r6, %r2;\n" /* row */
    "  shl.b32 %r7, %r2, 4; add.s32 %r7, %r7, %r1; shl.b32 %r7, %r7, 2;\n" /* this thread's place in a tile */
    "  mov.u32 %r8, tile_a; mov.u32 %r9, tile_b;\n"
    "  add.s32 %r10, %r8, %r7; add.s32 %r11, %r9, %r7;\n"
    "  shl.b32 %r12, %r2, 6; add.s32 %r12, %r8, %r12;\n" /* start of the thread's row in tile a */
    "  shl.b32 %r13, %r1, 2; add.s32 %r13, %r9, %r13;\n" /* top of the thread's column in tile b */
    "  mov.f32 %f0, 0f00000000;\n"
    "  mov.u32 %r14, 0;\n"
    "tiles:\n"
    "  mad.lo.s32 %r15, %r6, %r0, %r14; add.s32 %r15, %r15, %r1;\n"
    "  mul.wide.u32 %d3, %r15, 4; add.s64 %d4, %d0, %d3; ld.global.f32 %f1, [%d4];\n"
    "  st.shared.f32 [%r10], %f1;\n"
    "  add.s32 %r16, %r14, %r2; mad.lo.s32 %r16, %r16, %r0, %r5;\n"
    "  mul.wide.u32 %d3, %r16, 4; add.s64 %d4, %d1, %d3; ld.global.f32 %f2, [%d4];\n"
    "  st.shared.f32 [%r11], %f2;\n"
    "  bar.sync 0;\n"
    "  mov.u32 %r17, 0; mov.u32 %r18, %r12; mov.u32 %r19, %r13;\n"
    "inner:\n"
    "  ld.shared.f32 %f1, [%r18]; ld.shared.f32 %f2, [%r19];\n"
    "  fma.rn.f32 %f0, %f1, %f2, %f0;\n"
    "  add.s32 %r18, %r18, 4; add.s32 %r19, %r19, 64; add.s32 %r17, %r17, 1;\n"
    "  setp.lt.u32 %p0, %r17, 16;\n"
    "  @%p0 bra inner;\n"
    "  bar.sync 0;\n"
    "  add.s32 %r14, %r14, 16;\n"
    "  setp.lt.u32 %p1, %r14, %r0;\n"
    "  @%p1 bra tiles;\n"
    "  mad.lo.s32 %r15, %r6, %r0, %r5;\n"
    "  mul.wide.u32 %d3, %r15, 4; add.s64 %d4, %d2, %d3;\n"
    "  st.global.f32 [%d4], %f0;\n"
    "  ret;\n"
    "}\n"

    /* *sum += the sum of the n numbers, *largest = the largest of them; a tree in shared memory, then one atomic a block */
    ".visible .entry reduction(.param .u64 numbers, .param .u64 sum, .param .u64 largest, .param .u32 n) {\n"
    "  .reg .pred %p<4>; .reg .b32 %r<12>; .reg .b64 %d<8>;\n"
    "  .shared .align 4 .b8 partial[1024];\n"
    "  ld.param.u64 %d0, [numbers]; ld.param.u64 %d1, [sum]; ld.param.u64 %d2, [largest]; ld.param.u32 %r0, [n];\n"
    "  mov.u32 %r1, %ctaid.x; mov.u32 %r2, %ntid.x; mov.u32 %r3, %tid.x;\n"
    "  mad.lo.s32 %r4, %r1, %r2, %r3;\n"
    "  mov.u32 %r5, 0;\n"
    "  setp.ge.u32 %p0, %r4, %r0;\n"
    "  @%p0 bra loaded;\n"
    "  mul.wide.u32 %d3, %r4, 4; add.s64 %d4, %d0, %d3; ld.global.u32 %r5, [%d4];\n"
    "  atom.global.max.u32 %r6, [%d2], %r5;\n"
    "loaded:\n"
    "  mov.u32 %r7, partial; shl.b32 %r8, %r3, 2; add.s32 %r7, %r7, %r8;\n"
    "  st.shared.u32 [%r7], %r5;\n"
    "  shr.u32 %r9, %r2, 1;\n"
    "halve:\n"
    "  bar.sync 0;\n"
    "  setp.ge.u32 %p1, %r3, %r9;\n"
    "  @%p1 bra added;\n"
    "  shl.b32 %r10, %r9, 2; add.s32 %r10, %r7, %r10;\n"
    "  ld.shared.u32 %r5, [%r7]; ld.shared.u32 %r11, [%r10]; add.u32 %r5, %r5, %r11; st.shared.u32 [%r7], %r5;\n"
    "added:\n"
    "  shr.u32 %r9, %r9, 1;\n"
    "  setp.ne.u32 %p2, %r9, 0;\n"
    "  @%p2 bra halve;\n"
    "  setp.ne.u32 %p3, %r3, 0;\n"
    "  @%p3 bra done;\n"
    "  cvt.u64.u32 %d5, %r5;\n"
    "  red.global.add.u64 [%d1], %d5;\n"
    "done:\n"
    "  ret;\n"
    "}\n";

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
