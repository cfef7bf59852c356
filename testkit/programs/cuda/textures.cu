// Textures and surfaces through the runtime: filters, address modes, formats, three dimensions, layers, and linear memory.
#include "check.h"

#include <vector>

__global__ void sample_1d(cudaTextureObject_t texture, const float *places, float *out)
{
    out[threadIdx.x] = tex1D<float>(texture, places[threadIdx.x]);
}

__global__ void sample_3d(cudaTextureObject_t texture, float *out)
{
    out[threadIdx.x] = tex3D<float>(texture, 1.0f + threadIdx.x, 1.0f, 1.0f);
}

__global__ void sample_layers(cudaTextureObject_t texture, float *out)
{
    out[threadIdx.x] = tex2DLayered<float>(texture, 1.0f, 1.0f, threadIdx.x);
}

__global__ void fetch(cudaTextureObject_t texture, short2 *out)
{
    out[threadIdx.x] = tex1Dfetch<short2>(texture, threadIdx.x);
}

__global__ void shift(cudaSurfaceObject_t from, cudaSurfaceObject_t to)
{
    uchar4 texel;
    surf2Dread(&texel, from, (int(threadIdx.x) - 1) * 4, threadIdx.y, cudaBoundaryModeZero);
    surf2Dwrite(texel, to, threadIdx.x * 4, threadIdx.y);
}

static cudaTextureObject_t texture_of(cudaArray_t array, cudaTextureAddressMode mode, cudaTextureFilterMode filter, bool normalised)
{
    cudaTextureObject_t texture;
    cudaResourceDesc resource = {};
    cudaTextureDesc how = {};
    resource.resType = cudaResourceTypeArray;
    resource.res.array.array = array;
    how.addressMode[0] = how.addressMode[1] = how.addressMode[2] = mode;
    how.filterMode = filter;
    how.normalizedCoords = normalised;
    CHECK(cudaCreateTextureObject(&texture, &resource, &how, nullptr));
    return texture;
}

static float *out;

// Each place gives the value beside it, in a row of 10, 20, 30 and 40.
static void try_modes()
{
    const std::vector<float> row = {10, 20, 30, 40};
    const struct {
        cudaTextureAddressMode mode;
        cudaTextureFilterMode filter;
        bool normalised;
        std::vector<float> places, values;
    } cases[] = {
        {cudaAddressModeClamp, cudaFilterModePoint, false, {-3, 0, 1, 2.5f, 9}, {10, 10, 20, 30, 40}},
        {cudaAddressModeClamp, cudaFilterModeLinear, false, {0, 1, 1.5f, 1.75f, 4}, {10, 15, 20, 22.5f, 40}},
        {cudaAddressModeBorder, cudaFilterModePoint, false, {-0.5f, 0.5f, 4.5f}, {0, 10, 0}},
        {cudaAddressModeWrap, cudaFilterModePoint, true, {0.125f, 1.375f, -0.125f}, {10, 20, 40}},
        {cudaAddressModeWrap, cudaFilterModeLinear, true, {0, 1}, {25, 25}},
        {cudaAddressModeMirror, cudaFilterModePoint, true, {1.125f, -0.375f, 2.125f}, {40, 20, 10}},
    };
    cudaChannelFormatDesc floats = cudaCreateChannelDesc<float>();
    cudaArray_t array;
    float *places, got[8];

    CHECK(cudaMallocArray(&array, &floats, row.size()));
    CHECK(cudaMemcpy2DToArray(array, 0, 0, row.data(), 16, 16, 1, cudaMemcpyHostToDevice));
    CHECK(cudaMalloc(&places, sizeof got));
    for (const auto &each : cases) {
        size_t bytes = each.places.size() * sizeof(float);
        cudaTextureObject_t texture = texture_of(array, each.mode, each.filter, each.normalised);
        CHECK(cudaMemcpy(places, each.places.data(), bytes, cudaMemcpyHostToDevice));
        sample_1d<<<1, each.places.size()>>>(texture, places, out);
        CHECK(cudaMemcpy(got, out, bytes, cudaMemcpyDeviceToHost));
        for (size_t i = 0; i < each.values.size(); i++)
            EXPECT(got[i] == each.values[i]);
        CHECK(cudaDestroyTextureObject(texture));
    }
    CHECK(cudaFree(places));
    CHECK(cudaFreeArray(array));
}

