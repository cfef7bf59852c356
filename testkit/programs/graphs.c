/*
 * Graphs built node by node, by a program that knows nothing of Penstock: kernels, sets and copies in order, host memory
 * that is read at each launch, updates of executable graphs, memory that a graph allocates. All numbers are whole and
 * small, so equal means equal.
 */
#include "graph_driver.h"
#include "kernels.h"

#include <string.h>

enum { ELEMENTS = 4096, THREADS = 256, BYTES = ELEMENTS * 4, ONE = 0x3f800000, ROUNDS = 3 };

static CUcontext context;
static CUfunction saxpy;
static CUstream stream;
static CUdeviceptr x, y; /* x[i] = i % 64 for the whole program */
static size_t failures;

#define EXPECT(condition) expect((condition), #condition, __LINE__)

static void expect(int holds, const char *what, int line)
{
    if (!holds) {
        printf("graphs.c:%d: WRONG: %s\n", line, what);
        failures++;
    }
}

/* Every y[i] must be constant + factor x[i]. */
static void expect_y(float constant, float factor, int line)
{
    static float got[ELEMENTS];
    size_t wrong = 0, i;

    CHECK(cu.to_host(got, y, BYTES));
    for (i = 0; i < ELEMENTS; i++)
        wrong += got[i] != constant + factor * (float)(i % 64);
    if (wrong > 0) {
        printf("graphs.c:%d: %zu of %d numbers WRONG; y[1] is %f, not %f\n", line, wrong, ELEMENTS, got[1], constant + factor);
        failures++;
    }
}

static struct kernel_params kernel(void **parameters, void **extra)
{
    struct kernel_params params = {.function = saxpy, .grid = {ELEMENTS / THREADS, 1, 1}, .block = {THREADS, 1, 1}};

    params.parameters = parameters;
    params.extra = extra;
    return params;
}

static struct set_params set_to(unsigned value)
{
    return (struct set_params){.target = y, .value = value, .element_bytes = 4, .width = ELEMENTS, .height = 1};
}

static CUgraph new_graph(void)
{
    CUgraph graph;

    CHECK(gr.create(&graph, 0));
    return graph;
}

static CUgraphExec instantiated(CUgraph graph)
{
    CUgraphExec exec;

    CHECK(gr.instantiate(&exec, graph, 0));
    return exec;
}

static void run(CUgraphExec exec)
{
    CHECK(gr.launch(exec, stream));
    CHECK(cu.stream_synchronize(stream));
}

/* The memset is the default stream's, which `stream` does not wait for. */
static void clear_y(void)
{
    CHECK(cu.memset8(y, 0, BYTES));
    CHECK(cu.context_synchronize());
}

/* y = 1, then y += a x, then y += b x: the second kernel's parameters in one packed buffer. */
static CUgraph sums(float a, float b, CUgraphNode nodes[3])
{
    unsigned n = ELEMENTS;
    void *parameters[] = {&x, &y, &a, &n};
    struct {
        CUdeviceptr x, y;
        float a;
        unsigned n;
    } packed = {x, y, b, n};
    size_t bytes = sizeof packed;
    void *extra[] = {(void *)1, &packed, (void *)2, &bytes, NULL};
    struct kernel_params by_pointers = kernel(parameters, NULL), by_buffer = kernel(NULL, extra);
    struct set_params one = set_to(ONE);
    CUgraph graph = new_graph();

    CHECK(gr.add_set(&nodes[0], graph, NULL, 0, &one, context));
    CHECK(gr.add_kernel(&nodes[1], graph, &nodes[0], 1, &by_pointers));
    CHECK(gr.add_kernel(&nodes[2], graph, &nodes[1], 1, &by_buffer));
    return graph;
}

