/*
 * Pinned host memory that the GPU uses by its address: fills, copies, kernels and graphs that name it, between reads and
 * writes of the program. Every value is looked at right after the call that proves it.
 */
#include "stream_driver.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum { PORTABLE = 1, DEVICE_MAP = 2, WORDS = 1024, WAIT_EQUAL = 1, THREADS = 4, ROUNDS = 200 };
enum { MEMORY_HOST = 1, MEMORY_DEVICE = 2 };

static const char kernels[] =
    ".version 7.0\n.target sm_70\n.address_size 64\n"
    /* *to = *from + 1 */
    ".visible .entry next(.param .u64 to, .param .u64 from) {\n"
    "  .reg .b64 %d<2>; .reg .b32 %r;\n"
    "  ld.param.u64 %d0, [to]; ld.param.u64 %d1, [from];\n"
    "  ld.global.u32 %r, [%d1]; add.u32 %r, %r, 1; st.global.u32 [%d0], %r;\n"
    "  ret;\n"
    "}\n"
    /* **cell += 1: the address is in memory, not among the parameters */
    ".visible .entry follow(.param .u64 cell) {\n"
    "  .reg .b64 %d; .reg .b32 %r;\n"
    "  ld.param.u64 %d, [cell]; ld.global.u64 %d, [%d];\n"
    "  ld.global.u32 %r, [%d]; add.u32 %r, %r, 1; st.global.u32 [%d], %r;\n"
    "  ret;\n"
    "}\n";

typedef struct CUgraphExec_st *CUgraphExec;
typedef struct CUgraphNode_st *CUgraphNode;

struct set_params {
    CUdeviceptr target;
    size_t pitch;
    unsigned value, element_bytes;
    size_t width, height;
};

struct copy_2d {
    struct {
        size_t x, y;
        int type;
        void *host;
        CUdeviceptr device;
        void *array;
        size_t pitch;
    } from, to;
    size_t width, height;
};

static struct {
    CUresult (*device_pointer)(CUdeviceptr *address, void *memory, unsigned flags);
    CUresult (*set32)(CUdeviceptr target, unsigned value, size_t count);
    CUresult (*copy_async)(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream);
    CUresult (*wait_value)(CUstream stream, CUdeviceptr address, unsigned value, unsigned flags);
    CUresult (*write_value)(CUstream stream, CUdeviceptr address, unsigned value, unsigned flags);
    CUresult (*host_function)(CUstream stream, void (*function)(void *user), void *user);
    CUresult (*copy_2d)(const struct copy_2d *copy);
    CUresult (*graph_create)(CUgraph *graph, unsigned flags);
    CUresult (*add_set)(CUgraphNode *node, CUgraph graph, const CUgraphNode *after, size_t count,
                        const struct set_params *params, CUcontext context);
    CUresult (*instantiate)(CUgraphExec *exec, CUgraph graph, unsigned long long flags);
    CUresult (*graph_launch)(CUgraphExec exec, CUstream stream);
} more;

static CUcontext context;
static CUfunction next, follow;
static CUstream stream, other;
static CUdeviceptr device; /* a word of device memory */
static size_t failures;

static void load_more(void)
{
    void *library = dlopen("libcuda.so.1", RTLD_NOW);

    *(void **)&more.device_pointer = symbol(library, "cuMemHostGetDevicePointer_v2");
    *(void **)&more.set32 = symbol(library, "cuMemsetD32_v2");
    *(void **)&more.copy_async = symbol(library, "cuMemcpyAsync");
    *(void **)&more.wait_value = symbol(library, "cuStreamWaitValue32_v2");
    *(void **)&more.write_value = symbol(library, "cuStreamWriteValue32_v2");
    *(void **)&more.host_function = symbol(library, "cuLaunchHostFunc");
    *(void **)&more.copy_2d = symbol(library, "cuMemcpy2D_v2");
    *(void **)&more.graph_create = symbol(library, "cuGraphCreate");
    *(void **)&more.add_set = symbol(library, "cuGraphAddMemsetNode");
    *(void **)&more.instantiate = symbol(library, "cuGraphInstantiateWithFlags");
    *(void **)&more.graph_launch = symbol(library, "cuGraphLaunch");
}

