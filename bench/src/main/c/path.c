/*
 * What the road to a driver costs: run natively on the stand-in driver and under `penstock run` with the stand-in behind the
 * worker; the driver's own time is nearly nothing in both. Prints lines "name value".
 */
#include "../../../../testkit/programs/driver.h"

#include <string.h>
#include <time.h>

enum { TRIPS = 5000, WARM_UP = 1000, BURST = 2000, BURSTS = 50, COPIES = 8 };

static const size_t COPY_BYTES = (size_t)256 << 20;

static const char ptx[] = ".version 7.0\n.target sm_50\n.address_size 64\n.visible .entry nothing(.param .u64 a, .param .u64 b) { ret; }\n";

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static CUdeviceptr memory;
static CUfunction nothing;
static char *host;

static void launch(void)
{
    CUdeviceptr b = memory + 8;
    void *parameters[] = {&memory, &b};

    CHECK(cu.launch(nothing, 1, 1, 1, 1, 1, 1, 0, NULL, parameters, NULL));
}

static void launch_and_wait(void)
{
    launch();
    CHECK(cu.stream_synchronize(NULL));
}

static void read_four_bytes(void)
{
    CHECK(cu.to_host(host, memory, 4));
}

static void write_four_bytes(void)
{
    CHECK(cu.to_device(memory, host, 4));
}

/* Median and 99th percentile of one call that waits. */
static void round_trips(const char *name, void (*call)(void))
{
    static double times[TRIPS];
    int trip;

    for (trip = -WARM_UP; trip < TRIPS; trip++) {
        double started = seconds();

        call();
        if (trip >= 0)
            times[trip] = seconds() - started;
    }
    qsort(times, TRIPS, sizeof times[0], order);
    printf("%s_median_us %.3f\n", name, times[TRIPS / 2] * 1e6);
    printf("%s_p99_us %.3f\n", name, times[TRIPS * 99 / 100] * 1e6);
}

/* What a launch costs the calling thread in a burst that the ring holds, and how many a second get through for good. */
static void launches(void)
{
    double best = 1e9, started = seconds();
    int burst, i;

    for (burst = 0; burst < BURSTS; burst++) {
        double begun = seconds(), each;

        for (i = 0; i < BURST; i++)
            launch();
        each = (seconds() - begun) / BURST;
        best = each < best ? each : best;
        CHECK(cu.context_synchronize());
    }
    printf("launch_ns %.1f\n", best * 1e9);
    started = seconds();
    for (i = 0; i < BURST * BURSTS; i++)
        launch();
    CHECK(cu.context_synchronize());
    printf("posted_calls_per_s %.0f\n", BURST * BURSTS / (seconds() - started));
}

static void copies(void)
{
    double best_up = 1e9, best_down = 1e9;
    int i;

    for (i = 0; i < COPIES; i++) {
        double started = seconds(), took;

        CHECK(cu.to_device(memory, host, COPY_BYTES));
        CHECK(cu.context_synchronize());
        took = seconds() - started;
        best_up = took < best_up ? took : best_up;
        started = seconds();
        CHECK(cu.to_host(host, memory, COPY_BYTES));
        took = seconds() - started;
        best_down = took < best_down ? took : best_down;
    }
    printf("htod_gb_s %.3f\n", (double)COPY_BYTES / best_up / 1e9);
    printf("dtoh_gb_s %.3f\n", (double)COPY_BYTES / best_down / 1e9);
}

int main(void)
{
    CUdevice device;
    CUcontext context;
    CUmodule module;

    load_driver();
    CHECK(cu.init(0));
    CHECK(cu.device_get(&device, 0));
    CHECK(cu.context_retain(&context, device));
    CHECK(cu.context_set(context));
    CHECK(cu.module_load(&module, ptx));
    CHECK(cu.module_function(&nothing, module, "nothing"));
    CHECK(cu.mem_alloc(&memory, COPY_BYTES));
    host = malloc(COPY_BYTES);
    if (host == NULL)
        return 1;
    memset(host, 1, COPY_BYTES);
    launches();
    round_trips("launch_and_wait", launch_and_wait);
    round_trips("dtoh_4_bytes", read_four_bytes);
    round_trips("htod_4_bytes", write_four_bytes);
    copies();
    CHECK(cu.mem_free(memory));
    CHECK(cu.context_release(device));
    free(host);
    return 0;
}
