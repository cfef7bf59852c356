/*
 * Host functions in graphs, added as nodes and recorded by a capture, and memory that a capture allocates, by a program that
 * knows nothing of Penstock: each launch calls the functions in their order and waits for them.
 */
#include "graph_driver.h"
#include "stream_driver.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ROUNDS = 3, RELAXED = 2, NODE_HOST = 3, NODE_ALLOC = 10, NODE_FREE = 11, SLOW_MICROSECONDS = 20000 };

typedef void (*host_function)(void *argument);

/* CUDA_HOST_NODE_PARAMS. */
struct host_params {
    host_function function;
    void *argument;
};

static CUresult (*add_host)(AFTER, const struct host_params *params);
static CUresult (*host_get)(CUgraphNode node, struct host_params *params);
static CUresult (*host_set)(CUgraphNode node, const struct host_params *params);
static CUresult (*exec_host_set)(CUgraphExec exec, CUgraphNode node, const struct host_params *params);
static CUresult (*node_type)(CUgraphNode node, int *type);
static CUresult (*launch_host)(CUstream stream, host_function function, void *argument);
static CUresult (*dot_print)(CUgraph graph, const char *path, unsigned flags);
static CUresult (*alloc_async)(CUdeviceptr *address, size_t bytes, CUstream stream);
static CUresult (*free_async)(CUdeviceptr address, CUstream stream);
static CUresult (*copy_async)(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream);
static CUresult (*capture_to_graph)(CUstream stream, CUgraph graph, const CUgraphNode *after, const void *edges,
                                    size_t count, int mode);

static CUstream stream, second;
static CUdeviceptr words;
static size_t failures;
static char order[64]; /* what the functions were called with; read behind a wait */
static size_t calls;

#define EXPECT(condition) expect((condition), #condition, __LINE__)

static void expect(int holds, const char *what, int line)
{
    if (!holds) {
        printf("host_nodes.c:%d: WRONG: %s\n", line, what);
        failures++;
    }
}

static void note(void *argument)
{
    if (calls < sizeof order - 1)
        order[calls++] = *(const char *)argument;
}

static void note_slowly(void *argument)
{
    usleep(SLOW_MICROSECONDS);
    note(argument);
}

static int noted(const char *expected)
{
    int same = strcmp(order, expected) == 0;

    if (!same)
        printf("the functions were called with \"%s\", not with \"%s\"\n", order, expected);
    memset(order, 0, sizeof order);
    calls = 0;
    return same;
}

static unsigned word(size_t at)
{
    unsigned value = 0;

    CHECK(cu.to_host(&value, words + 4 * at, 4));
    return value;
}

static CUgraphNode set_word(CUgraph graph, const CUgraphNode *after, size_t count, size_t at, unsigned value)
{
    struct set_params params = {.target = words + 4 * at, .value = value, .element_bytes = 4, .width = 1, .height = 1};
    CUgraphNode node;
    CUcontext context;

    CHECK(st.context_current(&context));
    CHECK(gr.add_set(&node, graph, after, count, &params, context));
    return node;
}

static CUgraphNode call(CUgraph graph, const CUgraphNode *after, size_t count, host_function function, const char *what)
{
    struct host_params params = {function, (void *)(size_t)what};
    CUgraphNode node;

    CHECK(add_host(&node, graph, after, count, &params));
    return node;
}

/* The memset is the default stream's, which `stream` does not wait for. */
static void clear_words(void)
{
    CHECK(cu.memset8(words, 0, 8));
    CHECK(cu.context_synchronize());
}