static void judge(const char *what, unsigned got, unsigned expected)
{
    printf("%s: %u%s\n", what, got, got == expected ? "" : "   WRONG");
    failures += got != expected;
}

static CUdeviceptr address(const volatile void *memory)
{
    return (CUdeviceptr)(uintptr_t)memory;
}

static volatile uint32_t *pinned(size_t bytes, unsigned flags)
{
    void *memory = NULL;

    CHECK(st.host_alloc(&memory, bytes, flags));
    return memory;
}

static void release(volatile uint32_t *memory)
{
    CHECK(st.host_free((void *)(uintptr_t)memory));
}

static void launch_next(CUdeviceptr to, CUdeviceptr from, CUstream in)
{
    void *parameters[] = {&to, &from};

    CHECK(cu.launch(next, 1, 1, 1, 1, 1, 1, 0, in, parameters, NULL));
}

/* What XLA's autotuner does for each kernel it tries. */
static void compares_as_xla_does(void)
{
    uint64_t found = 1;
    unsigned round;

    for (round = 0; round < 20; round++) {
        volatile uint32_t *mismatches = pinned(8, PORTABLE);

        CHECK(st.set32_async(address(mismatches), 0, 2, stream));
        launch_next(address(mismatches), address(mismatches), stream);
        CHECK(st.to_host_async(&found, address(mismatches), 8, stream));
        CHECK(cu.stream_synchronize(stream));
        release(mismatches);
    }
    judge("a kernel's count of mismatches, copied", (unsigned)found, 1);
}

static void proofs(void)
{
    volatile uint32_t *word = pinned(WORDS * 4, PORTABLE | DEVICE_MAP);
    CUdeviceptr asked = 0;
    CUevent event;
    unsigned value = 0;

    CHECK(st.event_create(&event, EVENT_DISABLE_TIMING));
    CHECK(more.device_pointer(&asked, (void *)(uintptr_t)word, 0));
    judge("the device address is the host address", asked == address(word), 1);
    word[0] = 10;
    launch_next(address(&word[1]), address(&word[0]), stream);
    CHECK(cu.stream_synchronize(stream));
    judge("after cuStreamSynchronize", word[1], 11);
    launch_next(address(&word[2]), address(&word[1]), stream);
    CHECK(cu.context_synchronize());
    judge("after cuCtxSynchronize", word[2], 12);
    launch_next(address(&word[3]), address(&word[2]), stream);
    CHECK(st.event_record(event, stream));
    CHECK(st.event_synchronize(event));
    judge("after cuEventSynchronize", word[3], 13);
    launch_next(address(&word[4]), address(&word[3]), stream);
    CHECK(st.event_record(event, stream));
    while (st.event_query(event) == NOT_READY)
        ;
    judge("after cuEventQuery", word[4], 14);
    launch_next(address(&word[5]), address(&word[4]), stream);
    while (st.query(stream) == NOT_READY)
        ;
    judge("after cuStreamQuery", word[5], 15);
    launch_next(address(&word[6]), address(&word[5]), NULL);
    CHECK(cu.to_host(&value, address(&word[6]), sizeof value));
    judge("after cuMemcpyDtoH, in the block", word[6], 16);
    judge("after cuMemcpyDtoH, the copy", value, 16);
    CHECK(more.set32(address(&word[7]), 77, 1));
    judge("after cuMemsetD32, which waits for pinned memory", word[7], 77);
    CHECK(st.event_destroy(event));
    release(word);
}

static void writes_of_both(void)
{
    volatile uint32_t *word = pinned(WORDS * 4, 0);
    unsigned i, kept = 0;

    for (i = 0; i < WORDS; i++)
        word[i] = i;
    launch_next(address(&word[500]), address(&word[10]), stream);
    for (i = 0; i < WORDS; i += 2)
        word[i] += i == 500 ? 0 : 5000; /* all around what the kernel writes */
    CHECK(cu.stream_synchronize(stream));
    for (i = 0; i < WORDS; i++)
        kept += i != 500 && word[i] == i + (i % 2 == 0 ? 5000 : 0);
    judge("words of the program that survive a kernel's write", kept, WORDS - 1);
    launch_next(address(&word[501]), address(&word[8]), stream);
    CHECK(cu.stream_synchronize(stream));
    judge("what the program wrote meanwhile, read by the next kernel", word[501], 5009);
    release(word);
}

