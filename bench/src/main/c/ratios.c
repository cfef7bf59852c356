/*
 * What the road to a driver costs beside its floors, in one process and in turn, so that whatever else the machine does meets both:
 * a posted launch beside the stand-in driver's own launch, in processor time of the calling thread, and a round trip beside an echo
 * over TCP. Of each the lower decile, which others on the machine hardly move. Runs under `penstock run`, with the stand-in behind
 * the worker too. usage: ratios STAND-IN   (the path of the stand-in's libcuda.so.1)
 */
#include "../../../../testkit/programs/driver.h"
#include "echo.h"

enum { BURST = 500, BURSTS = 200, TRIPS = 10, ROUNDS = 400, WARM_UP = 100 };

static const char ptx[] = ".version 7.0\n.target sm_50\n.address_size 64\n.visible .entry nothing(.param .u64 a, .param .u64 b) { ret; }\n";

struct road {
    struct driver driver;
    CUdevice device;
    CUfunction nothing;
    CUdeviceptr memory;
};

static void print_lower_decile(const char *name, long *nanos, int count, double each)
{
    qsort(nanos, (size_t)count, sizeof nanos[0], order);
    printf("%s %.2f\n", name, (double)nanos[count / 10] / each);
}

static void open_road(struct road *road, const char *library)
{
    CUcontext context;
    CUmodule module;

    open_driver(&road->driver, library);
    CHECK(road->driver.init(0));
    CHECK(road->driver.device_get(&road->device, 0));
    CHECK(road->driver.context_retain(&context, road->device));
    CHECK(road->driver.context_set(context));
    CHECK(road->driver.module_load(&module, ptx));
    CHECK(road->driver.module_function(&road->nothing, module, "nothing"));
    CHECK(road->driver.mem_alloc(&road->memory, 4096));
}

static void launch(struct road *road)
{
    CUdeviceptr b = road->memory + 8;
    void *parameters[] = {&road->memory, &b};

    CHECK(road->driver.launch(road->nothing, 1, 1, 1, 1, 1, 1, 0, NULL, parameters, NULL));
}

/* What a burst that the ring holds costs its thread. */
static long burst(struct road *road)
{
    long started = nanos(CLOCK_THREAD_CPUTIME_ID), took;
    int i;

    for (i = 0; i < BURST; i++)
        launch(road);
    took = nanos(CLOCK_THREAD_CPUTIME_ID) - started;
    CHECK(road->driver.context_synchronize());
    return took;
}

static long round_trip(struct road *road)
{
    long started = nanos(CLOCK_MONOTONIC);

    launch(road);
    CHECK(road->driver.stream_synchronize(NULL));
    return nanos(CLOCK_MONOTONIC) - started;
}

static void posted_calls(struct road *native, struct road *remote)
{
    static long floor[BURSTS], ours[BURSTS];
    int i;

    for (i = 0; i < WARM_UP; i++)
        burst(remote);
    for (i = 0; i < BURSTS; i++) {
        floor[i] = burst(native);
        ours[i] = burst(remote);
    }
    print_lower_decile("native_launch_ns", floor, BURSTS, BURST);
    print_lower_decile("posted_launch_ns", ours, BURSTS, BURST);
}

static void round_trips(int peer, struct road *remote)
{
    static long floor[ROUNDS * TRIPS], ours[ROUNDS * TRIPS];
    int round, i;

    for (round = -WARM_UP; round < ROUNDS; round++) {
        int at = round < 0 ? 0 : round * TRIPS;

        for (i = 0; i < TRIPS; i++)
            floor[at + i] = echo(peer);
        for (i = 0; i < TRIPS; i++)
            ours[at + i] = round_trip(remote);
    }
    print_lower_decile("echo_us", floor, ROUNDS * TRIPS, 1e3);
    print_lower_decile("round_trip_us", ours, ROUNDS * TRIPS, 1e3);
}

int main(int count, char **arguments)
{
    struct road native, remote;
    int peer = echo_open();

    if (count != 2) {
        fprintf(stderr, "usage: ratios STAND-IN\n");
        return 2;
    }
    /* in this order: a name without a slash means any loaded library that calls itself so */
    open_road(&remote, "libcuda.so.1");
    open_road(&native, arguments[1]);
    if (native.driver.launch == remote.driver.launch) {
        fprintf(stderr, "%s is what is measured, run this with `penstock run`\n", arguments[1]);
        return 1;
    }
    posted_calls(&native, &remote);
    round_trips(peer, &remote);
    echo_close(peer);
    return 0;
}
