/*
 * What single calls of the driver cost the thread that makes them. Prints JSON lines like the Python programs beside it.
 *
 * usage: driver_calls SAMPLES [ROW…]
 */
#include "../../../testkit/programs/driver.h"

#include <string.h>
#include <time.h>

enum { BURST = 2000, BURSTS = 20, SUSTAINED = 200000, TRIPS = 2000, ALLOCATIONS = 200 };

static const char kernel[] =
    ".version 7.0\n.target sm_50\n.address_size 64\n.visible .entry nothing(.param .u64 a, .param .u64 b, .param .u32 c) { ret; }\n";

static CUfunction nothing;
static CUdeviceptr memory;

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void launch(void)
{
    unsigned number = 1;
    void *parameters[] = {&memory, &memory, &number};

    CHECK(cu.launch(nothing, 1, 1, 1, 1, 1, 1, 0, NULL, parameters, NULL));
}

static void launch_and_wait(void)
{
    launch();
    CHECK(cu.stream_synchronize(NULL));
}

static void read_four_bytes(void)
{
    char host[4];

    CHECK(cu.to_host(host, memory, sizeof host));
}

static void allocate_and_free(void)
{
    CUdeviceptr address;

    CHECK(cu.mem_alloc(&address, 1 << 20));
    CHECK(cu.mem_free(address));
}

/* The thread's own time for `count` calls; what the device has left to do is waited for afterwards. */
static double sample_ms(void (*call)(void), int count)
{
    double started = now_ms(), ended;
    int i;

    for (i = 0; i < count; i++)
        call();
    ended = now_ms();
    CHECK(cu.context_synchronize());
    return ended - started;
}

static const struct row {
    const char *name;
    void (*call)(void);
    int count; /* calls a sample */
    int best_of;
} rows[] = {
    {"launch_burst", launch, BURST, BURSTS},
    {"launch_sustained", launch, SUSTAINED, 1},
    {"launch_and_synchronise", launch_and_wait, TRIPS, 1},
    {"dtoh_4_bytes", read_four_bytes, TRIPS, 1},
    {"alloc_and_free", allocate_and_free, ALLOCATIONS, 1},
};

static void measure(const struct row *row, int samples)
{
    int sample, attempt;

    sample_ms(row->call, row->count / 10 + 1);
    printf("{\"row\": \"%s\", \"steps\": %d, \"bytes\": 0, \"samples_ms\": [", row->name, row->count);
    for (sample = 0; sample < samples; sample++) {
        double best = sample_ms(row->call, row->count);

        for (attempt = 1; attempt < row->best_of; attempt++) {
            double again = sample_ms(row->call, row->count);

            best = again < best ? again : best;
        }
        printf("%s%.6f", sample > 0 ? ", " : "", best);
    }
    printf("]}\n");
    fflush(stdout);
}

static int wanted(const char *name, int count, char **names)
{
    int i;

    for (i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return 1;
    return count == 0;
}

int main(int count, char **arguments)
{
    CUcontext context;
    CUmodule module;
    size_t i;

    if (count < 2) {
        fprintf(stderr, "usage: driver_calls SAMPLES [ROW...]\n");
        return 2;
    }
    load_driver();
    CHECK(cu.init(0));
    CHECK(cu.context_retain(&context, 0));
    CHECK(cu.context_set(context));
    CHECK(cu.module_load(&module, kernel));
    CHECK(cu.module_function(&nothing, module, "nothing"));
    CHECK(cu.mem_alloc(&memory, 1 << 20));
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (wanted(rows[i].name, count - 2, arguments + 2))
            measure(&rows[i], atoi(arguments[1]));
    return 0;
}