static void two_streams(void)
{
    volatile uint32_t *word = pinned(64, 0);
    CUevent event;
    unsigned i;

    CHECK(st.event_create(&event, EVENT_DISABLE_TIMING));
    word[0] = 0;
    for (i = 0; i < 100; i++) {
        launch_next(address(&word[1]), address(&word[0]), stream);
        CHECK(st.event_record(event, stream));
        CHECK(st.wait_event(other, event, 0));
        launch_next(address(&word[0]), address(&word[1]), other);
        CHECK(st.event_record(event, other));
        CHECK(st.wait_event(stream, event, 0));
    }
    CHECK(cu.stream_synchronize(other));
    judge("two streams in turn", word[0], 200);
    CHECK(st.event_destroy(event));
    release(word);
}

static void copies(void)
{
    volatile uint32_t *word = pinned(64, 0);
    volatile uint32_t *unmapped = pinned(64, 0);
    unsigned value = 40;

    launch_next(address(&word[0]), address(&word[1]), stream);
    CHECK(st.to_device_async(device, (void *)(uintptr_t)&word[0], 4, stream)); /* in the stream's order: what the kernel wrote */
    launch_next(device, device, stream);
    CHECK(st.to_host_async((void *)(uintptr_t)&word[2], device, 4, stream));
    launch_next(address(&word[3]), address(&word[2]), stream);
    CHECK(more.copy_async(address(&unmapped[0]), address(&word[3]), 4, stream));
    CHECK(cu.stream_synchronize(stream));
    judge("copies from and to the block between kernels", word[3], 3);
    judge("a copy between two blocks", unmapped[0], 3);
    CHECK(cu.to_device(address(&word[4]), &value, sizeof value));
    judge("cuMemcpyHtoD into the block", word[4], 40);
    release(word);
    release(unmapped);
}

static void address_in_memory(void)
{
    volatile uint32_t *word = pinned(64, DEVICE_MAP);
    CUdeviceptr cell, asked;
    void *parameters[] = {&cell};

    CHECK(cu.mem_alloc(&cell, sizeof cell));
    CHECK(more.device_pointer(&asked, (void *)(uintptr_t)word, 0));
    CHECK(cu.to_device(cell, &asked, sizeof asked));
    word[0] = 7;
    CHECK(cu.launch(follow, 1, 1, 1, 1, 1, 1, 0, stream, parameters, NULL));
    CHECK(cu.stream_synchronize(stream));
    judge("through an address that lies in device memory", word[0], 8);
    CHECK(cu.mem_free(cell));
    release(word);
}

static void store_five(void *user)
{
    *(volatile uint32_t *)user += 5;
}

static void words_of_streams(void)
{
    volatile uint32_t *word = pinned(64, 0);

    word[0] = 0;
    CHECK(more.wait_value(stream, address(&word[0]), 1, WAIT_EQUAL));
    CHECK(more.write_value(stream, address(&word[1]), 9, 0));
    word[0] = 1;
    CHECK(cu.stream_synchronize(stream));
    judge("a stream that waited for the program's word", word[1], 9);
    launch_next(address(&word[2]), address(&word[1]), stream);
    CHECK(more.host_function(stream, store_five, (void *)(uintptr_t)&word[2]));
    launch_next(address(&word[3]), address(&word[2]), stream);
    CHECK(cu.stream_synchronize(stream));
    judge("a host function between two kernels", word[3], 16);
    release(word);
}

static void graphs(void)
{
    volatile uint32_t *word = pinned(64, 0);
    CUgraph graph;
    CUgraphExec exec;
    unsigned i;

    CHECK(st.begin_capture(stream, 0));
    launch_next(address(&word[1]), address(&word[0]), stream);
    CHECK(st.set32_async(address(&word[2]), 6, 1, stream));
    CHECK(st.to_host_async((void *)(uintptr_t)&word[3], address(&word[1]), 4, stream));
    CHECK(st.end_capture(stream, &graph));
    CHECK(more.instantiate(&exec, graph, 0));
    for (i = 0; i < 3; i++) {
        word[0] = 100 * i;
        CHECK(more.graph_launch(exec, stream));
        CHECK(cu.stream_synchronize(stream));
        judge("a graph reads what the program wrote before the launch", word[1], 100 * i + 1);
    }
    judge("a captured fill", word[2], 6);
    judge("a captured copy", word[3], 201);
    release(word);
}