static void kernels(void)
{
    CUgraphNode nodes[3], record;
    CUgraph graph = sums(2, 3, nodes);
    struct kernel_params got, again;
    struct set_params set, two = set_to(0x40000000);
    CUevent event, told = NULL;
    CUgraphExec exec;
    float a = 10;
    unsigned n = ELEMENTS;
    void *parameters[] = {&x, &y, &a, &n};
    struct kernel_params other = kernel(parameters, NULL);
    size_t count = 0;
    int round;

    CHECK(gr.event_create(&event, 0));
    CHECK(gr.add_record(&record, graph, &nodes[2], 1, event));
    CHECK(gr.record_get(record, &told));
    EXPECT(told == event);
    CHECK(gr.get_nodes(graph, NULL, &count));
    EXPECT(count == 4);
    CHECK(gr.kernel_get(nodes[1], &got));
    CHECK(gr.kernel_get(nodes[2], &again));
    EXPECT(got.function == saxpy && got.grid[0] == ELEMENTS / THREADS && got.block[0] == THREADS);
    EXPECT(*(float *)got.parameters[2] == 2 && *(CUdeviceptr *)got.parameters[1] == y);
    CHECK(gr.set_get(nodes[0], &set));
    EXPECT(set.target == y && set.value == ONE && set.width == ELEMENTS);

    exec = instantiated(graph);
    for (round = 0; round < ROUNDS; round++) {
        CHECK(gr.launch(exec, stream));
        CHECK(gr.event_synchronize(event));
        expect_y(1, 5, __LINE__);
    }
    CHECK(gr.exec_kernel_set(exec, nodes[1], &other)); /* the executable graph's, not the graph's */
    run(exec);
    expect_y(1, 13, __LINE__);
    CHECK(gr.exec_set_set(exec, nodes[0], &two, context));
    CHECK(gr.set_enabled(exec, nodes[2], 0));
    run(exec);
    expect_y(2, 10, __LINE__);
    CHECK(gr.exec_destroy(exec));
    CHECK(gr.kernel_get(nodes[1], &got));
    EXPECT(*(float *)got.parameters[2] == 2);
    CHECK(gr.kernel_set(nodes[1], &other));
    exec = instantiated(graph);
    run(exec);
    expect_y(1, 13, __LINE__);
    CHECK(gr.exec_destroy(exec));
    CHECK(gr.destroy(graph));
    CHECK(gr.event_destroy(event));
}

static struct copy_side flat(int type, void *host, CUdeviceptr device)
{
    return (struct copy_side){.type = type, .host = host, .device = device, .pitch = BYTES, .height = 1};
}

static struct copy_params copy(struct copy_side from, struct copy_side to)
{
    return (struct copy_params){from, to, BYTES, 1, 1};
}

static void fill(float *numbers, float value)
{
    size_t i;

    for (i = 0; i < ELEMENTS; i++)
        numbers[i] = value;
}

/* Host memory into y, y += 2 x, y into host memory: what is read is what stands there at each launch. */
static void host_memory(void)
{
    static float source[ELEMENTS], another[ELEMENTS], target[ELEMENTS];
    struct copy_params up = copy(flat(MEMORY_HOST, source, 0), flat(MEMORY_DEVICE, NULL, y));
    struct copy_params down = copy(flat(MEMORY_DEVICE, NULL, y), flat(MEMORY_HOST, target, 0)), got;
    float a = 2;
    unsigned n = ELEMENTS;
    void *parameters[] = {&x, &y, &a, &n};
    struct kernel_params add = kernel(parameters, NULL);
    CUgraphNode nodes[3], twin;
    CUgraph graph = new_graph(), clone;
    CUgraphExec exec;
    int round;

    fill(source, -1); /* read by nobody */
    CHECK(gr.add_copy(&nodes[0], graph, NULL, 0, &up, context));
    CHECK(gr.add_kernel(&nodes[1], graph, &nodes[0], 1, &add));
    CHECK(gr.add_copy(&nodes[2], graph, &nodes[1], 1, &down, context));
    CHECK(gr.copy_get(nodes[0], &got));
    EXPECT(got.from.type == MEMORY_HOST && got.from.host == source && got.to.device == y && got.width == BYTES);
    CHECK(gr.clone(&clone, graph));
    CHECK(gr.find_in_clone(&twin, nodes[2], clone));
    CHECK(gr.copy_get(twin, &got));
    EXPECT(got.to.type == MEMORY_HOST && got.to.host == target);
    CHECK(gr.destroy(graph));
    exec = instantiated(clone);
    for (round = 1; round <= ROUNDS; round++) {
        fill(source, (float)round);
        run(exec);
        EXPECT(target[0] == (float)round && target[3] == (float)round + 6 && target[63] == (float)round + 126);
    }
    CHECK(gr.set_enabled(exec, twin, 0));
    fill(source, 50);
    run(exec);
    EXPECT(target[0] == ROUNDS); /* its node is off */
    expect_y(50, 2, __LINE__);
    CHECK(gr.exec_destroy(exec));
    CHECK(gr.destroy(clone));

    /* another source for the executable graph alone */
    graph = new_graph();
    CHECK(gr.add_copy(&nodes[0], graph, NULL, 0, &up, context));
    exec = instantiated(graph);
    up.from.host = another;
    fill(another, 7);
    CHECK(gr.exec_copy_set(exec, nodes[0], &up, context));
    run(exec);
    expect_y(7, 0, __LINE__);
    CHECK(gr.exec_destroy(exec));
    CHECK(gr.destroy(graph));
}

