/*
 * How many PTX instructions a second the GPU's threads execute, on saxpy and on a tiled matrix product. Each kernel runs until
 * the device has had time to compile what it compiles, then until enough time is measured. For a software GPU the figure is
 * given for each core of this machine too.
 */
#include "../../../../testkit/programs/driver.h"
#include "../../../../testkit/programs/kernels.h"

#include <time.h>
#include <unistd.h>

enum { ELEMENTS = 1 << 18, THREADS = 256, SIDE = 128, TILE = 16 };

static const double WARM_UP_SECONDS = 5, MEASURED_SECONDS = 3, PROMISED = 3e7;

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct kernel {
    const char *name;
    CUfunction function;
    unsigned grid_x, grid_y, block_x, block_y;
    void **parameters;
    double instructions; /* of one launch */
};

/* Launches for so long; answers how many launches a second were done. */
static double rate(const struct kernel *kernel, double duration)
{
    double started = seconds();
    int launches = 0;

    while (seconds() - started < duration) {
        CHECK(cu.launch(kernel->function, kernel->grid_x, kernel->grid_y, 1, kernel->block_x, kernel->block_y, 1, 0, NULL, kernel->parameters,
                        NULL));
        CHECK(cu.stream_synchronize(NULL));
        launches++;
    }
    return launches / (seconds() - started);
}

static void measure(const struct kernel *kernel)
{
    double all, core;

    rate(kernel, WARM_UP_SECONDS);
    all = rate(kernel, MEASURED_SECONDS) * kernel->instructions;
    core = all / (double)sysconf(_SC_NPROCESSORS_ONLN);
    printf("%s: %.3g thread-instructions a second, %.3g a core (%s: at least %.0e)\n", kernel->name, all, core,
           core >= PROMISED ? "kept" : "MISSED", PROMISED);
}

int main(void)
{
    CUdevice device;
    CUcontext context;
    CUmodule module;
    CUdeviceptr a, b, c;
    float factor = 1.5f;
    unsigned n = ELEMENTS, side = SIDE;
    void *saxpy_parameters[] = {&a, &b, &factor, &n};
    void *product_parameters[] = {&a, &b, &c, &side};
    struct kernel saxpy = {"saxpy", NULL, ELEMENTS / THREADS, 1, THREADS, 1, saxpy_parameters, (double)ELEMENTS * SAXPY_INSTRUCTIONS};
    struct kernel product = {
        "matrix_product", NULL, SIDE / TILE, SIDE / TILE, TILE, TILE, product_parameters,
        (double)SIDE * SIDE * (MATRIX_PRODUCT_INSTRUCTIONS + MATRIX_PRODUCT_INSTRUCTIONS_A_TILE * (SIDE / TILE)),
    };

    load_driver();
    CHECK(cu.init(0));
    CHECK(cu.device_get(&device, 0));
    CHECK(cu.context_retain(&context, device));
    CHECK(cu.context_set(context));
    CHECK(cu.module_load(&module, ptx));
    CHECK(cu.module_function(&saxpy.function, module, "saxpy"));
    CHECK(cu.module_function(&product.function, module, "matrix_product"));
    CHECK(cu.mem_alloc(&a, ELEMENTS * sizeof(float)));
    CHECK(cu.mem_alloc(&b, ELEMENTS * sizeof(float)));
    CHECK(cu.mem_alloc(&c, ELEMENTS * sizeof(float)));
    CHECK(cu.memset8(a, 0, ELEMENTS * sizeof(float)));
    CHECK(cu.memset8(b, 0, ELEMENTS * sizeof(float)));
    measure(&saxpy);
    measure(&product);
    CHECK(cu.context_release(device));
    return 0;
}
