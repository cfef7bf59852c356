/*
 * One program order for all threads: several threads share streams and events, hand work to each other, and wait for what
 * others have yet to post. What the kernels compute depends on the order in which they run, so a wrong order is a wrong number.
 */
#include "stream_driver.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

enum { THREADS = 4, ROUNDS = 250, BURST = 2000, READ_BACKS = 200, LATE_POSTS = 20, ASKS = 200, BEFORE_ASK = 20 };

static const char kernels[] =
    ".version 7.0\n.target sm_70\n.address_size 64\n"
    /* *p = 3 *p + n, in this order or the number is another */
    ".visible .entry mix(.param .u64 p, .param .u32 n) {\n"
    "  .reg .b64 %d; .reg .b32 %r<3>;\n"
    "  ld.param.u64 %d, [p]; ld.param.u32 %r0, [n];\n"
    "  ld.global.u32 %r1, [%d]; mad.lo.u32 %r2, %r1, 3, %r0; st.global.u32 [%d], %r2;\n"
    "  ret;\n"
    "}\n"
    ".visible .entry count(.param .u64 p) {\n"
    "  .reg .b64 %d; ld.param.u64 %d, [p]; red.global.add.u32 [%d], 1; ret;\n"
    "}\n"
    /* ends when *p is no longer 0 */
    ".visible .entry spin(.param .u64 p) {\n"
    "  .reg .pred %q; .reg .b64 %d; .reg .b32 %r;\n"
    "  ld.param.u64 %d, [p];\n"
    "again:\n"
    "  ld.volatile.global.u32 %r, [%d]; setp.eq.u32 %q, %r, 0;\n"
    "  @%q bra again;\n"
    "  ret;\n"
    "}\n";

static CUcontext context;
static CUfunction mix, count, spin;
static CUstream shared;
static CUdeviceptr cell; /* four bytes that every test sets first */
static size_t failures;

static void launch_mix(CUstream stream, unsigned number)
{
    void *parameters[] = {&cell, &number};

    CHECK(cu.launch(mix, 1, 1, 1, 1, 1, 1, 0, stream, parameters, NULL));
}

static void launch_on_cell(CUfunction function, CUstream stream)
{
    void *parameters[] = {&cell};

    CHECK(cu.launch(function, 1, 1, 1, 1, 1, 1, 0, stream, parameters, NULL));
}

static void set_cell(unsigned value)
{
    CHECK(cu.to_device(cell, &value, sizeof value));
    CHECK(cu.context_synchronize());
}

static unsigned read_cell(void)
{
    unsigned value;

    CHECK(cu.context_synchronize());
    CHECK(cu.to_host(&value, cell, sizeof value));
    return value;
}

static void judge(const char *what, unsigned got, unsigned expected)
{
    printf("%s: %u%s\n", what, got, got == expected ? "" : "   WRONG");
    failures += got != expected;
}

/* Runs one function in THREADS threads, each with the context and its own number. */
struct part {
    void (*run)(unsigned number);
    unsigned number;
    pthread_t thread;
};

static void *run_part(void *argument)
{
    struct part *part = argument;

    CHECK(cu.context_set(context));
    part->run(part->number);
    return NULL;
}

static void in_threads(void (*run)(unsigned number), unsigned threads)
{
    struct part parts[THREADS];
    unsigned i;

    for (i = 0; i < threads; i++) {
        parts[i].run = run;
        parts[i].number = i;
        if (pthread_create(&parts[i].thread, NULL, run_part, &parts[i]) != 0)
            abort();
    }
    for (i = 0; i < threads; i++)
        pthread_join(parts[i].thread, NULL);
}

/* Whose turn it is: the program order that the threads agree on among themselves. */
static pthread_mutex_t turn_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn_changed = PTHREAD_COND_INITIALIZER;
static unsigned turn;

/* A turn may be over before a thread that need not take it has woken. */
static void await_turn(unsigned wanted)
{
    pthread_mutex_lock(&turn_lock);
    while (turn < wanted)
        pthread_cond_wait(&turn_changed, &turn_lock);
    pthread_mutex_unlock(&turn_lock);
}

static void next_turn(void)
{
    pthread_mutex_lock(&turn_lock);
    turn++;
    pthread_cond_broadcast(&turn_changed);
    pthread_mutex_unlock(&turn_lock);
}

static unsigned mixed(unsigned value, unsigned rounds)
{
    unsigned i;

    for (i = 0; i < rounds * THREADS; i++)
        value = value * 3 + i % THREADS;
    return value;
}

static void mix_in_turn(unsigned number)
{
    unsigned round;

    for (round = 0; round < ROUNDS; round++) {
        await_turn(round * THREADS + number);
        launch_mix(shared, number);
        next_turn();
    }
}

static void one_stream(void)
{
    turn = 0;
    set_cell(1);
    in_threads(mix_in_turn, THREADS);
    judge("four threads in turn on one stream", read_cell(), mixed(1, ROUNDS));
}

/* As before, but each thread has a stream of its own and waits on the GPU for the event of the thread before it. */
static CUstream own[THREADS];
static CUevent done[THREADS];