/* A part of a picture each way: rows of 64 bytes out of 256, both sides with pitches of their own. */
static void rows(void)
{
    enum { ROWS = 8, WIDTH = 64, PITCH = 256 };
    static unsigned char source[ROWS * PITCH], target[ROWS * PITCH];
    struct copy_params up = {{.x = 16, .y = 1, .type = MEMORY_HOST, .host = source, .pitch = PITCH, .height = ROWS},
                             {.type = MEMORY_DEVICE, .device = y, .pitch = 128, .height = ROWS},
                             WIDTH, ROWS - 1, 1};
    struct copy_params down = {up.to, {.x = 32, .type = MEMORY_HOST, .host = target, .pitch = PITCH, .height = ROWS}, WIDTH, ROWS - 1, 1};
    CUgraphNode nodes[2];
    CUgraph graph = new_graph();
    CUgraphExec exec;
    size_t wrong = 0, i;
    int round;

    CHECK(gr.add_copy(&nodes[0], graph, NULL, 0, &up, context));
    CHECK(gr.add_copy(&nodes[1], graph, &nodes[0], 1, &down, context));
    exec = instantiated(graph);
    for (round = 0; round < ROUNDS; round++) {
        for (i = 0; i < sizeof source; i++)
            source[i] = (unsigned char)(i * 7 + (size_t)round);
        memset(target, 0xee, sizeof target);
        run(exec);
        for (i = 0; i < sizeof target; i++) {
            size_t row = i / PITCH, column = i % PITCH;
            int inside = row < ROWS - 1 && column >= 32 && column < 32 + WIDTH;
            wrong += target[i] != (inside ? source[(row + 1) * PITCH + column - 16] : 0xee);
        }
    }
    EXPECT(wrong == 0);
    CHECK(gr.exec_destroy(exec));
    CHECK(gr.destroy(graph));
}

static void updates(void)
{
    CUgraphNode nodes[3];
    CUgraph graph = sums(2, 3, nodes), same = sums(20, 30, nodes), longer = sums(1, 1, nodes);
    CUgraphExec exec = instantiated(graph);
    struct update_info info = {-1, NULL, NULL};
    struct set_params one = set_to(ONE);
    CUgraphNode more;

    CHECK(gr.update(exec, same, &info));
    EXPECT(info.result == 0);
    run(exec);
    expect_y(1, 50, __LINE__);
    CHECK(gr.add_set(&more, longer, &nodes[2], 1, &one, context));
    EXPECT(gr.update(exec, longer, &info) == UPDATE_FAILED);
    EXPECT(info.result != 0);
    run(exec);
    expect_y(1, 50, __LINE__); /* nothing has changed */
    CHECK(gr.exec_destroy(exec));
    CHECK(gr.destroy(graph));
    CHECK(gr.destroy(same));
    CHECK(gr.destroy(longer));
}

/* The calls that take nodes of any type; a graph inside a graph. */
static void generic(void)
{
    CUdeviceptr scratch;
    float a = 4;
    unsigned n = ELEMENTS;
    void *parameters[] = {&x, &y, &a, &n};
    struct node_params set = {.type = NODE_SET}, add = {.type = NODE_KERNEL}, copied = {.type = NODE_COPY};
    CUgraphNode nodes[3], child, after;
    CUgraph graph = new_graph(), outer = new_graph();
    CUgraphExec exec;

    CHECK(cu.mem_alloc(&scratch, BYTES));
    set.as.set.params = set_to(ONE);
    set.as.set.params.target = scratch;
    set.as.set.context = context;
    copied.as.copy.context = context;
    copied.as.copy.params = copy(flat(MEMORY_DEVICE, NULL, scratch), flat(MEMORY_DEVICE, NULL, y));
    add.as.kernel = kernel(parameters, NULL);
    CHECK(gr.add_node(&nodes[0], graph, NULL, NULL, 0, &set));
    CHECK(gr.add_node(&nodes[1], graph, nodes, NULL, 1, &copied));
    CHECK(gr.add_node(&nodes[2], graph, &nodes[1], NULL, 1, &add));
    exec = instantiated(graph);
    run(exec);
    expect_y(1, 4, __LINE__);
    a = 6;
    CHECK(gr.exec_node_set(exec, nodes[2], &add));
    run(exec);
    expect_y(1, 6, __LINE__);
    CHECK(gr.exec_destroy(exec));
    set.as.set.params.value = 0x40400000; /* 3.0 */
    CHECK(gr.node_set(nodes[0], &set));
    CHECK(gr.add_child(&child, outer, NULL, 0, graph));
    CHECK(gr.add_kernel(&after, outer, &child, 1, &add.as.kernel));
    exec = instantiated(outer);
    run(exec);
    expect_y(3, 10, __LINE__); /* the graph still adds 4 x: only an executable one was told 6 */
    CHECK(gr.exec_destroy(exec));
    CHECK(gr.destroy(outer));
    CHECK(gr.destroy(graph));
    CHECK(cu.mem_free(scratch));
}

