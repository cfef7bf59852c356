/*
 * What the software GPU promises: PTX instructions that its threads execute in a second on each core of this machine, for four
 * kernels that programs are made of; how long it takes to compile a module of a hundred kernels and to run each of them once; and
 * what a launch costs that does nothing, with the whole way to the worker. Each kernel runs until the device has had time to
 * compile what it compiles; then the median of several runs counts, so that a machine with other things to do misses nothing by one
 * bad moment.
 *
 * usage: software [FACTOR]   a promise counts as kept within FACTOR of it (1)
 */
#include "../../../../testkit/programs/driver.h"
#include "../../../../testkit/programs/kernels.h"

#include <time.h>
#include <unistd.h>

enum { ELEMENTS = 1 << 18, THREADS = 256, SIDE = 128, TILE = 16, RUNS = 5, KERNELS = 100, LAUNCHES = 2000, TEXT_BYTES = 1 << 18 };

static const double WARM_UP_SECONDS = 4, RUN_SECONDS = 0.6;
static const double RATE = 1e8, COMPILE_SECONDS = 2, LAUNCH_SECONDS = 20e-6;

static double factor = 1;

static const char more[] =
    ".version 7.0\n"
    ".target sm_70\n"
    ".address_size 64\n"

    /* to[i] = the mean of from[i] to from[i + 4] */
    ".visible .entry stencil(.param .u64 from, .param .u64 to, .param .u32 n) {\n"
    "  .reg .pred %p; .reg .b32 %r<5>; .reg .f32 %f<6>; .reg .b64 %d<3>;\n"
    "  ld.param.u64 %d0, [from]; ld.param.u64 %d1, [to]; ld.param.u32 %r0, [n];\n"
    "  mov.u32 %r1, %ctaid.x; mov.u32 %r2, %ntid.x; mov.u32 %r3, %tid.x;\n"
    "  mad.lo.s32 %r4, %r1, %r2, %r3;\n"
    "  setp.ge.u32 %p, %r4, %r0;\n"
    "  @%p bra done;\n"
    "  mul.wide.u32 %d2, %r4, 4;\n"
    "  add.s64 %d0, %d0, %d2; add.s64 %d1, %d1, %d2;\n"
    "  ld.global.f32 %f0, [%d0]; ld.global.f32 %f1, [%d0+4]; ld.global.f32 %f2, [%d0+8]; ld.global.f32 %f3, [%d0+12];\n"
    "  ld.global.f32 %f4, [%d0+16];\n"
    "  add.f32 %f0, %f0, %f1; add.f32 %f2, %f2, %f3; add.f32 %f0, %f0, %f2; add.f32 %f0, %f0, %f4;\n"
    "  mul.f32 %f5, %f0, 0f3E4CCCCD;\n"
    "  st.global.f32 [%d1], %f5;\n"
    "done:\n"
    "  ret;\n"
    "}\n"

    /* *sum += the sum of the numbers, a tree in shared memory, then one atomic a block of 256 */
    ".visible .entry block_sums(.param .u64 numbers, .param .u64 sum, .param .u32 n) {\n"
    "  .reg .pred %p<4>; .reg .b32 %r<12>; .reg .b64 %d<4>;\n"
    "  .shared .align 4 .b8 partial[1024];\n"
    "  ld.param.u64 %d0, [numbers]; ld.param.u64 %d1, [sum]; ld.param.u32 %r0, [n];\n"
    "  mov.u32 %r1, %ctaid.x; mov.u32 %r2, %ntid.x; mov.u32 %r3, %tid.x;\n"
    "  mad.lo.s32 %r4, %r1, %r2, %r3;\n"
    "  mul.wide.u32 %d2, %r4, 4; add.s64 %d0, %d0, %d2;\n"
    "  ld.global.u32 %r5, [%d0];\n"
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
    "  cvt.u64.u32 %d3, %r5;\n"
    "  red.global.add.u64 [%d1], %d3;\n"
    "done:\n"
    "  ret;\n"
    "}\n"

    ".visible .entry empty() { ret; }\n";