/* A set, a slow function, another set, a function. */
static void nodes(void)
{
    struct host_params params, z = {note, "z"};
    CUgraph graph, clone;
    CUgraphExec exec, twin;
    CUgraphNode node[4];
    int type = -1, round;

    CHECK(gr.create(&graph, 0));
    node[0] = set_word(graph, NULL, 0, 0, 1);
    node[1] = call(graph, &node[0], 1, note_slowly, "a");
    node[2] = set_word(graph, &node[1], 1, 1, 2);
    node[3] = call(graph, &node[2], 1, note, "b");
    CHECK(node_type(node[1], &type));
    CHECK(host_get(node[3], &params));
    EXPECT(type == NODE_HOST && params.function == note && *(char *)params.argument == 'b');
    CHECK(gr.instantiate(&exec, graph, 0));
    EXPECT(noted(""));
    for (round = 0; round < ROUNDS; round++) {
        clear_words();
        CHECK(gr.launch(exec, stream));
        CHECK(cu.stream_synchronize(stream));
        EXPECT(noted("ab") && word(0) == 1 && word(1) == 2);
    }
    for (round = 0; round < ROUNDS; round++)
        CHECK(gr.launch(exec, stream));
    CHECK(cu.stream_synchronize(stream));
    EXPECT(noted("ababab"));
    CHECK(exec_host_set(exec, node[3], &z));
    CHECK(gr.launch(exec, stream));
    CHECK(cu.stream_synchronize(stream));
    EXPECT(noted("az"));
    CHECK(host_set(node[1], &z));
    CHECK(gr.clone(&clone, graph));
    CHECK(gr.destroy(graph));
    CHECK(gr.instantiate(&twin, clone, 0));
    CHECK(gr.launch(twin, stream));
    CHECK(cu.stream_synchronize(stream));
    EXPECT(noted("zb"));
    CHECK(gr.launch(exec, stream));
    CHECK(gr.launch(twin, second));
    CHECK(cu.stream_synchronize(stream));
    CHECK(cu.stream_synchronize(second));
    EXPECT(calls == 4);
    memset(order, 0, sizeof order);
    calls = 0;
    CHECK(gr.exec_destroy(exec));
    CHECK(gr.exec_destroy(twin));
    CHECK(gr.destroy(clone));
}

/* The same by a capture, between functions that are called at once. */
static void captured(void)
{
    CUgraph graph;
    CUgraphExec exec;
    int round;

    CHECK(launch_host(stream, note, "-"));
    CHECK(cu.stream_synchronize(stream));
    CHECK(st.begin_capture(stream, RELAXED));
    CHECK(st.set32_async(words, 5, 1, stream));
    CHECK(launch_host(stream, note_slowly, "c"));
    CHECK(st.set32_async(words + 4, 6, 1, stream));
    CHECK(launch_host(stream, note, "d"));
    CHECK(st.end_capture(stream, &graph));
    CHECK(gr.instantiate(&exec, graph, 0));
    EXPECT(noted("-"));
    for (round = 0; round < ROUNDS; round++) {
        clear_words();
        CHECK(gr.launch(exec, stream));
        CHECK(launch_host(stream, note, "+"));
        CHECK(cu.stream_synchronize(stream));
        EXPECT(noted("cd+") && word(0) == 5 && word(1) == 6);
    }
    CHECK(gr.exec_destroy(exec));
    CHECK(gr.destroy(graph));
}

/* Numbers in host memory that copies and functions of one graph hand to each other. */
static struct numbers {
    unsigned in, middle, twice, out, seen;
} *shared;

static void double_middle(void *argument)
{
    struct numbers *numbers = argument;

    numbers->twice = 2 * numbers->middle;
    numbers->middle += 100; /* its own to change: the copy is over */
}

static void see_out(void *argument)
{
    struct numbers *numbers = argument;

    numbers->seen = numbers->out;
}

/* in → GPU → middle → (twice = 2 middle) → GPU → out → (seen = out): each step finds what the one before it has left. */
static void between_copies(void)
{
    CUgraph graph;
    CUgraphExec exec;
    unsigned round;

    CHECK(st.host_alloc((void **)&shared, sizeof *shared, 0));
    memset(shared, 0, sizeof *shared);
    CHECK(st.begin_capture(stream, RELAXED));
    CHECK(st.to_device_async(words, &shared->in, 4, stream));
    CHECK(st.to_host_async(&shared->middle, words, 4, stream));
    CHECK(launch_host(stream, double_middle, shared));
    CHECK(st.to_device_async(words + 4, &shared->twice, 4, stream));
    CHECK(st.to_host_async(&shared->out, words + 4, 4, stream));
    CHECK(launch_host(stream, see_out, shared));
    CHECK(st.end_capture(stream, &graph));
    CHECK(gr.instantiate(&exec, graph, 0));
    for (round = 1; round <= ROUNDS; round++) {
        shared->in = round;
        CHECK(gr.launch(exec, stream));
        CHECK(cu.stream_synchronize(stream));
        EXPECT(shared->middle == round + 100 && shared->twice == 2 * round && shared->out == 2 * round && shared->seen == 2 * round);
    }
    CHECK(gr.exec_destroy(exec));
    CHECK(gr.destroy(graph));
    CHECK(st.host_free(shared));
}

