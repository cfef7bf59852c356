// Reductions: shuffles within a warp, votes, shared memory within a block, atomics across blocks, constant and global symbols.
#include "check.h"

#include <vector>

__constant__ int weights[4];
__device__ unsigned long long total;
__device__ int smallest, even_count;
__device__ float float_total;

__global__ void reduce(const int *numbers, int n)
{
    __shared__ long long of_warps[32];
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    int number = i < n ? numbers[i] : 0;
    long long sum = (long long)number * weights[i & 3];
    for (int distance = 16; distance > 0; distance /= 2)
        sum += __shfl_down_sync(0xffffffffu, sum, distance);
    unsigned even = __ballot_sync(0xffffffffu, i < n && number % 2 == 0);
    int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    if (lane == 0) {
        of_warps[warp] = sum;
        atomicAdd(&even_count, __popc(even));
    }
    __syncthreads();
    if (warp == 0) {
        sum = lane < blockDim.x / 32 ? of_warps[lane] : 0;
        for (int distance = 16; distance > 0; distance /= 2)
            sum += __shfl_xor_sync(0xffffffffu, sum, distance);
        if (lane == 0) {
            atomicAdd(&total, (unsigned long long)sum);
            atomicAdd(&float_total, 0.5f);
        }
    }
    if (i < n)
        atomicMin(&smallest, number);
}

int main()
{
    const int n = 50021, threads = 256, blocks = (n + threads - 1) / threads;
    const int w[4] = {1, -2, 3, 5};
    std::vector<int> numbers(n);
    long long sum = 0;
    int least = 1 << 30, even = 0;
    for (int i = 0; i < n; i++) {
        numbers[i] = int((i * 2654435761u) >> 12) - 400000;
        sum += (long long)numbers[i] * w[i & 3];
        least = numbers[i] < least ? numbers[i] : least;
        even += numbers[i] % 2 == 0;
    }
    const int start = 1 << 30;
    int *device;
    CHECK(cudaMalloc(&device, n * sizeof(int)));
    CHECK(cudaMemcpy(device, numbers.data(), n * sizeof(int), cudaMemcpyHostToDevice));
    CHECK(cudaMemcpyToSymbol(weights, w, sizeof w));
    CHECK(cudaMemcpyToSymbol(smallest, &start, sizeof start));
    reduce<<<blocks, threads>>>(device, n);
    CHECK(cudaGetLastError());

    long long gpu_sum;
    int gpu_least, gpu_even;
    float halves;
    CHECK(cudaMemcpyFromSymbol(&gpu_sum, total, sizeof gpu_sum));
    CHECK(cudaMemcpyFromSymbol(&gpu_least, smallest, sizeof gpu_least));
    CHECK(cudaMemcpyFromSymbol(&gpu_even, even_count, sizeof gpu_even));
    CHECK(cudaMemcpyFromSymbol(&halves, float_total, sizeof halves));
    EXPECT(gpu_sum == sum);
    EXPECT(gpu_least == least);
    EXPECT(gpu_even == even);
    EXPECT(halves == 0.5f * blocks);
    printf("sum %lld, smallest %d, %d even numbers: right\n", gpu_sum, gpu_least, gpu_even);
    return 0;
}
