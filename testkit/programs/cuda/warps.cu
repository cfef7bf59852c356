// Lanes of a warp: shuffles, votes and matches whole and in tiles, early returns and branches on the way, a lock between
// lanes, a grid that waits for itself.
#include "check.h"

#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <vector>

namespace cg = cooperative_groups;

const unsigned whole = 0xffffffffu;

__global__ void shuffles(const int *in, int *out)
{
    int thread = blockIdx.x * blockDim.x + threadIdx.x, value = in[thread], sum = value;
    for (int distance = 1; distance < 32; distance *= 2) {
        int below = __shfl_up_sync(whole, sum, distance);
        if (threadIdx.x % 32 >= distance)
            sum += below;
    }
    long long pair = ((long long)value << 32) - thread;
    out[thread] = sum + (int)(__shfl_xor_sync(whole, pair, 9) >> 32) + __shfl_sync(whole, value, thread + 1, 8)
        + (int)__shfl_down_sync(whole, (double)value, 3, 16);
}

__global__ void votes(const int *in, unsigned *out)
{
    int thread = blockIdx.x * blockDim.x + threadIdx.x, value = in[thread];
    unsigned matching = __match_any_sync(whole, value % 5);
    int same;
    unsigned everybody = __match_all_sync(whole, value / 100000000, &same);
    out[thread] = matching + (__ballot_sync(whole, value > 0) ^ everybody) + same + 2 * __any_sync(whole, value == 77)
        + 4 * __all_sync(whole, value < 1 << 30);
}

// Lanes go three ways; those that stay meet the others by name, whatever way they came.
__global__ void branches(const int *in, int *out, int leave)
{
    int lane = threadIdx.x % 32, value = in[threadIdx.x];
    if (lane >= leave)
        return;
    if (value % 2) {
        for (int i = 0; i < lane; i++)
            value = value * 3 + 1;
        __syncwarp();
    } else {
        value ^= 0x55;
        __syncwarp();
    }
    unsigned here = __activemask();
    int sum = __reduce_add_sync(whole, value);
    out[threadIdx.x] = sum + __popc(__ballot_sync(whole, here != 0));
}

__device__ int early(int lane, int value)
{
    if (lane % 3 == 0)
        return -1;
    unsigned rest = 0xffffffffu ^ 0x49249249u;
    return __reduce_max_sync(rest, value);
}

__global__ void returns(const int *in, int *out)
{
    int lane = threadIdx.x % 32;
    int most = early(lane, in[threadIdx.x]);
    __syncwarp();
    out[threadIdx.x] = __shfl_xor_sync(whole, most, 1);
}

template <int size> __device__ int tiled(cg::thread_block block, int value)
{
    auto tile = cg::tiled_partition<size>(block);
    int sum = cg::reduce(tile, value, cg::plus<int>());
    int first = tile.shfl(value, 0);
    bool any = tile.any(value % 7 == 0), every = tile.all(value % 2 == 0 || value % 2);
    return sum + first + any + 2 * every + (int)tile.ballot(value > 0) + tile.thread_rank();
}

__global__ void tiles(const int *in, int *out)
{
    auto block = cg::this_thread_block();
    int value = in[block.thread_rank()];
    int result = tiled<4>(block, value) + tiled<8>(block, value) + tiled<16>(block, value) + tiled<32>(block, value);
    if (value % 3 == 0) {
        auto some = cg::coalesced_threads();
        result += some.size() * 1000 + cg::reduce(some, 1, cg::plus<int>()) + some.shfl(value, 0);
    }
    out[block.thread_rank()] = result;
}

__device__ int lock_word, guarded[2];

// Each lane takes the lock itself: those that fail must not keep the one that has it from going on.
__global__ void locks(int *order)
{
    int thread = blockIdx.x * blockDim.x + threadIdx.x;
    while (atomicCAS(&lock_word, 0, 1) != 0) {
    }
    __threadfence();
    volatile int *words = guarded;
    order[words[0]] = thread;
    words[0] = words[0] + 1;
    words[1] = words[1] + thread;
    __threadfence();
    atomicExch(&lock_word, 0);
}

__global__ void handover(volatile int *box, int *out)
{
    int lane = threadIdx.x;
    if (lane != 0)
        while (box[lane - 1] == 0) {
        }
    box[lane] = lane == 0 ? 1 : box[lane - 1] + 2;
    out[lane] = box[lane];
}

