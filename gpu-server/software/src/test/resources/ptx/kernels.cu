// Our own kernels for the PTX engine's tests. kernels.ptx is made from this file by
//   nvcc -ptx -gencode arch=compute_80,code=compute_80 kernels.cu
#include <cassert>
#include <cstdio>
#define TILE 16

extern "C" __global__ void empty() {}

extern "C" __global__ void saxpy(int n, float a, const float *x, float *y) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = a * x[i] + y[i];
}

extern "C" __global__ void matmul(const float *a, const float *b, float *c, int n) {
    __shared__ float as[TILE][TILE], bs[TILE][TILE];
    int row = blockIdx.y * TILE + threadIdx.y, column = blockIdx.x * TILE + threadIdx.x;
    float sum = 0;
    for (int t = 0; t < n / TILE; t++) {
        as[threadIdx.y][threadIdx.x] = a[row * n + t * TILE + threadIdx.x];
        bs[threadIdx.y][threadIdx.x] = b[(t * TILE + threadIdx.y) * n + column];
        __syncthreads();
        for (int k = 0; k < TILE; k++) sum += as[threadIdx.y][k] * bs[k][threadIdx.x];
        __syncthreads();
    }
    c[row * n + column] = sum;
}

extern "C" __global__ void reduce(const int *x, int n, unsigned long long *total, int *largest) {
    __shared__ int partial[32];
    int sum = 0, most = -2147483647 - 1;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
        sum += x[i];
        most = max(most, x[i]);
    }
    for (int d = 16; d > 0; d >>= 1) sum += __shfl_down_sync(0xffffffffu, sum, d);
    if ((threadIdx.x & 31) == 0) partial[threadIdx.x >> 5] = sum;
    __syncthreads();
    if (threadIdx.x == 0) {
        int all = 0;
        for (int w = 0; w < blockDim.x / 32; w++) all += partial[w];
        atomicAdd(total, (unsigned long long)(long long)all);
    }
    atomicMax(largest, most);
}

// Every lane its own number of rounds, with a break and a continue: Collatz.
extern "C" __global__ void collatz(const int *start, int *steps, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    long long x = start[i];
    int count = 0;
    while (true) {
        if (x == 1) break;
        count++;
        if (x % 2 == 0) {
            x /= 2;
            continue;
        }
        x = 3 * x + 1;
        if (count > 500) break;
    }
    steps[i] = count;
}

// Threads past the end leave before the barrier; the others still meet at it.
extern "C" __global__ void earlyExit(int *data, int n) {
    extern __shared__ int held[];
    int i = threadIdx.x;
    if (i >= n) return;
    held[i] = data[i];
    for (int round = 0; round < 5; round++) {
        __syncthreads();
        int next = held[(i + 1) % n];
        __syncthreads();
        held[i] = next;
    }
    data[i] = held[i];
}

__device__ __noinline__ int fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
extern "C" __global__ void recursion(int *out) { out[threadIdx.x] = fibonacci(threadIdx.x % 12); }

__device__ __noinline__ int twice(int x) { return 2 * x; }
__device__ __noinline__ int square(int x) { return x * x; }
__device__ __noinline__ int negative(int x) { return -x; }
typedef int (*function)(int);
__device__ function table[3] = {twice, square, negative};
extern "C" __global__ void indirect(int *out) { out[threadIdx.x] = table[threadIdx.x % 3](threadIdx.x); }

// A barrier inside a function that is not inlined.
__device__ __noinline__ int exchange(int *held, int mine) {
    held[threadIdx.x] = mine;
    __syncthreads();
    int other = held[blockDim.x - 1 - threadIdx.x];
    __syncthreads();
    return other;
}
extern "C" __global__ void barrierInFunction(int *data) {
    __shared__ int held[256];
    data[threadIdx.x] = exchange(held, data[threadIdx.x]) + 1;
}

struct Shape { char tag; double scale; int sizes[3]; };
__constant__ int offsets[4] = {10, 20, 30, 40};
__device__ int counter = 7;
__device__ int *pointer = &counter;
extern "C" __global__ void parameters(Shape shape, int *out) {
    int i = threadIdx.x;
    out[i] = shape.tag + (int)(shape.scale * 2) + shape.sizes[i % 3] + offsets[i % 4] + *pointer;
}

extern "C" __global__ void print(int n) {
    if (threadIdx.x == 1) printf("n=%d %s|%5.2f|%-4d|%lld %c %x %%\n", n, "text", 3.14159, n, 1LL << 40, 'z', 255);
}
extern "C" __global__ void fails(int limit) { assert(threadIdx.x < limit); }
extern "C" __global__ void endless(volatile int *flag) { while (*flag == 0) {} }

// One warp waits for what another of the same block writes, without a barrier.
extern "C" __global__ void handshake(volatile int *flag, int *out) {
    if (threadIdx.x / 32 == 0) {
        while (*flag == 0) {}
        if (threadIdx.x == 0) *out = *flag;
    } else if (threadIdx.x == 32) {
        *flag = 42;
    }
}

extern "C" __global__ void votes(int *out) {
    int i = threadIdx.x;
    unsigned odd = __ballot_sync(0xffffffffu, i & 1);
    int up = __shfl_up_sync(0xffffffffu, i, 3), bfly = __shfl_xor_sync(0xffffffffu, i, 5);
    int index = __shfl_sync(0xffffffffu, i, i + 1, 8);
    unsigned same = __match_any_sync(0xffffffffu, i % 4);
    int least = __reduce_min_sync(0xffffffffu, 100 - i);
    int some = 0;
    if (i % 3 == 0) some = __popc(__activemask());
    int *mine = out + i * 7;
    mine[0] = odd; mine[1] = up; mine[2] = bfly; mine[3] = index; mine[4] = same; mine[5] = least; mine[6] = some;
}

extern "C" __global__ void mathematics(const double *x, double *out, int n) {
    int i = threadIdx.x;
    if (i >= n) return;
    out[i * 8] = sin(x[i]); out[i * 8 + 1] = exp(x[i]); out[i * 8 + 2] = log(fabs(x[i]));
    out[i * 8 + 3] = pow(fabs(x[i]), 1.7); out[i * 8 + 4] = tanhf((float)x[i]); out[i * 8 + 5] = erff((float)x[i]);
    out[i * 8 + 6] = sqrt(fabs(x[i])); out[i * 8 + 7] = fmod(x[i], 0.7);
}

extern "C" __global__ void switches(int *out) {
    int i = threadIdx.x, r;
    switch (i % 7) {
        case 0: r = i * 3; break;
        case 1: r = i ^ 0x55; break;
        case 2: r = i << 4; break;
        case 3: r = i - 100; break;
        case 4: r = i / 3; break;
        case 5: r = ~i; break;
        default: r = i * i;
    }
    out[i] = r;
}

extern "C" __global__ void heap(int **slots) {
    int *mine = (int *)malloc(16);
    mine[threadIdx.x & 3] = threadIdx.x;
    slots[threadIdx.x] = mine;
    if (threadIdx.x & 1) { free(mine); slots[threadIdx.x] = 0; }
}

extern "C" __global__ void strayWrite(int *data, int index) { data[index] = 1; }
extern "C" __global__ void misaligned(char *data) { *(int *)(data + 1 + threadIdx.x) = 1; }
