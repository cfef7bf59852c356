/*
 * Copies between host memory and the GPU that a stream records, by a program that knows nothing of Penstock: what they read
 * and write is host memory as it is at each launch of the graph, not as it was when they were recorded.
 */
#include "graph_driver.h"
#include "kernels.h"
#include "stream_driver.h"

#include <string.h>

enum { ELEMENTS = 20000, THREADS = 256, BYTES = ELEMENTS * 4, ROUNDS = 3, RELAXED = 2, ROWS = 8, WIDTH = 48, PITCH = 64 };
enum { UNSUPPORTED_IN_CAPTURE = 900, CAPTURE_INVALIDATED = 901 };

struct flat_params {
    size_t from_x, from_y;
    int from_type;
    const void *from_host;
    CUdeviceptr from_device;
    void *from_array;
    size_t from_pitch, to_x, to_y;
    int to_type;
    void *to_host;
    CUdeviceptr to_device;
    void *to_array;
    size_t to_pitch, width, height;
};

static CUresult (*copy_async)(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream);
static CUresult (*copy_flat_async)(const struct flat_params *params, CUstream stream);
static CUfunction saxpy;
static CUstream stream, other;
static CUdeviceptr x, y;
static float *in, *out; /* pinned */
static size_t failures;

static void expect(int holds, const char *what, int line)
{
    if (!holds) {
        printf("captured.c:%d: WRONG: %s\n", line, what);
        failures++;
    }
}

#define EXPECT(condition) expect((condition), #condition, __LINE__)

static void fill(float *memory, float with)
{
    size_t i;

    for (i = 0; i < ELEMENTS; i++)
        memory[i] = with + (float)(i % 64);
}

static size_t differ(const float *memory, float constant, float factor)
{
    size_t i, wrong = 0;

    for (i = 0; i < ELEMENTS; i++)
        wrong += memory[i] != constant + factor * (float)(i % 64);
    return wrong;
}

static CUgraphExec ended(CUgraph *graph)
{
    CUgraphExec exec;

    CHECK(st.end_capture(stream, graph));
    CHECK(gr.instantiate(&exec, *graph, 0));
    return exec;
}

static void end(CUgraphExec exec, CUgraph graph)
{
    CHECK(gr.exec_destroy(exec));
    CHECK(gr.destroy(graph));
}

/* x = in; y = 0; y += 2 x; out = y: nothing runs before the launch, and each launch reads and writes anew. */
static void up_and_down(float *from, float *to, int unified)
{
    float a = 2;
    unsigned n = ELEMENTS;
    void *parameters[] = {&x, &y, &a, &n};
    CUgraph graph;
    CUgraphExec exec;
    size_t count = 0;
    int round;

    fill(from, 100);
    fill(to, -1);
    CHECK(st.begin_capture(stream, RELAXED));
    if (unified)
        CHECK(copy_async(x, (CUdeviceptr)(size_t)from, BYTES, stream));
    else
        CHECK(st.to_device_async(x, from, BYTES, stream));
    CHECK(st.set32_async(y, 0, ELEMENTS, stream));
    CHECK(cu.launch(saxpy, (ELEMENTS + THREADS - 1) / THREADS, 1, 1, THREADS, 1, 1, 0, stream, parameters, NULL));
    if (unified)
        CHECK(copy_async((CUdeviceptr)(size_t)to, y, BYTES, stream));
    else
        CHECK(st.to_host_async(to, y, BYTES, stream));
    exec = ended(&graph);
    EXPECT(differ(to, -1, 1) == 0);
    CHECK(gr.get_nodes(graph, NULL, &count));
    EXPECT(count == 4);
    for (round = 1; round <= ROUNDS; round++) {
        fill(from, (float)round);
        CHECK(gr.launch(exec, stream));
        CHECK(cu.stream_synchronize(stream));
        EXPECT(differ(to, 2 * (float)round, 2) == 0);
    }
    end(exec, graph);
}

