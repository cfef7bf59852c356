// Text of kernels: printf reaches standard output in its order, a failed assertion standard error, and the call after it fails.
#include <cassert>
#include <cstdio>
#include <cuda_runtime.h>

__global__ void speak(int round) { printf("round %d, thread %d: %s %.3f %llu\n", round, threadIdx.x, "text", round / 3.0, 1ull << 40); }

__global__ void insist(int wanted) { assert(wanted == 1); }

int main()
{
    for (int round = 0; round < 3; round++) {
        speak<<<1, 2>>>(round);
        cudaDeviceSynchronize();
        printf("after round %d\n", round);
        fflush(stdout);
    }
    insist<<<1, 1>>>(1);
    printf("kept: %s\n", cudaGetErrorName(cudaDeviceSynchronize()));
    insist<<<1, 2>>>(2);
    printf("broken: %s\n", cudaGetErrorName(cudaDeviceSynchronize()));
    printf("then: %s\n", cudaGetErrorName(cudaFree(nullptr)));
    return 0;
}