/* A graph that allocates, uses and frees memory at each launch; and one that asks for more than there is. */
static void memory(size_t total)
{
    struct alloc_params wanted = {.properties = {.type = 1, .location_type = 1}, .bytes = BYTES}, got, much = wanted;
    struct set_params one = set_to(ONE);
    CUgraphNode nodes[4], kept;
    CUgraph graph = new_graph(), keeping = new_graph();
    CUgraphExec exec;
    struct copy_params out;
    int round;

    CHECK(gr.add_alloc(&nodes[0], graph, NULL, 0, &wanted));
    CHECK(gr.alloc_get(nodes[0], &got));
    EXPECT(got.address == wanted.address && got.bytes == BYTES);
    one.target = wanted.address;
    out = copy(flat(MEMORY_DEVICE, NULL, wanted.address), flat(MEMORY_DEVICE, NULL, y));
    CHECK(gr.add_set(&nodes[1], graph, &nodes[0], 1, &one, context));
    CHECK(gr.add_copy(&nodes[2], graph, &nodes[1], 1, &out, context));
    CHECK(gr.add_free(&nodes[3], graph, &nodes[2], 1, wanted.address));
    exec = instantiated(graph);
    for (round = 0; round < ROUNDS; round++) {
        clear_y();
        run(exec);
        expect_y(1, 0, __LINE__);
    }
    much.bytes = 2 * total;
    EXPECT(gr.add_alloc(&kept, keeping, NULL, 0, &much) == OUT_OF_MEMORY);
    CHECK(gr.exec_destroy(exec));
    CHECK(gr.destroy(graph));

    /* what is not freed inside outlives graph and executable graph until the program frees it */
    CHECK(gr.add_alloc(&kept, keeping, NULL, 0, &wanted));
    exec = instantiated(keeping);
    run(exec);
    CHECK(gr.exec_destroy(exec));
    CHECK(gr.destroy(keeping));
    CHECK(cu.memset8(wanted.address, 0, BYTES));
    CHECK(cu.mem_free(wanted.address));
}

static void words(void)
{
    struct {
        int kind;
        CUdeviceptr address;
        unsigned long long value;
        unsigned flags;
        CUdeviceptr alias;
        long long pad;
    } operations[2] = {{2, y, ONE, 0, 0, 0}, {2, y + 4, ONE, 0, 0, 0}};
    struct batch_params batch = {context, 2, operations, 0};
    unsigned got[3] = {0, 0, 0};
    CUgraphNode node;
    CUgraph graph = new_graph();
    CUgraphExec exec;

    clear_y();
    CHECK(gr.add_batch(&node, graph, NULL, 0, &batch));
    exec = instantiated(graph);
    run(exec);
    CHECK(cu.to_host(got, y, sizeof got));
    EXPECT(got[0] == ONE && got[1] == ONE && got[2] == 0);
    CHECK(gr.exec_destroy(exec));
    CHECK(gr.destroy(graph));
}

int main(void)
{
    static float numbers[ELEMENTS];
    CUdevice device;
    CUmodule module;
    size_t total, i;

    load_driver();
    load_graph_driver();
    CHECK(cu.init(0));
    CHECK(cu.device_get(&device, 0));
    CHECK(cu.device_total_mem(&total, device));
    CHECK(cu.context_retain(&context, device));
    CHECK(cu.context_set(context));
    CHECK(cu.module_load(&module, ptx));
    CHECK(cu.module_function(&saxpy, module, "saxpy"));
    CHECK(gr.stream_create(&stream, 1));
    CHECK(cu.mem_alloc(&x, BYTES));
    CHECK(cu.mem_alloc(&y, BYTES));
    for (i = 0; i < ELEMENTS; i++)
        numbers[i] = (float)(i % 64);
    CHECK(cu.to_device(x, numbers, BYTES));
    kernels();
    host_memory();
    rows();
    updates();
    generic();
    memory(total);
    words();
    CHECK(gr.stream_destroy(stream));
    CHECK(cu.mem_free(x));
    CHECK(cu.mem_free(y));
    CHECK(cu.module_unload(module));
    CHECK(cu.context_release(device));
    printf("graphs: %s\n", failures == 0 ? "every number is right" : "WRONG");
    return failures == 0 ? 0 : 1;
}