/* Memory that a capture allocates and frees: nodes of the graph, which each launch allocates and frees again. */
static void memory(void)
{
    CUgraph graph;
    CUgraphExec exec;
    CUgraphNode got[8], first;
    CUdeviceptr scratch = 0;
    size_t count = sizeof got / sizeof got[0], i, allocations = 0, frees = 0;
    int type = -1, round;

    CHECK(gr.create(&graph, 0));
    first = set_word(graph, NULL, 0, 0, 7);
    CHECK(capture_to_graph(stream, graph, &first, NULL, 1, RELAXED));
    CHECK(alloc_async(&scratch, 1 << 20, stream));
    CHECK(copy_async(scratch, words, 4, stream));
    CHECK(copy_async(words + 4, scratch, 4, stream));
    CHECK(free_async(scratch, stream));
    CHECK(st.end_capture(stream, &graph));
    CHECK(gr.get_nodes(graph, got, &count));
    for (i = 0; i < count; i++) {
        CHECK(node_type(got[i], &type));
        allocations += type == NODE_ALLOC;
        frees += type == NODE_FREE;
    }
    EXPECT(count == 5 && allocations == 1 && frees == 1 && scratch != 0);
    CHECK(gr.instantiate(&exec, graph, 0));
    for (round = 0; round < ROUNDS; round++) {
        clear_words();
        CHECK(gr.launch(exec, stream));
        CHECK(cu.stream_synchronize(stream));
        EXPECT(word(0) == 7 && word(1) == 7);
    }
    CHECK(gr.exec_destroy(exec));
    CHECK(gr.destroy(graph));
}

/* The graph as a text that tools draw. */
static void drawn(void)
{
    char path[64], text[4096] = "";
    int descriptor = memfd_create("dot", 0);
    CUgraph graph;
    CUgraphNode node;
    ssize_t length;

    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    CHECK(gr.create(&graph, 0));
    node = set_word(graph, NULL, 0, 0, 1);
    call(graph, &node, 1, note, "a");
    CHECK(dot_print(graph, path, 0));
    length = pread(descriptor, text, sizeof text - 1, 0);
    EXPECT(length > 0 && strncmp(text, "digraph", 7) == 0 && strstr(text, "->") != NULL);
    close(descriptor);
    CHECK(gr.destroy(graph));
}

static void load(void)
{
    void *library = dlopen("libcuda.so.1", RTLD_NOW);

    *(void **)&add_host = symbol(library, "cuGraphAddHostNode");
    *(void **)&host_get = symbol(library, "cuGraphHostNodeGetParams");
    *(void **)&host_set = symbol(library, "cuGraphHostNodeSetParams");
    *(void **)&exec_host_set = symbol(library, "cuGraphExecHostNodeSetParams");
    *(void **)&node_type = symbol(library, "cuGraphNodeGetType");
    *(void **)&launch_host = symbol(library, "cuLaunchHostFunc");
    *(void **)&dot_print = symbol(library, "cuGraphDebugDotPrint");
    *(void **)&alloc_async = symbol(library, "cuMemAllocAsync");
    *(void **)&free_async = symbol(library, "cuMemFreeAsync");
    *(void **)&copy_async = symbol(library, "cuMemcpyDtoDAsync_v2");
    *(void **)&capture_to_graph = symbol(library, "cuStreamBeginCaptureToGraph");
}

int main(void)
{
    CUdevice device;
    CUcontext context;

    load_driver();
    load_stream_driver();
    load_graph_driver();
    load();
    CHECK(cu.init(0));
    CHECK(cu.device_get(&device, 0));
    CHECK(cu.context_retain(&context, device));
    CHECK(cu.context_set(context));
    CHECK(gr.stream_create(&stream, 1));
    CHECK(gr.stream_create(&second, 1));
    CHECK(cu.mem_alloc(&words, 8));
    nodes();
    captured();
    between_copies();
    memory();
    drawn();
    CHECK(cu.mem_free(words));
    CHECK(gr.stream_destroy(stream));
    CHECK(gr.stream_destroy(second));
    CHECK(cu.context_release(device));
    printf("host nodes: %s\n", failures == 0 ? "every call in its place" : "WRONG");
    return failures == 0 ? 0 : 1;
}
