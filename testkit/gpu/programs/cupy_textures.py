"""A texture object over a CUDA array, read by a kernel."""

import cupy
from shown import exact, told

SOURCE = r"""
extern "C" __global__ void sampled(cudaTextureObject_t texture, float *y)
{
    y[blockIdx.x * blockDim.x + threadIdx.x] = tex2D<float>(texture, threadIdx.x + 0.5f, blockIdx.x + 0.5f);
}
"""
runtime = cupy.cuda.runtime
texture = cupy.cuda.texture


def total():
    channel = texture.ChannelFormatDescriptor(32, 0, 0, 0, runtime.cudaChannelFormatKindFloat)
    array = texture.CUDAarray(channel, 32, 8)
    array.copy_from(cupy.arange(256, dtype="f4").reshape(8, 32))
    resource = texture.ResourceDescriptor(runtime.cudaResourceTypeArray, cuArr=array)
    clamp = runtime.cudaAddressModeClamp
    sampler = texture.TextureObject(resource, texture.TextureDescriptor((clamp, clamp), runtime.cudaFilterModePoint))
    y = cupy.empty(256, dtype="f4")
    cupy.RawKernel(SOURCE, "sampled")((8,), (32,), (sampler, y))
    return float(y.sum())


told("sum over a texture", total)
exact("plain memory after it", cupy.arange(1000) * 2)
