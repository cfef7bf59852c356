// Thrust and CUB, headers of the toolkit: sorts, sums, scans and selections of numbers below and above zero.
#include "check.h"

#include <algorithm>
#include <cub/cub.cuh>
#include <functional>
#include <numeric>
#include <thrust/device_vector.h>
#include <thrust/extrema.h>
#include <thrust/reduce.h>
#include <thrust/scan.h>
#include <thrust/sort.h>
#include <vector>

static std::vector<int> numbers(int n)
{
    std::vector<int> made(n);
    for (int i = 0; i < n; i++)
        made[i] = int(i * 2654435761u) >> 8;
    return made;
}

template <typename T> static std::vector<T> down(const thrust::device_vector<T> &from)
{
    std::vector<T> to(from.size());
    thrust::copy(from.begin(), from.end(), to.begin());
    return to;
}

static void thrust_algorithms(int n)
{
    std::vector<int> in = numbers(n);
    thrust::device_vector<int> device(in.begin(), in.end());
    EXPECT(thrust::reduce(device.begin(), device.end()) == std::accumulate(in.begin(), in.end(), 0));
    EXPECT(thrust::reduce(device.begin(), device.end(), 0LL) == std::accumulate(in.begin(), in.end(), 0LL));
    EXPECT(thrust::reduce(device.begin(), device.end(), -1 << 30, thrust::maximum<int>()) == *std::max_element(in.begin(), in.end()));
    EXPECT(thrust::min_element(device.begin(), device.end()) - device.begin() == std::min_element(in.begin(), in.end()) - in.begin());

    thrust::device_vector<int> sums(n);
    thrust::inclusive_scan(device.begin(), device.end(), sums.begin());
    std::vector<int> expected(n);
    std::partial_sum(in.begin(), in.end(), expected.begin());
    EXPECT(down(sums) == expected);
    thrust::exclusive_scan(device.begin(), device.end(), sums.begin(), -7);
    std::exclusive_scan(in.begin(), in.end(), expected.begin(), -7);
    EXPECT(down(sums) == expected);

    thrust::device_vector<int> places(n);
    thrust::sequence(places.begin(), places.end());
    thrust::device_vector<int> keys = device;
    thrust::stable_sort_by_key(keys.begin(), keys.end(), places.begin());
    std::vector<int> order(n);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return in[a] < in[b]; });
    EXPECT(down(places) == order);
    std::vector<int> sorted = in;
    std::sort(sorted.begin(), sorted.end());
    EXPECT(down(keys) == sorted);
    thrust::sort(device.begin(), device.end(), thrust::greater<int>());
    std::reverse(sorted.begin(), sorted.end());
    EXPECT(down(device) == sorted);
}

// A comparison of its own makes Thrust merge instead of counting digits.
struct ByRest {
    __host__ __device__ bool operator()(long long a, long long b) const { return a % 1000 != b % 1000 ? a % 1000 < b % 1000 : a < b; }
};

static void merge_sort(int n)
{
    std::vector<long long> in(n);
    for (int i = 0; i < n; i++)
        in[i] = (long long)(i * 0x9e3779b97f4a7c15ULL) >> 20;
    thrust::device_vector<long long> device(in.begin(), in.end());
    thrust::sort(device.begin(), device.end(), ByRest());
    std::sort(in.begin(), in.end(), ByRest());
    EXPECT(down(device) == in);
}

struct IsNegative {
    __host__ __device__ bool operator()(float value) const { return value < 0; }
};

static void cub_algorithms(int n)
{
    std::vector<int> whole = numbers(n);
    std::vector<float> in(n);
    for (int i = 0; i < n; i++)
        in[i] = whole[i] / 1024.0f;
    thrust::device_vector<float> device(in.begin(), in.end()), out(n);
    thrust::device_vector<int> count(1);
    float *from = thrust::raw_pointer_cast(device.data()), *to = thrust::raw_pointer_cast(out.data());
    int *selected = thrust::raw_pointer_cast(count.data());
    size_t bytes = 0, more = 0;
    CHECK(cub::DeviceRadixSort::SortKeys(nullptr, bytes, from, to, n));
    CHECK(cub::DeviceSelect::If(nullptr, more, from, to, selected, n, IsNegative()));
    thrust::device_vector<char> room(std::max(bytes, more));
    void *place = thrust::raw_pointer_cast(room.data());

    CHECK(cub::DeviceRadixSort::SortKeys(place, bytes, from, to, n));
    std::vector<float> sorted = in;
    std::sort(sorted.begin(), sorted.end());
    EXPECT(down(out) == sorted);

    CHECK(cub::DeviceSelect::If(place, more, from, to, selected, n, IsNegative()));
    std::vector<float> negative;
    std::copy_if(in.begin(), in.end(), std::back_inserter(negative), IsNegative());
    std::vector<float> got = down(out);
    EXPECT(count[0] == (int)negative.size());
    EXPECT(std::equal(negative.begin(), negative.end(), got.begin()));
}