static void nodes_and_boxes(void)
{
    volatile uint32_t *word = pinned(64, 0);
    volatile uint32_t *target = pinned(64, 0);
    const struct set_params set = {address(&word[1]), 12, 5, 4, 3, 1};
    struct copy_2d copy = {{0, 0, MEMORY_HOST, (void *)(uintptr_t)word, 0, NULL, 8},
                           {0, 0, MEMORY_DEVICE, NULL, address(target), NULL, 8}, 4, 3};
    CUgraphNode node;
    CUgraph graph;
    CUgraphExec exec;

    CHECK(more.graph_create(&graph, 0));
    CHECK(more.add_set(&node, graph, NULL, 0, &set, context));
    CHECK(more.instantiate(&exec, graph, 0));
    CHECK(more.graph_launch(exec, stream));
    CHECK(cu.stream_synchronize(stream));
    judge("a node that fills", word[0] * 100 + word[1] * 10 + word[3], 55);
    CHECK(more.copy_2d(&copy));
    CHECK(cu.context_synchronize());
    judge("rows copied from a block to one that is meant as device memory", target[0] * 100 + target[2] * 10 + target[4], 50);
    release(word);
    release(target);
}

struct part {
    volatile uint32_t *word; /* two of this thread's own, between those of the others */
    unsigned wrong;
    pthread_t thread;
};

static void *run_part(void *argument)
{
    struct part *part = argument;
    CUstream own;
    unsigned i;

    CHECK(cu.context_set(context));
    CHECK(st.create(&own, STREAM_NON_BLOCKING));
    for (i = 0; i < ROUNDS; i++) {
        part->word[0] = i;
        launch_next(address(&part->word[THREADS]), address(&part->word[0]), own);
        CHECK(cu.stream_synchronize(own));
        part->wrong += part->word[THREADS] != i + 1;
    }
    CHECK(st.destroy(own));
    return NULL;
}

static void threads(void)
{
    volatile uint32_t *word = pinned(WORDS * 4, 0);
    struct part parts[THREADS];
    unsigned i, wrong = 0;

    for (i = 0; i < THREADS; i++) {
        parts[i].word = &word[i];
        parts[i].wrong = 0;
        if (pthread_create(&parts[i].thread, NULL, run_part, &parts[i]) != 0)
            abort();
    }
    for (i = 0; i < THREADS; i++) {
        pthread_join(parts[i].thread, NULL);
        wrong += parts[i].wrong;
    }
    judge("wrong words of threads that share a block", wrong, 0);
    release(word);
}

static void registered(void)
{
    /* an address that a server's process has free; by chance it would have most, not all */
    void *const wish = (void *)0x3f8000000000;
    volatile uint32_t *memory = mmap(wish, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned round;

    for (round = 0; round < 10; round++) { /* the same address again and again */
        CHECK(st.host_register((void *)(uintptr_t)memory, 8192, 0));
        memory[0] = round;
        launch_next(address(&memory[2000]), address(&memory[0]), stream);
        CHECK(st.host_unregister((void *)(uintptr_t)memory)); /* waits for the GPU */
        failures += memory[2000] != round + 1;
    }
    judge("registered memory, after it was unregistered", memory[2000], 10);
}

int main(void)
{
    CUmodule module;
    CUdevice gpu;

    load_driver();
    load_stream_driver();
    load_more();
    CHECK(cu.init(0));
    CHECK(cu.device_get(&gpu, 0));
    CHECK(cu.context_retain(&context, gpu));
    CHECK(cu.context_set(context));
    CHECK(cu.module_load(&module, kernels));
    CHECK(cu.module_function(&next, module, "next"));
    CHECK(cu.module_function(&follow, module, "follow"));
    CHECK(st.create(&stream, 0));
    CHECK(st.create(&other, STREAM_NON_BLOCKING));
    CHECK(cu.mem_alloc(&device, 4));
    compares_as_xla_does();
    proofs();
    writes_of_both();
    two_streams();
    copies();
    address_in_memory();
    words_of_streams();
    graphs();
    nodes_and_boxes();
    threads();
    registered();
    printf("%s\n", failures == 0 ? "mapped memory: all as expected" : "mapped memory: WRONG");
    return failures != 0;
}
