// Functions of the device that call themselves, each other and whatever a pointer or an object says, another in each lane.
#include "check.h"

#include <vector>

__device__ __noinline__ int ackermann(int m, int n)
{
    return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

__device__ __noinline__ bool is_odd(unsigned n);
__device__ __noinline__ bool is_even(unsigned n) { return n == 0 ? true : is_odd(n - 1); }
__device__ __noinline__ bool is_odd(unsigned n) { return n == 0 ? false : is_even(n - 1); }

// Towers of Hanoi with an array of its own in every frame.
__device__ __noinline__ int hanoi(int discs, int from, int to, int *trace)
{
    int own[4] = {discs, from, to, 6 - from - to};
    if (discs == 0)
        return 0;
    int moves = hanoi(discs - 1, from, own[3], trace) + 1 + hanoi(own[0] - 1, own[3], own[2], trace);
    trace[(own[0] + own[1] * own[2]) % 8] += own[3];
    return moves;
}

__global__ void recursions(int *out)
{
    int thread = threadIdx.x, trace[8] = {0};
    int result = ackermann(2, thread % 5) * 2 + is_even(thread) + 1000 * hanoi(thread % 6, 1, 3, trace);
    for (int i = 0; i < 8; i++)
        result = result * 31 + trace[i];
    out[thread] = result;
}

typedef float (*Operation)(float, float);
__device__ __noinline__ float add(float a, float b) { return a + b; }
__device__ __noinline__ float multiply(float a, float b) { return a * b; }
__device__ __noinline__ float last(float, float b) { return b; }
__device__ Operation operations[3] = {add, multiply, last};
__device__ __noinline__ float twice(Operation operation, float a, float b) { return operation(operation(a, b), b); }

__global__ void pointers(float *out, const int *which)
{
    float a = threadIdx.x * 0.5f;
    out[threadIdx.x] = twice(operations[which[threadIdx.x]], a, 3.0f) + operations[threadIdx.x % 2](a, 2.0f);
}

struct Shape {
    __device__ virtual float area() const = 0;
    __device__ virtual int corners() const { return 0; }
    __device__ virtual ~Shape() {}
};

struct Circle : Shape {
    float radius;
    __device__ Circle(float r) : radius(r) {}
    __device__ float area() const override { return 3.0f * radius * radius; }
};

struct Box : Shape {
    float width, height;
    __device__ Box(float w, float h) : width(w), height(h) {}
    __device__ float area() const override { return width * height; }
    __device__ int corners() const override { return 4; }
};

struct Square : Box {
    __device__ Square(float side) : Box(side, side) {}
    __device__ int corners() const override { return 40 + Box::corners(); }
};

__global__ void make(Shape **shapes, int n)
{
    int i = threadIdx.x;
    if (i < n)
        shapes[i] = i % 3 == 0 ? (Shape *)new Circle(i) : i % 3 == 1 ? (Shape *)new Box(i, 2) : new Square(i);
}

__global__ void measure(Shape **shapes, float *areas, int n)
{
    int i = threadIdx.x;
    if (i < n) {
        areas[i] = shapes[i]->area() + 0.25f * shapes[n - 1 - i]->corners();
    }
    __syncthreads();
    if (i < n)
        delete shapes[i];
}

// A structure by value, and a function that returns one.
struct Triple {
    double a;
    char b;
    short c[3];
};

__device__ __noinline__ Triple turned(Triple from, int by)
{
    Triple to = {from.a * by, (char)(from.b + by), {from.c[1], from.c[2], from.c[0]}};
    return by > 1 ? turned(to, by - 1) : to;
}

__global__ void structures(double *out)
{
    short i = threadIdx.x;
    Triple end = turned({i * 0.5, (char)i, {i, (short)(i + 1), (short)-i}}, 1 + i % 4);
    out[threadIdx.x] = end.a + end.b + end.c[0] * 100 + end.c[1] * 10 + end.c[2];
}

static int host_ackermann(int m, int n)
{
    return m == 0 ? n + 1 : n == 0 ? host_ackermann(m - 1, 1) : host_ackermann(m - 1, host_ackermann(m, n - 1));
}

static int host_hanoi(int discs, int from, int to, int *trace)
{
    int other = 6 - from - to;
    if (discs == 0)
        return 0;
    int moves = host_hanoi(discs - 1, from, other, trace) + 1 + host_hanoi(discs - 1, other, to, trace);
    trace[(discs + from * to) % 8] += other;
    return moves;
}

static Triple host_turned(Triple from, int by)
{
    Triple to = {from.a * by, (char)(from.b + by), {from.c[1], from.c[2], from.c[0]}};
    return by > 1 ? host_turned(to, by - 1) : to;
}

template <typename T> static std::vector<T> download(const T *from, int n)
{
    CHECK(cudaGetLastError());
    std::vector<T> to(n);
    CHECK(cudaMemcpy(to.data(), from, n * sizeof(T), cudaMemcpyDeviceToHost));
    return to;
}

static void compare_recursions(void *memory)
{
    recursions<<<1, 96>>>((int *)memory);
    std::vector<int> got = download((int *)memory, 96);
    for (int i = 0; i < 96; i++) {
        int trace[8] = {0};
        unsigned expected = host_ackermann(2, i % 5) * 2 + (i % 2 == 0) + 1000 * host_hanoi(i % 6, 1, 3, trace);
        for (int j = 0; j < 8; j++)
            expected = expected * 31 + trace[j];
        EXPECT(got[i] == (int)expected);
    }
    structures<<<1, 64>>>((double *)memory);
    std::vector<double> sums = download((double *)memory, 64);
    for (short i = 0; i < 64; i++) {
        Triple end = host_turned({i * 0.5, (char)i, {i, (short)(i + 1), (short)-i}}, 1 + i % 4);
        EXPECT(sums[i] == end.a + end.b + end.c[0] * 100 + end.c[1] * 10 + end.c[2]);
    }
}

static void compare_pointers(void *memory)
{
    int *which;
    std::vector<int> choice(64);
    for (int i = 0; i < 64; i++)
        choice[i] = i * 7 % 3;
    CHECK(cudaMalloc(&which, 64 * sizeof(int)));
    CHECK(cudaMemcpy(which, choice.data(), 64 * sizeof(int), cudaMemcpyHostToDevice));
    pointers<<<1, 64>>>((float *)memory, which);
    std::vector<float> got = download((float *)memory, 64);
    for (int i = 0; i < 64; i++) {
        float a = i * 0.5f, twice = choice[i] == 0 ? a + 6 : choice[i] == 1 ? a * 9 : 3;
        EXPECT(got[i] == twice + (i % 2 ? a * 2 : a + 2));
    }
    CHECK(cudaFree(which));
}

static void compare_objects(void *memory)
{
    const int n = 50;
    Shape **shapes;
    CHECK(cudaMalloc(&shapes, n * sizeof *shapes));
    make<<<1, 64>>>(shapes, n);
    measure<<<1, 64>>>(shapes, (float *)memory, n);
    std::vector<float> got = download((float *)memory, n);
    for (int i = 0; i < n; i++) {
        float area = i % 3 == 0 ? 3.0f * i * i : i % 3 == 1 ? i * 2.0f : (float)i * i;
        int other = (n - 1 - i) % 3;
        EXPECT(got[i] == area + 0.25f * (other == 0 ? 0 : other == 1 ? 4 : 44));
    }
    CHECK(cudaFree(shapes));
}

int main()
{
    void *memory;
    CHECK(cudaDeviceSetLimit(cudaLimitStackSize, 16 << 10)); // a hundred calls deep is more than a GPU's 1 KiB holds
    CHECK(cudaMalloc(&memory, 4096));
    compare_recursions(memory);
    compare_pointers(memory);
    compare_objects(memory);
    CHECK(cudaFree(memory));
    printf("recursions, structures, function pointers and virtual functions: right\n");
    return 0;
}