/* Two streams record one graph; each copy belongs where its stream was. */
static void forked(void)
{
    CUevent begun, done;
    CUgraph graph;
    CUgraphExec exec;

    CHECK(st.event_create(&begun, EVENT_DISABLE_TIMING));
    CHECK(st.event_create(&done, EVENT_DISABLE_TIMING));
    CHECK(st.begin_capture(stream, RELAXED));
    CHECK(st.set32_async(x, 0, ELEMENTS, stream));
    CHECK(st.event_record(begun, stream));
    CHECK(st.wait_event(other, begun, 0));
    CHECK(st.event_destroy(begun)); /* as PyTorch does: the capture goes on */
    CHECK(st.to_device_async(y, in, BYTES, other));
    CHECK(st.event_record(done, other));
    CHECK(st.to_device_async(x, in, BYTES / 2, stream));
    CHECK(st.wait_event(stream, done, 0));
    CHECK(st.to_host_async(out, y, BYTES, stream));
    exec = ended(&graph);
    fill(in, 7);
    CHECK(gr.launch(exec, stream));
    CHECK(cu.stream_synchronize(stream));
    EXPECT(differ(out, 7, 1) == 0);
    CHECK(cu.to_host(out, x, BYTES));
    EXPECT(memcmp(out, in, BYTES / 2) == 0);
    EXPECT(out[ELEMENTS - 1] == 0);
    end(exec, graph);
    CHECK(st.event_destroy(done));
}

/* Rows that lie apart in host memory, and come back so. */
static void rows(void)
{
    struct flat_params up = {.from_type = MEMORY_HOST, .from_host = in, .from_pitch = PITCH, .to_type = MEMORY_DEVICE,
                             .to_device = x, .to_pitch = WIDTH, .width = WIDTH, .height = ROWS};
    struct flat_params down = {.from_type = MEMORY_DEVICE, .from_device = x, .from_pitch = WIDTH, .to_type = MEMORY_HOST,
                               .to_host = out, .to_pitch = PITCH, .width = WIDTH, .height = ROWS};
    CUgraph graph;
    CUgraphExec exec;
    size_t row;

    CHECK(st.begin_capture(stream, RELAXED));
    CHECK(copy_flat_async(&up, stream));
    CHECK(copy_flat_async(&down, stream));
    exec = ended(&graph);
    fill(in, 5);
    memset(out, 0xff, BYTES);
    CHECK(gr.launch(exec, stream));
    CHECK(cu.stream_synchronize(stream));
    for (row = 0; row < ROWS; row++) {
        EXPECT(memcmp((char *)out + row * PITCH, (char *)in + row * PITCH, WIDTH) == 0);
        EXPECT(row == ROWS - 1 || ((unsigned char *)out)[row * PITCH + WIDTH] == 0xff);
    }
    end(exec, graph);
}

/* What may not happen while a stream is captured, but for relaxed threads: refused, and the capture is spoiled. */
static void forbidden(void)
{
    static const char *const names[] = {"cuMemAlloc", "cuMemFree", "cuMemHostAlloc", "cuEventQuery", "cuEventSynchronize",
                                        "cuStreamQuery", "cuStreamSynchronize", "cuCtxSynchronize", "cuEventCreate"};
    enum { CALLS = sizeof names / sizeof names[0], ALWAYS = 7, NEVER = 8, GLOBAL = 0 };
    CUevent event, made = NULL;
    CUresult result, ended;
    CUdeviceptr memory = 0, spare;
    void *host = NULL;
    CUgraph graph;
    int mode, call;

    CHECK(st.event_create(&event, EVENT_DISABLE_TIMING));
    CHECK(st.event_record(event, other));
    for (mode = GLOBAL; mode <= RELAXED; mode++) {
        for (call = 0; call < CALLS; call++) {
            int refused = call == ALWAYS || (call != NEVER && mode != RELAXED);

            CHECK(cu.mem_alloc(&spare, 16));
            graph = NULL;
            CHECK(st.begin_capture(stream, mode));
            switch (call) {
            case 0: result = cu.mem_alloc(&memory, 16); break;
            case 1: result = cu.mem_free(spare); break;
            case 2: result = st.host_alloc(&host, 16, 0); break;
            case 3: result = st.event_query(event); break;
            case 4: result = st.event_synchronize(event); break;
            case 5: result = st.query(other); break;
            case 6: result = cu.stream_synchronize(other); break;
            case 7: result = cu.context_synchronize(); break;
            default: result = st.event_create(&made, 0); break;
            }
            ended = st.end_capture(stream, &graph);
            printf("%s in a capture of mode %d: %d, its end: %d\n", names[call], mode, result, ended);
            EXPECT(result == (refused ? UNSUPPORTED_IN_CAPTURE : 0));
            EXPECT(ended == (refused ? CAPTURE_INVALIDATED : 0));
            if (graph != NULL)
                CHECK(gr.destroy(graph));
            if (call != 1 || refused)
                CHECK(cu.mem_free(spare));
        }
    }
    CHECK(cu.mem_free(memory));
    CHECK(st.host_free(host));
    CHECK(st.event_destroy(event));
    CHECK(st.event_destroy(made));
}

