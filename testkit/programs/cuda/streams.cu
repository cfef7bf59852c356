// Streams and events: order within a stream, waiting across streams, asynchronous copies from pinned memory, host functions.
#include "check.h"

#include <atomic>

__global__ void fill(int *numbers, int n, int value)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        numbers[i] = value;
}

__global__ void add_from(const int *source, int *target, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        target[i] += source[i];
}

static void count(void *counter) { ++*static_cast<std::atomic<int> *>(counter); }

int main()
{
    const int n = 1 << 16, rounds = 20;
    const size_t bytes = n * sizeof(int);
    cudaStream_t one, two;
    cudaEvent_t filled, added, first, last;
    CHECK(cudaStreamCreate(&one));
    CHECK(cudaStreamCreateWithFlags(&two, cudaStreamNonBlocking));
    CHECK(cudaEventCreateWithFlags(&filled, cudaEventDisableTiming));
    CHECK(cudaEventCreateWithFlags(&added, cudaEventDisableTiming));
    CHECK(cudaEventCreate(&first));
    CHECK(cudaEventCreate(&last));
    int *source, *target, *host;
    CHECK(cudaMalloc(&source, bytes));
    CHECK(cudaMalloc(&target, bytes));
    CHECK(cudaHostAlloc(&host, bytes, cudaHostAllocDefault));
    CHECK(cudaMemsetAsync(target, 0, bytes, two));

    // One fills, two adds what one filled; each waits for the other by events alone.
    std::atomic<int> called{0};
    CHECK(cudaEventRecord(first, one));
    for (int round = 1; round <= rounds; round++) {
        fill<<<n / 256, 256, 0, one>>>(source, n, round);
        CHECK(cudaEventRecord(filled, one));
        CHECK(cudaStreamWaitEvent(two, filled, 0));
        add_from<<<n / 256, 256, 0, two>>>(source, target, n);
        CHECK(cudaLaunchHostFunc(two, count, &called));
        CHECK(cudaEventRecord(added, two));
        CHECK(cudaStreamWaitEvent(one, added, 0));
    }
    CHECK(cudaEventRecord(last, one));
    CHECK(cudaMemcpyAsync(host, target, bytes, cudaMemcpyDeviceToHost, two));
    CHECK(cudaStreamSynchronize(two));
    EXPECT(called == rounds);
    for (int i = 0; i < n; i++)
        EXPECT(host[i] == rounds * (rounds + 1) / 2);

    CHECK(cudaEventSynchronize(last));
    float milliseconds = -1;
    CHECK(cudaEventElapsedTime(&milliseconds, first, last));
    EXPECT(milliseconds >= 0);
    CHECK(cudaStreamQuery(one));
    CHECK(cudaEventQuery(added));

    for (int i = 0; i < n; i++)
        host[i] = i;
    CHECK(cudaMemcpyAsync(source, host, bytes, cudaMemcpyHostToDevice, one));
    CHECK(cudaMemcpyAsync(target, source, bytes, cudaMemcpyDeviceToDevice, one));
    CHECK(cudaMemsetAsync(source, 0, bytes, one));
    CHECK(cudaMemcpyAsync(host, target, bytes, cudaMemcpyDeviceToHost, one));
    CHECK(cudaDeviceSynchronize());
    for (int i = 0; i < n; i++)
        EXPECT(host[i] == i);

    CHECK(cudaFreeHost(host));
    CHECK(cudaStreamDestroy(one));
    CHECK(cudaStreamDestroy(two));
    CHECK(cudaEventDestroy(filled));
    printf("%d rounds over two streams, %d host functions: right\n", rounds, called.load());
    return 0;
}
