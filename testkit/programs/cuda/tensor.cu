// Matrix products by whole warps: WMMA fragments of every element that compute capability 8.0 has, and mma with ldmatrix
// and asynchronous copies as libraries write it.
#include "check.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_pipeline.h>
#include <mma.h>
#include <vector>

using namespace nvcuda;

// One tile a warp, along the whole depth: d = a * b + c, then halved and doubled again element by element.
template <typename Factor, typename Element, typename Sum, typename LayoutA, typename LayoutB, int m, int n, int k>
__global__ void tile(const Element *a, const Element *b, const Sum *c, Sum *d, int lda, int ldb, int ldc, int depth)
{
    wmma::fragment<wmma::matrix_a, m, n, k, Factor, LayoutA> left;
    wmma::fragment<wmma::matrix_b, m, n, k, Factor, LayoutB> right;
    wmma::fragment<wmma::accumulator, m, n, k, Sum> sum;
    wmma::load_matrix_sync(sum, c, ldc, wmma::mem_row_major);
    for (int at = 0; at < depth; at += k) {
        bool rows = std::is_same<LayoutA, wmma::row_major>::value, columns = std::is_same<LayoutB, wmma::col_major>::value;
        wmma::load_matrix_sync(left, a + (rows ? at : at * lda), lda);
        wmma::load_matrix_sync(right, b + (columns ? at : at * ldb), ldb);
        wmma::mma_sync(sum, left, right, sum);
    }
    for (int i = 0; i < sum.num_elements; i++)
        sum.x[i] = sum.x[i] + sum.x[i];
    wmma::store_matrix_sync(d, sum, ldc, wmma::mem_row_major);
}

static int small(int i) { return int((i * 2654435761u) >> 29) - 3; }

template <typename Factor, typename Element, typename Sum, bool rows, bool columns, int m, int n, int k>
static void compare_tile(const char *what)
{
    const int depth = 3 * k, lda = (rows ? depth : m) + 16, ldb = (columns ? depth : n) + 16, ldc = n + 16;
    using LayoutA = typename std::conditional<rows, wmma::row_major, wmma::col_major>::type;
    using LayoutB = typename std::conditional<columns, wmma::col_major, wmma::row_major>::type;
    std::vector<Element> a(lda * (rows ? m : depth)), b(ldb * (columns ? n : depth));
    std::vector<Sum> c(ldc * m), d(ldc * m);
    for (size_t i = 0; i < a.size(); i++)
        a[i] = Element((float)small(i));
    for (size_t i = 0; i < b.size(); i++)
        b[i] = Element((float)small(i + 999));
    for (size_t i = 0; i < c.size(); i++)
        c[i] = Sum((float)small(i + 5555));
    Element *da, *db;
    Sum *dc, *dd;
    CHECK(cudaMalloc(&da, a.size() * sizeof(Element)));
    CHECK(cudaMalloc(&db, b.size() * sizeof(Element)));
    CHECK(cudaMalloc(&dc, c.size() * sizeof(Sum)));
    CHECK(cudaMalloc(&dd, d.size() * sizeof(Sum)));
    CHECK(cudaMemcpy(da, a.data(), a.size() * sizeof(Element), cudaMemcpyHostToDevice));
    CHECK(cudaMemcpy(db, b.data(), b.size() * sizeof(Element), cudaMemcpyHostToDevice));
    CHECK(cudaMemcpy(dc, c.data(), c.size() * sizeof(Sum), cudaMemcpyHostToDevice));
    tile<Factor, Element, Sum, LayoutA, LayoutB, m, n, k><<<1, 32>>>(da, db, dc, dd, lda, ldb, ldc, depth);
    CHECK(cudaGetLastError());
    CHECK(cudaMemcpy(d.data(), dd, d.size() * sizeof(Sum), cudaMemcpyDeviceToHost));
    for (int row = 0; row < m; row++)
        for (int column = 0; column < n; column++) {
            float sum = (float)c[row * ldc + column];
            for (int i = 0; i < depth; i++)
                sum += (float)a[rows ? row * lda + i : i * lda + row] * (float)b[columns ? column * ldb + i : i * ldb + column];
            if ((float)d[row * ldc + column] != 2 * sum) {
                fprintf(stderr, "%s: %g at %d, %d where %g was expected\n", what, (float)d[row * ldc + column], row, column, 2 * sum);
                exit(1);
            }
        }
    CHECK(cudaFree(da));
    CHECK(cudaFree(db));
    CHECK(cudaFree(dc));
    CHECK(cudaFree(dd));
}