/* Events that a graph records before and behind a copy to host memory: who waits for the one behind it finds the bytes. */
static void recorded(void *library)
{
    CUresult (*record)(CUevent, CUstream, unsigned int);
    enum { EXTERNAL = 1 };
    CUevent before, behind;
    CUgraphExec exec;
    CUgraph graph;
    int round;

    *(void **)&record = symbol(library, "cuEventRecordWithFlags");
    CHECK(st.event_create(&before, 0));
    CHECK(st.event_create(&behind, 0));
    CHECK(st.begin_capture(stream, RELAXED));
    CHECK(st.to_device_async(x, in, BYTES, stream));
    CHECK(record(before, stream, EXTERNAL));
    CHECK(st.to_host_async(out, x, BYTES, stream));
    CHECK(record(behind, stream, EXTERNAL));
    exec = ended(&graph);
    for (round = 1; round <= ROUNDS; round++) {
        fill(in, (float)round);
        CHECK(gr.launch(exec, stream));
        CHECK(st.event_synchronize(behind));
        EXPECT(differ(out, (float)round, 1) == 0);
        CHECK(st.event_synchronize(before));
    }
    end(exec, graph);
    CHECK(st.event_destroy(before));
    CHECK(st.event_destroy(behind));
}

int main(void)
{
    void *library = dlopen("libcuda.so.1", RTLD_NOW);
    float *pageable[2];
    CUcontext context;
    CUdevice device;
    CUmodule module;

    load_driver();
    load_graph_driver();
    load_stream_driver();
    *(void **)&copy_async = symbol(library, "cuMemcpyAsync");
    *(void **)&copy_flat_async = symbol(library, "cuMemcpy2DAsync_v2");
    CHECK(cu.init(0));
    CHECK(cu.device_get(&device, 0));
    CHECK(cu.context_retain(&context, device));
    CHECK(cu.context_set(context));
    CHECK(cu.module_load(&module, ptx));
    CHECK(cu.module_function(&saxpy, module, "saxpy"));
    CHECK(st.create(&stream, STREAM_NON_BLOCKING));
    CHECK(st.create(&other, STREAM_NON_BLOCKING));
    CHECK(cu.mem_alloc(&x, BYTES));
    CHECK(cu.mem_alloc(&y, BYTES));
    CHECK(st.host_alloc((void **)&in, BYTES, 0));
    CHECK(st.host_alloc((void **)&out, BYTES, 0));
    up_and_down(in, out, 0);
    up_and_down(in, out, 1);
    pageable[0] = malloc(BYTES);
    pageable[1] = malloc(BYTES);
    if (pageable[0] == NULL || pageable[1] == NULL)
        return 1;
    up_and_down(pageable[0], pageable[1], 0);
    forked();
    rows();
    recorded(library);
    forbidden();
    free(pageable[0]);
    free(pageable[1]);
    CHECK(st.host_free(in));
    CHECK(st.host_free(out));
    CHECK(st.destroy(stream));
    CHECK(st.destroy(other));
    CHECK(cu.mem_free(x));
    CHECK(cu.mem_free(y));
    CHECK(cu.module_unload(module));
    CHECK(cu.context_release(device));
    printf("captured: %s\n", failures == 0 ? "every launch read and wrote what was there" : "WRONG");
    return failures == 0 ? 0 : 1;
}