// Runs of equal numbers: blocks read 16 bytes at once of what others write meanwhile.
static void runs(int n)
{
    std::vector<int> in = numbers(n), starts, lengths;
    for (int &value : in) {
        value &= 1;
        if (starts.empty() || starts.back() != value) {
            starts.push_back(value);
            lengths.push_back(0);
        }
        lengths.back()++;
    }
    thrust::device_vector<int> device(in.begin(), in.end()), first(n), length(n), count(1);
    int *from = thrust::raw_pointer_cast(device.data()), *firsts = thrust::raw_pointer_cast(first.data());
    int *longs = thrust::raw_pointer_cast(length.data()), *found = thrust::raw_pointer_cast(count.data());
    size_t bytes = 0;
    CHECK(cub::DeviceRunLengthEncode::Encode(nullptr, bytes, from, firsts, longs, found, n));
    thrust::device_vector<char> room(bytes);
    for (int turn = 0; turn < 20; turn++) {
        CHECK(cub::DeviceRunLengthEncode::Encode(thrust::raw_pointer_cast(room.data()), bytes, from, firsts, longs, found, n));
        EXPECT(count[0] == (int)lengths.size());
        std::vector<int> got = down(length), begun = down(first);
        EXPECT(std::equal(lengths.begin(), lengths.end(), got.begin()));
        EXPECT(std::equal(starts.begin(), starts.end(), begun.begin()));
    }
}

// A histogram by a block's own sort and scan.
__global__ void blocks(const int *in, int *out)
{
    using Sort = cub::BlockRadixSort<int, 128, 4>;
    using Scan = cub::BlockScan<int, 128>;
    using Reduce = cub::WarpReduce<int>;
    __shared__ union {
        Sort::TempStorage sort;
        Scan::TempStorage scan;
        Reduce::TempStorage reduce[4];
    } room;
    int values[4], sums[4];
    for (int i = 0; i < 4; i++)
        values[i] = in[blockIdx.x * 512 + threadIdx.x * 4 + i];
    Sort(room.sort).Sort(values);
    __syncthreads();
    Scan(room.scan).InclusiveSum(values, sums);
    __syncthreads();
    int least = Reduce(room.reduce[threadIdx.x / 32]).Reduce(values[0], cuda::minimum<int>());
    for (int i = 0; i < 4; i++)
        out[blockIdx.x * 512 + threadIdx.x * 4 + i] = sums[i] - (threadIdx.x % 32 == 0 && i == 0 ? least : 0);
}

static void block_algorithms()
{
    std::vector<int> in = numbers(1024);
    thrust::device_vector<int> device(in.begin(), in.end()), out(1024);
    blocks<<<2, 128>>>(thrust::raw_pointer_cast(device.data()), thrust::raw_pointer_cast(out.data()));
    CHECK(cudaGetLastError());
    std::vector<int> got = down(out);
    for (int block = 0; block < 1024; block += 512) {
        std::sort(in.begin() + block, in.begin() + block + 512);
        unsigned sum = 0;
        for (int i = 0; i < 512; i++) {
            sum += in[block + i];
            EXPECT(got[block + i] == (int)(sum - (i % 128 == 0 ? (unsigned)in[block + i] : 0)));
        }
    }
}

int main()
{
    for (int n : {1, 33, 5000, 40000})
        thrust_algorithms(n);
    merge_sort(6000);
    cub_algorithms(20000);
    runs(5000);
    block_algorithms();
    printf("sorts, sums, scans and selections of Thrust and CUB: right\n");
    return 0;
}