static void fragments()
{
    compare_tile<half, half, float, true, true, 16, 16, 16>("halves to floats");
    compare_tile<half, half, half, true, false, 16, 16, 16>("halves to halves");
    compare_tile<half, half, float, false, true, 8, 32, 16>("halves, wide");
    compare_tile<half, half, float, false, false, 32, 8, 16>("halves, tall");
    compare_tile<__nv_bfloat16, __nv_bfloat16, float, true, true, 16, 16, 16>("bfloats");
    compare_tile<__nv_bfloat16, __nv_bfloat16, float, false, false, 32, 8, 16>("bfloats, tall");
    compare_tile<wmma::precision::tf32, float, float, true, true, 16, 16, 8>("tf32");
    compare_tile<double, double, double, true, false, 8, 8, 4>("doubles");
    compare_tile<signed char, signed char, int, true, true, 16, 16, 16>("signed bytes");
    compare_tile<signed char, signed char, int, false, true, 8, 32, 16>("signed bytes, wide");
}

// A block of two warps multiplies 32 x 16 by 16-deep tiles: copies two stages ahead, ldmatrix, mma.
const int stage_rows = 32, stages = 2;

__device__ unsigned shared_address(const void *pointer) { return (unsigned)__cvta_generic_to_shared(pointer); }

__global__ void pipelined(const half *a, const half *b, float *d, int depth)
{
    __shared__ __align__(16) half left[stages][stage_rows][16], right[stages][16][16];
    int thread = threadIdx.x, warp = thread / 32, lane = thread % 32;
    float sums[2][4] = {};
    auto fetch = [&](int step) {
        int row = thread / 2, column = thread % 2 * 8, stage = step % stages;
        if (step * 16 < depth) {
            __pipeline_memcpy_async(&left[stage][row][column], a + row * depth + step * 16 + column, 16);
            if (thread < 32)
                __pipeline_memcpy_async(&right[stage][row][column], b + (step * 16 + row) * 16 + column, 16);
        }
        __pipeline_commit();
    };
    fetch(0);
    for (int step = 0; step * 16 < depth; step++) {
        fetch(step + 1);
        __pipeline_wait_prior(1);
        __syncthreads();
        int stage = step % stages;
        unsigned x[4], y[4];
        unsigned at = shared_address(&left[stage][warp * 16 + lane % 16][lane / 16 * 8]);
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                     : "=r"(x[0]), "=r"(x[1]), "=r"(x[2]), "=r"(x[3]) : "r"(at));
        at = shared_address(&right[stage][lane % 16][lane / 16 * 8]);
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                     : "=r"(y[0]), "=r"(y[1]), "=r"(y[2]), "=r"(y[3]) : "r"(at));
        for (int i = 0; i < 2; i++)
            asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
                         "{%0, %1, %2, %3};"
                         : "+f"(sums[i][0]), "+f"(sums[i][1]), "+f"(sums[i][2]), "+f"(sums[i][3])
                         : "r"(x[0]), "r"(x[1]), "r"(x[2]), "r"(x[3]), "r"(y[2 * i]), "r"(y[2 * i + 1]));
        __syncthreads();
    }
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 4; j++)
            d[(warp * 16 + lane / 4 + j / 2 * 8) * 16 + i * 8 + lane % 4 * 2 + j % 2] = sums[i][j];
}