/* What threads of these execute. A block sum halves eight times: 6 instructions a thread each, 6 more for those that add. */
enum { STENCIL_INSTRUCTIONS = 24, BLOCK_SUM_INSTRUCTIONS = 256 * (18 + 8 * 6) + 255 * 6 + 2 };

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void judge(int kept, const char *name, const char *text, double found, double promised)
{
    printf("%s\tsoftware: %s: %.3g %s, %.3g promised\n", kept ? "kept" : "missed", name, found, text, promised);
    fflush(stdout);
}

static int ascending(const void *one, const void *other)
{
    double difference = *(const double *)one - *(const double *)other;

    return difference < 0 ? -1 : difference > 0;
}

static double median(double *values)
{
    qsort(values, RUNS, sizeof *values, ascending);
    return values[RUNS / 2];
}

struct kernel {
    const char *name;
    unsigned grid_x, grid_y, block_x, block_y;
    void **parameters;
    double instructions; /* of one launch */
};

static void launch(CUfunction function, const struct kernel *kernel)
{
    CHECK(cu.launch(function, kernel->grid_x, kernel->grid_y, 1, kernel->block_x, kernel->block_y, 1, 0, NULL, kernel->parameters,
                    NULL));
}

/* Launches for so long; answers how many launches a second were done. */
static double rate(CUfunction function, const struct kernel *kernel, double duration)
{
    double started = seconds();
    int launches = 0;

    while (seconds() - started < duration) {
        launch(function, kernel);
        CHECK(cu.stream_synchronize(NULL));
        launches++;
    }
    return launches / (seconds() - started);
}

static void measure(CUmodule module, const struct kernel *kernel)
{
    CUfunction function;
    double cores = (double)sysconf(_SC_NPROCESSORS_ONLN), runs[RUNS];
    int run;

    CHECK(cu.module_function(&function, module, kernel->name));
    rate(function, kernel, WARM_UP_SECONDS);
    for (run = 0; run < RUNS; run++)
        runs[run] = rate(function, kernel, RUN_SECONDS) * kernel->instructions / cores;
    judge(median(runs) * factor >= RATE, kernel->name, "thread-instructions a second and core", runs[RUNS / 2], RATE);
}

/* Launches that do nothing, one behind the other. */
static void launches(CUmodule module)
{
    struct kernel empty = {"empty", 1, 1, 32, 1, NULL, 0};
    CUfunction function;
    double runs[RUNS];
    int run, i;

    CHECK(cu.module_function(&function, module, empty.name));
    rate(function, &empty, WARM_UP_SECONDS);
    for (run = 0; run < RUNS; run++) {
        double started = seconds();

        for (i = 0; i < LAUNCHES; i++)
            launch(function, &empty);
        CHECK(cu.stream_synchronize(NULL));
        runs[run] = (seconds() - started) / LAUNCHES;
    }
    judge(median(runs) <= LAUNCH_SECONDS * factor, "an empty launch", "seconds", runs[RUNS / 2], LAUNCH_SECONDS);
}

