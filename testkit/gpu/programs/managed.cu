// Managed memory and mapped host memory through the runtime: refused behind a server for now, by name and not silently.
#include <cstdio>
#include <cuda_runtime.h>

__global__ void store(int *number, int value) { *number = value; }

int main()
{
    int *number = nullptr, *mapped = nullptr, *device = nullptr;
    cudaError_t result = cudaMallocManaged(&number, sizeof *number);

    printf("cudaMallocManaged: %s\n", cudaGetErrorName(result));
    if (result == cudaSuccess) {
        store<<<1, 1>>>(number, 5);
        printf("written by a kernel: %s", cudaGetErrorName(cudaDeviceSynchronize()));
        printf(" %d\n", *number);
    }
    printf("cudaHostAlloc, mapped: %s\n", cudaGetErrorName(cudaHostAlloc(&mapped, sizeof *mapped, cudaHostAllocMapped)));
    *mapped = 1;
    result = cudaHostGetDevicePointer(&device, mapped, 0);
    printf("cudaHostGetDevicePointer: %s\n", cudaGetErrorName(result));
    if (result == cudaSuccess) {
        store<<<1, 1>>>(device, 6);
        printf("written by a kernel: %s", cudaGetErrorName(cudaDeviceSynchronize()));
        printf(" %d\n", *mapped);
    }
    return 0;
}