__global__ void grid_steps(int *words, int n, int steps)
{
    auto grid = cg::this_grid();
    int thread = grid.thread_rank(), threads = grid.size();
    for (int step = 0; step < steps; step++) {
        for (int i = thread; i < n; i += threads)
            words[(step + 1) % 2 * n + i] = words[step % 2 * n + (i + 1) % n] + words[step % 2 * n + i];
        grid.sync();
    }
}

static std::vector<int> numbers(int n)
{
    std::vector<int> made(n);
    for (int i = 0; i < n; i++)
        made[i] = int(i * 2654435761u) / 3;
    return made;
}

template <typename T> static T *upload(const std::vector<T> &from)
{
    T *to;
    CHECK(cudaMalloc(&to, from.size() * sizeof(T)));
    CHECK(cudaMemcpy(to, from.data(), from.size() * sizeof(T), cudaMemcpyHostToDevice));
    return to;
}

template <typename T> static std::vector<T> download(const T *from, int n)
{
    CHECK(cudaGetLastError());
    std::vector<T> to(n);
    CHECK(cudaMemcpy(to.data(), from, n * sizeof(T), cudaMemcpyDeviceToHost));
    return to;
}

static void shuffles_and_votes()
{
    const int n = 256;
    std::vector<int> in = numbers(n);
    int *device = upload(in), *out = upload(in);
    shuffles<<<2, 128>>>(device, out);
    std::vector<int> got = download(out, n);
    for (int i = 0; i < n; i++) {
        int warp = i / 32 * 32;
        unsigned sum = 0;
        for (int j = warp; j <= i; j++)
            sum += in[j];
        long long pair = ((long long)in[warp + (i % 32 ^ 9)] << 32) - (warp + (i % 32 ^ 9));
        int down = i % 16 + 3 < 16 ? in[i + 3] : in[i];
        EXPECT(got[i] == (int)(sum + (unsigned)(int)(pair >> 32) + in[i / 8 * 8 + (i + 1) % 8] + (unsigned)down));
    }
    votes<<<2, 128>>>(device, (unsigned *)out);
    got = download(out, n);
    for (int i = 0; i < n; i++) {
        unsigned matching = 0, ballot = 0;
        bool same = true, any = false, every = true;
        for (int lane = 0; lane < 32; lane++) {
            int value = in[i / 32 * 32 + lane];
            matching |= (unsigned)(value % 5 == in[i] % 5) << lane;
            ballot |= (unsigned)(value > 0) << lane;
            same &= value / 100000000 == in[i] / 100000000;
            any |= value == 77;
            every &= value < 1 << 30;
        }
        EXPECT((unsigned)got[i] == matching + (ballot ^ (same ? whole : 0)) + same + 2 * any + 4 * every);
    }
    CHECK(cudaFree(device));
    CHECK(cudaFree(out));
}

static void ways()
{
    std::vector<int> in = numbers(64), blank(64, -5);
    int *device = upload(in), *out = upload(blank);
    for (int leave : {32, 20, 1}) {
        CHECK(cudaMemcpy(out, blank.data(), 64 * sizeof(int), cudaMemcpyHostToDevice));
        branches<<<1, 64>>>(device, out, leave);
        std::vector<int> got = download(out, 64);
        for (int warp = 0; warp < 64; warp += 32) {
            unsigned sum = 0;
            for (int lane = 0; lane < leave; lane++) {
                int value = in[warp + lane];
                if (value % 2)
                    for (int i = 0; i < lane; i++)
                        value = (int)((unsigned)value * 3 + 1);
                else
                    value ^= 0x55;
                sum += value;
            }
            for (int lane = 0; lane < 32; lane++)
                EXPECT(got[warp + lane] == (lane < leave ? (int)(sum + leave) : -5));
        }
    }
    returns<<<1, 64>>>(device, out);
    std::vector<int> got = download(out, 64);
    for (int i = 0; i < 64; i++) {
        int most = -2147483647 - 1;
        for (int lane = 0; lane < 32; lane++)
            if (lane % 3 && in[i / 32 * 32 + lane] > most)
                most = in[i / 32 * 32 + lane];
        EXPECT(got[i] == ((i % 32 ^ 1) % 3 ? most : -1));
    }
    CHECK(cudaFree(device));
    CHECK(cudaFree(out));
}