/* A hundred kernels, each a saxpy with another constant, loaded and launched once each. */
static void compile(void **parameters)
{
    static char text[TEXT_BYTES], name[16];
    struct kernel kernel = {name, 1, 1, THREADS, 1, parameters, 0};
    double runs[RUNS];
    int run, i;

    for (run = 0; run < RUNS; run++) {
        CUmodule module;
        CUfunction function;
        size_t length = (size_t)snprintf(text, sizeof text, ".version 7.0\n.target sm_70\n.address_size 64\n");
        double started;

        for (i = 0; i < KERNELS; i++)
            length += (size_t)snprintf(
                text + length, sizeof text - length,
                ".visible .entry k%d(.param .u64 x, .param .u64 y, .param .f32 a, .param .u32 n) {\n"
                "  .reg .pred %%p; .reg .b32 %%r<6>; .reg .f32 %%f<4>; .reg .b64 %%d<4>;\n"
                "  ld.param.u64 %%d0, [x]; ld.param.u64 %%d1, [y]; ld.param.f32 %%f0, [a]; ld.param.u32 %%r0, [n];\n"
                "  mov.u32 %%r1, %%ctaid.x; mov.u32 %%r2, %%ntid.x; mov.u32 %%r3, %%tid.x;\n"
                "  mad.lo.s32 %%r4, %%r1, %%r2, %%r3; setp.ge.u32 %%p, %%r4, %%r0; @%%p bra done;\n"
                "  mul.wide.u32 %%d2, %%r4, 4; add.s64 %%d0, %%d0, %%d2; add.s64 %%d1, %%d1, %%d2;\n"
                "  ld.global.f32 %%f1, [%%d0]; ld.global.f32 %%f2, [%%d1]; mov.u32 %%r5, %d;\n"
                "again: fma.rn.f32 %%f2, %%f0, %%f1, %%f2; sub.u32 %%r5, %%r5, 1; setp.ne.u32 %%p, %%r5, 0; @%%p bra again;\n"
                "  st.global.f32 [%%d1], %%f2;\n"
                "done: ret;\n"
                "}\n",
                i, run * KERNELS + i + 1);
        started = seconds();
        CHECK(cu.module_load(&module, text));
        for (i = 0; i < KERNELS; i++) {
            snprintf(name, sizeof name, "k%d", i);
            CHECK(cu.module_function(&function, module, name));
            launch(function, &kernel);
        }
        CHECK(cu.context_synchronize());
        runs[run] = seconds() - started;
        CHECK(cu.module_unload(module));
    }
    judge(median(runs) <= COMPILE_SECONDS * factor, "a module of 100 kernels, each run once", "seconds", runs[RUNS / 2], COMPILE_SECONDS);
}

int main(int count, char **arguments)
{
    CUdevice device;
    CUcontext context;
    CUmodule first, second;
    CUdeviceptr a, b, c;
    float scale = 1.5f;
    unsigned n = ELEMENTS, side = SIDE;
    void *saxpy_parameters[] = {&a, &b, &scale, &n};
    void *product_parameters[] = {&a, &b, &c, &side};
    void *stencil_parameters[] = {&a, &b, &n};
    void *sum_parameters[] = {&a, &c, &n};
    struct kernel saxpy = {"saxpy", ELEMENTS / THREADS, 1, THREADS, 1, saxpy_parameters, (double)ELEMENTS * SAXPY_INSTRUCTIONS};
    struct kernel product = {
        "matrix_product", SIDE / TILE, SIDE / TILE, TILE, TILE, product_parameters,
        (double)SIDE * SIDE * (MATRIX_PRODUCT_INSTRUCTIONS + MATRIX_PRODUCT_INSTRUCTIONS_A_TILE * (SIDE / TILE)),
    };
    struct kernel stencil = {"stencil", ELEMENTS / THREADS, 1, THREADS, 1, stencil_parameters, (double)ELEMENTS * STENCIL_INSTRUCTIONS};
    struct kernel sums = {
        "block_sums", ELEMENTS / THREADS, 1, THREADS, 1, sum_parameters, (double)(ELEMENTS / THREADS) * BLOCK_SUM_INSTRUCTIONS,
    };

    if (count > 1)
        factor = atof(arguments[1]);
    load_driver();
    CHECK(cu.init(0));
    CHECK(cu.device_get(&device, 0));
    CHECK(cu.context_retain(&context, device));
    CHECK(cu.context_set(context));
    CHECK(cu.module_load(&first, ptx));
    CHECK(cu.module_load(&second, more));
    CHECK(cu.mem_alloc(&a, (ELEMENTS + 4) * sizeof(float)));
    CHECK(cu.mem_alloc(&b, ELEMENTS * sizeof(float)));
    CHECK(cu.mem_alloc(&c, ELEMENTS * sizeof(float)));
    CHECK(cu.memset8(a, 0, (ELEMENTS + 4) * sizeof(float)));
    CHECK(cu.memset8(b, 0, ELEMENTS * sizeof(float)));
    CHECK(cu.memset8(c, 0, ELEMENTS * sizeof(float)));
    compile(saxpy_parameters);
    launches(second);
    measure(first, &saxpy);
    measure(first, &product);
    measure(second, &stencil);
    measure(second, &sums);
    CHECK(cu.context_release(device));
    return 0;
}