// The numbers are 0 to 15, four in a row, two rows in a sheet, two sheets; as a box, and as layers.
static void try_sheets(unsigned flags)
{
    cudaChannelFormatDesc floats = cudaCreateChannelDesc<float>();
    cudaMemcpy3DParms copy = {};
    cudaArray_t array;
    float numbers[16], got[3];

    for (int i = 0; i < 16; i++)
        numbers[i] = float(i);
    CHECK(cudaMalloc3DArray(&array, &floats, make_cudaExtent(4, 2, 2), flags));
    copy.srcPtr = make_cudaPitchedPtr(numbers, 16, 4, 2);
    copy.dstArray = array;
    copy.extent = make_cudaExtent(4, 2, 2);
    copy.kind = cudaMemcpyHostToDevice;
    CHECK(cudaMemcpy3D(&copy));
    cudaTextureObject_t texture = texture_of(array, cudaAddressModeClamp, cudaFilterModeLinear, false);
    if (flags & cudaArrayLayered)
        sample_layers<<<1, 2>>>(texture, out);
    else
        sample_3d<<<1, 2>>>(texture, out);
    CHECK(cudaMemcpy(got, out, sizeof got, cudaMemcpyDeviceToHost));
    // the middle of 0, 1, 4 and 5, or of these and those of the sheet below
    EXPECT(got[0] == ((flags & cudaArrayLayered) ? 2.5f : 6.5f));
    EXPECT(got[1] == ((flags & cudaArrayLayered) ? 10.5f : 7.5f));
    CHECK(cudaDestroyTextureObject(texture));
    CHECK(cudaFreeArray(array));
}

static void try_linear_memory()
{
    const short2 numbers[] = {{-1, 2}, {3, -4}, {32767, -32768}};
    short2 *memory, got[3];
    cudaTextureObject_t texture;
    cudaResourceDesc resource = {};
    cudaTextureDesc how = {};

    CHECK(cudaMalloc(&memory, sizeof numbers));
    CHECK(cudaMemcpy(memory, numbers, sizeof numbers, cudaMemcpyHostToDevice));
    resource.resType = cudaResourceTypeLinear;
    resource.res.linear.devPtr = memory;
    resource.res.linear.desc = cudaCreateChannelDesc<short2>();
    resource.res.linear.sizeInBytes = sizeof numbers;
    how.readMode = cudaReadModeElementType;
    CHECK(cudaCreateTextureObject(&texture, &resource, &how, nullptr));
    fetch<<<1, 3>>>(texture, reinterpret_cast<short2 *>(out));
    CHECK(cudaMemcpy(got, out, sizeof got, cudaMemcpyDeviceToHost));
    for (int i = 0; i < 3; i++)
        EXPECT(got[i].x == numbers[i].x && got[i].y == numbers[i].y);
    CHECK(cudaDestroyTextureObject(texture));
    CHECK(cudaFree(memory));
}

// A picture of 4 by 2 texels goes one texel to the right.
static void try_surfaces()
{
    cudaChannelFormatDesc bytes = cudaCreateChannelDesc<uchar4>();
    cudaArray_t arrays[2];
    cudaSurfaceObject_t surfaces[2];
    unsigned char picture[32], got[32];

    for (int i = 0; i < 32; i++)
        picture[i] = (unsigned char)(i + 1);
    for (int i = 0; i < 2; i++) {
        cudaResourceDesc resource = {};
        CHECK(cudaMallocArray(&arrays[i], &bytes, 4, 2, cudaArraySurfaceLoadStore));
        resource.resType = cudaResourceTypeArray;
        resource.res.array.array = arrays[i];
        CHECK(cudaCreateSurfaceObject(&surfaces[i], &resource));
    }
    CHECK(cudaMemcpy2DToArray(arrays[0], 0, 0, picture, 16, 16, 2, cudaMemcpyHostToDevice));
    shift<<<1, dim3(4, 2)>>>(surfaces[0], surfaces[1]);
    CHECK(cudaMemcpy2DFromArray(got, 16, arrays[1], 0, 0, 16, 2, cudaMemcpyDeviceToHost));
    for (int i = 0; i < 32; i++)
        EXPECT(got[i] == (i % 16 < 4 ? 0 : picture[i - 4]));
    for (int i = 0; i < 2; i++) {
        CHECK(cudaDestroySurfaceObject(surfaces[i]));
        CHECK(cudaFreeArray(arrays[i]));
    }
}

int main()
{
    CHECK(cudaMalloc(&out, 64));
    try_modes();
    try_sheets(0);
    try_sheets(cudaArrayLayered);
    try_linear_memory();
    try_surfaces();
    CHECK(cudaFree(out));
    printf("every fetch gave the number that was computed\n");
    return 0;
}
