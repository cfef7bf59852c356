// A tiled matrix product: static and dynamic shared memory, barriers, sides that are no multiple of the tile.
#include "check.h"

#include <vector>

static const int TILE = 16;

__global__ void product_static(const float *a, const float *b, float *c, int rows, int inner, int columns)
{
    __shared__ float ta[TILE][TILE], tb[TILE][TILE];
    int row = blockIdx.y * TILE + threadIdx.y, column = blockIdx.x * TILE + threadIdx.x;
    float sum = 0;
    for (int start = 0; start < inner; start += TILE) {
        int ka = start + threadIdx.x, kb = start + threadIdx.y;
        ta[threadIdx.y][threadIdx.x] = row < rows && ka < inner ? a[row * inner + ka] : 0;
        tb[threadIdx.y][threadIdx.x] = kb < inner && column < columns ? b[kb * columns + column] : 0;
        __syncthreads();
        for (int k = 0; k < TILE; k++)
            sum += ta[threadIdx.y][k] * tb[k][threadIdx.x];
        __syncthreads();
    }
    if (row < rows && column < columns)
        c[row * columns + column] = sum;
}

__global__ void product_dynamic(const float *a, const float *b, float *c, int rows, int inner, int columns)
{
    extern __shared__ float column_of_b[];
    int column = blockIdx.x;
    for (int k = threadIdx.x; k < inner; k += blockDim.x)
        column_of_b[k] = b[k * columns + column];
    __syncthreads();
    for (int row = threadIdx.x; row < rows; row += blockDim.x) {
        float sum = 0;
        for (int k = 0; k < inner; k++)
            sum = fmaf(a[row * inner + k], column_of_b[k], sum);
        c[row * columns + column] = sum;
    }
}

static void compare(const std::vector<float> &a, const std::vector<float> &b, const float *dc, int rows, int inner, int columns)
{
    std::vector<float> c(size_t(rows) * columns);
    CHECK(cudaMemcpy(c.data(), dc, c.size() * sizeof(float), cudaMemcpyDeviceToHost));
    for (int row = 0; row < rows; row++)
        for (int column = 0; column < columns; column++) {
            float sum = 0;
            for (int k = 0; k < inner; k++)
                sum += a[row * inner + k] * b[k * columns + column];
            EXPECT(c[row * columns + column] == sum);
        }
}

int main()
{
    const int rows = 75, inner = 100, columns = 53;
    std::vector<float> a(rows * inner), b(inner * columns);
    for (size_t i = 0; i < a.size(); i++)
        a[i] = float(int(i * 7 % 19) - 9);
    for (size_t i = 0; i < b.size(); i++)
        b[i] = float(int(i * 5 % 17) - 8);
    float *da, *db, *dc;
    CHECK(cudaMalloc(&da, a.size() * sizeof(float)));
    CHECK(cudaMalloc(&db, b.size() * sizeof(float)));
    CHECK(cudaMalloc(&dc, rows * columns * sizeof(float)));
    CHECK(cudaMemcpy(da, a.data(), a.size() * sizeof(float), cudaMemcpyHostToDevice));
    CHECK(cudaMemcpy(db, b.data(), b.size() * sizeof(float), cudaMemcpyHostToDevice));

    dim3 grid((columns + TILE - 1) / TILE, (rows + TILE - 1) / TILE);
    product_static<<<grid, dim3(TILE, TILE)>>>(da, db, dc, rows, inner, columns);
    CHECK(cudaGetLastError());
    compare(a, b, dc, rows, inner, columns);

    CHECK(cudaMemset(dc, 0xff, rows * columns * sizeof(float)));
    product_dynamic<<<columns, 64, inner * sizeof(float)>>>(da, db, dc, rows, inner, columns);
    CHECK(cudaGetLastError());
    compare(a, b, dc, rows, inner, columns);
    printf("two products of %d x %d x %d are right\n", rows, inner, columns);
    return 0;
}