static void mix_behind_event(unsigned number)
{
    unsigned round;

    for (round = 0; round < ROUNDS; round++) {
        await_turn(round * THREADS + number);
        if (turn > 0)
            CHECK(st.wait_event(own[number], done[(number + THREADS - 1) % THREADS], 0));
        launch_mix(own[number], number);
        CHECK(st.event_record(done[number], own[number]));
        next_turn();
    }
}

static void many_streams(void)
{
    turn = 0;
    set_cell(1);
    in_threads(mix_behind_event, THREADS);
    judge("four threads on four streams, chained by events", read_cell(), mixed(1, ROUNDS));
}

static void count_freely(unsigned number)
{
    unsigned i;

    for (i = 0; i < BURST; i++)
        launch_on_cell(count, i % 2 == 0 ? shared : own[number]);
    CHECK(cu.stream_synchronize(own[number]));
}

static void launches_counted(void)
{
    set_cell(0);
    in_threads(count_freely, THREADS);
    judge("launches of four threads that do not wait for each other", read_cell(), THREADS * BURST);
}

/*
 * Thread 0 waits for a kernel that ends when thread 1's write arrives, and thread 1 posts that only once thread 0 is about
 * to wait. A wait that holds up the others hangs here for good.
 */
static void wait_or_release(unsigned number)
{
    unsigned round;

    for (round = 0; round < LATE_POSTS; round++) {
        if (number == 0) {
            set_cell(0);
            launch_on_cell(spin, own[0]);
            CHECK(st.event_record(done[0], own[0]));
            next_turn();
            CHECK(round % 2 == 0 ? cu.stream_synchronize(own[0]) : st.event_synchronize(done[0]));
            next_turn();
        } else {
            await_turn(2 * round + 1);
            CHECK(st.set32_async(cell, 1, 1, own[1]));
            await_turn(2 * round + 2);
        }
    }
}

static void late_posts(void)
{
    turn = 0;
    in_threads(wait_or_release, 2);
    judge("waits of one thread for what the other had yet to post", turn / 2, LATE_POSTS);
}

/* Thread 0 posts a copy to host memory and an event; the other threads poll or wait for the event and look at the memory. */
static volatile unsigned *landed;
static unsigned stale;

static void read_behind_event(unsigned number)
{
    unsigned round;

    for (round = 0; round < READ_BACKS; round++) {
        if (number == 0) {
            await_turn(3 * round);
            CHECK(st.set32_async(cell, round + 1, 1, shared));
            CHECK(st.to_host_async((void *)landed, cell, 4, shared));
            CHECK(st.event_record(done[0], shared));
            next_turn();
            continue;
        }
        await_turn(3 * round + number);
        if (number == 1) {
            CUresult result;

            while ((result = st.event_query(done[0])) == NOT_READY)
                ;
            CHECK(result);
        } else {
            CHECK(st.event_synchronize(done[0]));
        }
        stale += *landed != round + 1; /* in turn, so nobody else touches it */
        next_turn();
    }
}

static void read_backs(void)
{
    void *memory;

    CHECK(st.host_alloc(&memory, 4, 0));
    landed = memory;
    turn = 0;
    in_threads(read_behind_event, 3);
    judge("numbers that had not landed when their event was done", stale, 0);
    CHECK(st.host_free(memory));
}

/* An event is asked about while work before it runs, and a copy on the same stream waits right behind the question. */
static void copies_behind_questions(void)
{
    unsigned round, i, expected = 0, value, wrong = 0;

    set_cell(0);
    for (round = 0; round < ASKS; round++) {
        CUresult result;

        for (i = 0; i < BEFORE_ASK; i++, expected = 3 * expected + round)
            launch_mix(NULL, round);
        CHECK(st.event_record(done[0], NULL));
        result = st.event_query(done[0]);
        if (result != NOT_READY)
            CHECK(result);
        CHECK(cu.to_host(&value, cell, 4));
        wrong += value != expected;
    }
    judge("copies that wait behind a question and bring wrong numbers", wrong, 0);
}

static void set_up(void)
{
    CUmodule module;
    unsigned i;

    load_driver();
    load_stream_driver();
    CHECK(cu.init(0));
    CHECK(cu.context_retain(&context, 0));
    CHECK(cu.context_set(context));
    CHECK(cu.module_load(&module, kernels));
    CHECK(cu.module_function(&mix, module, "mix"));
    CHECK(cu.module_function(&count, module, "count"));
    CHECK(cu.module_function(&spin, module, "spin"));
    CHECK(cu.mem_alloc(&cell, 4));
    CHECK(st.create(&shared, STREAM_NON_BLOCKING));
    for (i = 0; i < THREADS; i++) {
        CHECK(st.create(&own[i], STREAM_NON_BLOCKING));
        CHECK(st.event_create(&done[i], EVENT_DISABLE_TIMING));
    }
}

int main(void)
{
    set_up();
    one_stream();
    many_streams();
    launches_counted();
    late_posts();
    read_backs();
    copies_behind_questions();
    return failures == 0 ? 0 : 1;
}