static void compare_pipelined()
{
    const int depth = 80;
    std::vector<half> a(stage_rows * depth), b(depth * 16);
    std::vector<float> d(stage_rows * 16);
    for (size_t i = 0; i < a.size(); i++)
        a[i] = half((float)small(i));
    for (size_t i = 0; i < b.size(); i++)
        b[i] = half((float)small(i + 31));
    half *da, *db;
    float *dd;
    CHECK(cudaMalloc(&da, a.size() * sizeof(half)));
    CHECK(cudaMalloc(&db, b.size() * sizeof(half)));
    CHECK(cudaMalloc(&dd, d.size() * sizeof(float)));
    CHECK(cudaMemcpy(da, a.data(), a.size() * sizeof(half), cudaMemcpyHostToDevice));
    CHECK(cudaMemcpy(db, b.data(), b.size() * sizeof(half), cudaMemcpyHostToDevice));
    pipelined<<<1, 64>>>(da, db, dd, depth);
    CHECK(cudaGetLastError());
    CHECK(cudaMemcpy(d.data(), dd, d.size() * sizeof(float), cudaMemcpyDeviceToHost));
    for (int row = 0; row < stage_rows; row++)
        for (int column = 0; column < 16; column++) {
            float sum = 0;
            for (int k = 0; k < depth; k++)
                sum += (float)a[row * depth + k] * (float)b[k * 16 + column];
            EXPECT(d[row * 16 + column] == sum);
        }
    CHECK(cudaFree(da));
    CHECK(cudaFree(db));
    CHECK(cudaFree(dd));
}

// Integer and bit products by mma, whose sums the manual places.
__global__ void integers(const unsigned *a, const unsigned *b, int *d)
{
    int lane = threadIdx.x, group = lane / 4, place = lane % 4, sums[4] = {1, 2, 3, 4}, bits[4] = {0};
    asm volatile("mma.sync.aligned.m16n8k16.row.col.s32.s8.u8.s32 {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
                 : "+r"(sums[0]), "+r"(sums[1]), "+r"(sums[2]), "+r"(sums[3])
                 : "r"(a[group * 4 + place]), "r"(a[(group + 8) * 4 + place]), "r"(b[group * 4 + place]));
    asm volatile("mma.sync.aligned.m16n8k128.row.col.s32.b1.b1.s32.xor.popc {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
                 : "+r"(bits[0]), "+r"(bits[1]), "+r"(bits[2]), "+r"(bits[3])
                 : "r"(a[group * 4 + place]), "r"(a[(group + 8) * 4 + place]), "r"(b[group * 4 + place]));
    for (int i = 0; i < 4; i++)
        d[(group + i / 2 * 8) * 8 + place * 2 + i % 2] = sums[i] * 1000 + bits[i];
}

static void compare_integers()
{
    std::vector<unsigned> a(16 * 4), b(8 * 4);
    std::vector<int> d(16 * 8);
    for (size_t i = 0; i < a.size(); i++)
        a[i] = (i + 7) * 2654435761u;
    for (size_t i = 0; i < b.size(); i++)
        b[i] = (i + 99) * 2654435761u;
    unsigned *da, *db;
    int *dd;
    CHECK(cudaMalloc(&da, a.size() * 4));
    CHECK(cudaMalloc(&db, b.size() * 4));
    CHECK(cudaMalloc(&dd, d.size() * 4));
    CHECK(cudaMemcpy(da, a.data(), a.size() * 4, cudaMemcpyHostToDevice));
    CHECK(cudaMemcpy(db, b.data(), b.size() * 4, cudaMemcpyHostToDevice));
    integers<<<1, 32>>>(da, db, dd);
    CHECK(cudaGetLastError());
    CHECK(cudaMemcpy(d.data(), dd, d.size() * 4, cudaMemcpyDeviceToHost));
    const signed char *left = (const signed char *)a.data();
    const unsigned char *right = (const unsigned char *)b.data();
    for (int row = 0; row < 16; row++)
        for (int column = 0; column < 8; column++) {
            int sum = 1 + row / 8 * 2 + column % 2, bits = 0;
            for (int k = 0; k < 16; k++)
                sum += left[row * 16 + k] * right[column * 16 + k];
            for (int k = 0; k < 4; k++)
                bits += __builtin_popcount(a[row * 4 + k] ^ b[column * 4 + k]);
            EXPECT(d[row * 8 + column] == sum * 1000 + bits);
        }
    CHECK(cudaFree(da));
    CHECK(cudaFree(db));
    CHECK(cudaFree(dd));
}

int main()
{
    fragments();
    compare_pipelined();
    compare_integers();
    printf("products of halves, bfloats, tf32, doubles, bytes and bits: right\n");
    return 0;
}
