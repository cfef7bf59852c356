// Errors as CUDA gives them: at the call where the driver sees them, later and for good where a kernel fails.
#include "check.h"

__global__ void touch(int *address) { *address = 1; }

int main()
{
    void *memory = nullptr;
    int *number;

    EXPECT_ERROR(cudaErrorMemoryAllocation, cudaMalloc(&memory, size_t(1) << 50));
    EXPECT_ERROR(cudaErrorMemoryAllocation, cudaGetLastError());
    EXPECT_ERROR(cudaSuccess, cudaGetLastError());

    CHECK(cudaMalloc(&number, sizeof *number));
    touch<<<1, 2048>>>(number);
    EXPECT_ERROR(cudaErrorInvalidValue, cudaGetLastError());
    touch<<<dim3(1, 70000), 1>>>(number);
    EXPECT_ERROR(cudaErrorInvalidValue, cudaGetLastError());
    touch<<<1, 1, 1 << 20>>>(number);
    EXPECT_ERROR(cudaErrorInvalidValue, cudaGetLastError());
    EXPECT_ERROR(cudaErrorInvalidDevice, cudaSetDevice(99));
    cudaGetLastError();

    // The device is as good as before all these.
    int value = 0;
    touch<<<1, 1>>>(number);
    CHECK(cudaMemcpy(&value, number, sizeof value, cudaMemcpyDeviceToHost));
    EXPECT(value == 1);

    // A wild write is seen when the program waits, and by every call after that.
    touch<<<1, 1>>>(reinterpret_cast<int *>(64));
    EXPECT_ERROR(cudaErrorIllegalAddress, cudaDeviceSynchronize());
    EXPECT_ERROR(cudaErrorIllegalAddress, cudaMalloc(&memory, 16));
    printf("every error is the one that CUDA documents\n");
    return 0;
}
