// A launch as the very first call, before anything has made a context: its parameters must arrive all the same.
#include "check.h"

struct pair {
    double first;
    int second;
};

__device__ pair kept[2];

__global__ void keep(char slot, pair value, long long more)
{
    kept[int(slot)] = pair{value.first + double(more), value.second};
}

__global__ void nothing() {}

int main()
{
    pair found[2];

    keep<<<1, 1>>>(0, pair{1.5, 7}, 1ll << 40);
    CHECK(cudaGetLastError());
    keep<<<1, 1>>>(1, pair{2.5, 8}, 3);
    nothing<<<1, 1>>>();
    CHECK(cudaDeviceSynchronize());
    CHECK(cudaMemcpyFromSymbol(found, kept, sizeof found));
    EXPECT(found[0].first == 1.5 + double(1ll << 40) && found[0].second == 7);
    EXPECT(found[1].first == 5.5 && found[1].second == 8);
    printf("the first launch has its parameters\n");
    return 0;
}
