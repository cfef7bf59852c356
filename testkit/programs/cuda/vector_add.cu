// The first program everybody writes, with a grid-stride loop, and the same for three types.
#include "check.h"

#include <vector>

template <typename T> __global__ void add(const T *a, const T *b, T *c, int n)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
        c[i] = a[i] + b[i];
}

template <typename T> static void run(const char *type)
{
    const int n = 100003;
    std::vector<T> a(n), b(n), c(n);
    for (int i = 0; i < n; i++) {
        a[i] = T(i % 1000) / T(2);
        b[i] = T(3 * (i % 777)) / T(4);
    }
    T *da, *db, *dc;
    CHECK(cudaMalloc(&da, n * sizeof(T)));
    CHECK(cudaMalloc(&db, n * sizeof(T)));
    CHECK(cudaMalloc(&dc, n * sizeof(T)));
    CHECK(cudaMemcpy(da, a.data(), n * sizeof(T), cudaMemcpyHostToDevice));
    CHECK(cudaMemcpy(db, b.data(), n * sizeof(T), cudaMemcpyHostToDevice));
    add<<<32, 128>>>(da, db, dc, n);
    CHECK(cudaGetLastError());
    CHECK(cudaMemcpy(c.data(), dc, n * sizeof(T), cudaMemcpyDeviceToHost));
    for (int i = 0; i < n; i++)
        EXPECT(c[i] == a[i] + b[i]);
    CHECK(cudaFree(da));
    CHECK(cudaFree(db));
    CHECK(cudaFree(dc));
    printf("%d sums of %s are right\n", n, type);
}

int main()
{
    cudaDeviceProp properties;
    CHECK(cudaGetDeviceProperties(&properties, 0));
    printf("%s, compute capability %d.%d\n", properties.name, properties.major, properties.minor);
    run<float>("float");
    run<int>("int");
    run<double>("double");
    return 0;
}