static int tile_of(const std::vector<int> &in, int thread, int size)
{
    int start = thread / size * size;
    unsigned sum = 0, ballot = 0;
    bool any = false;
    for (int i = 0; i < size; i++) {
        sum += in[start + i];
        ballot |= (unsigned)(in[start + i] > 0) << i;
        any |= in[start + i] % 7 == 0;
    }
    return (int)(sum + (unsigned)in[start] + any + 2 + ballot + thread % size);
}

// Tiles of several warps meet in shared memory that is none of the kernel's own.
__global__ void wide_tiles(const int *in, int *out)
{
    __shared__ cg::block_tile_memory<128> room;
    __shared__ int own[128];
    cg::thread_block block = cg::this_thread_block(room);
    own[threadIdx.x] = in[threadIdx.x];
    auto tile = cg::tiled_partition<64>(block);
    int sum = cg::reduce(tile, in[threadIdx.x] % 1000, cg::plus<int>());
    tile.sync();
    out[threadIdx.x] = sum + own[threadIdx.x ^ 33] % 1000;
}

static void wide_groups()
{
    std::vector<int> in = numbers(128);
    int *device = upload(in), *out = upload(in);
    wide_tiles<<<1, 128>>>(device, out);
    std::vector<int> got = download(out, 128);
    for (int i = 0; i < 128; i++) {
        int sum = in[i ^ 33] % 1000;
        for (int j = i / 64 * 64; j < i / 64 * 64 + 64; j++)
            sum += in[j] % 1000;
        EXPECT(got[i] == sum);
    }
    CHECK(cudaFree(device));
    CHECK(cudaFree(out));
}

static void groups()
{
    std::vector<int> in = numbers(96);
    int *device = upload(in), *out = upload(in);
    tiles<<<1, 96>>>(device, out);
    std::vector<int> got = download(out, 96);
    for (int i = 0; i < 96; i++) {
        unsigned expected = 0;
        for (int size = 4; size <= 32; size *= 2)
            expected += tile_of(in, i, size);
        if (in[i] % 3 == 0) {
            int size = 0, first = -1;
            for (int lane = i / 32 * 32; lane < i / 32 * 32 + 32; lane++)
                if (in[lane] % 3 == 0) {
                    size++;
                    first = first < 0 ? lane : first;
                }
            expected += size * 1000 + size + in[first];
        }
        EXPECT(got[i] == (int)expected);
    }
    CHECK(cudaFree(device));
    CHECK(cudaFree(out));
}

static void waiting()
{
    const int n = 3 * 64;
    std::vector<int> blank(n, 0);
    int *order = upload(blank), *box = upload(blank);
    locks<<<3, 64>>>(order);
    std::vector<int> got = download(order, n);
    std::vector<bool> seen(n, false);
    for (int i = 0; i < n; i++) {
        EXPECT(!seen[got[i]]);
        seen[got[i]] = true;
    }
    int words[2];
    CHECK(cudaMemcpyFromSymbol(words, guarded, sizeof words));
    EXPECT(words[0] == n && words[1] == n * (n - 1) / 2);
    handover<<<1, 32>>>(box, order);
    got = download(order, 32);
    for (int lane = 0; lane < 32; lane++)
        EXPECT(got[lane] == 2 * lane + 1);
    CHECK(cudaFree(order));
    CHECK(cudaFree(box));
}

static void grids()
{
    int n = 1000, steps = 5;
    std::vector<int> in = numbers(2 * n);
    int *device = upload(in);
    void *arguments[] = {&device, &n, &steps};
    CHECK(cudaLaunchCooperativeKernel((void *)grid_steps, dim3(6), dim3(64), arguments, 0, 0));
    std::vector<int> got = download(device, 2 * n);
    for (int step = 0; step < steps; step++)
        for (int i = 0; i < n; i++)
            in[(step + 1) % 2 * n + i] = (int)((unsigned)in[step % 2 * n + (i + 1) % n] + (unsigned)in[step % 2 * n + i]);
    EXPECT(got == in);
    CHECK(cudaFree(device));
}

int main()
{
    shuffles_and_votes();
    ways();
    groups();
    wide_groups();
    waiting();
    grids();
    printf("shuffles, votes, branches, early returns, tiles, locks and a grid that waits for itself: right\n");
    return 0;
}
