"""Kernels that NVRTC compiles on the client: RawKernel, RawModule with templates, constants, shared memory, printf."""

import cupy
import numpy
from shown import exact, told

SOURCE = r"""
#include <cuda_fp16.h>
__constant__ float weights[4];
struct pair { double first; char flag; int second; };

template <typename T> __global__ void scaled(const T *x, T *y, T by, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = x[i] * by;
}
extern "C" __global__ void weighted(const float *x, float *y, int n)
{
    extern __shared__ float tile[];
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    tile[threadIdx.x] = i < n ? x[i] : 0;
    __syncthreads();
    if (i < n) y[i] = tile[threadIdx.x] * weights[i % 4] + tile[threadIdx.x ^ 1];
}
extern "C" __global__ void halves(const __half *x, __half *y, int n)
{
    int i = threadIdx.x;
    if (i < n) y[i] = __hadd(x[i], __float2half(0.5f));
}
extern "C" __global__ void speak(int n) { if (threadIdx.x < n) printf("thread %d says %5.2f %s\n", threadIdx.x, n * 0.5, "aloud"); }
"""
x = cupy.arange(1000, dtype="f4")
module = cupy.RawModule(code=SOURCE, options=("-std=c++17",), name_expressions=["scaled<float>", "scaled<double>"])
for kind, code in (("float", "f4"), ("double", "f8")):
    source = x.astype(code)
    out = cupy.empty_like(source)
    module.get_function(f"scaled<{kind}>")((4,), (256,), (source, out, source.dtype.type(2.5), numpy.int32(1000)))
    exact(f"a template for {kind}", out)
weights = cupy.ndarray(4, "f4", module.get_global("weights"))
weights[...] = cupy.asarray([1, 2, 3, 4], dtype="f4")
out = cupy.empty_like(x)
module.get_function("weighted")((4,), (256,), (x, out, numpy.int32(1000)), shared_mem=1024)
exact("constants and shared memory", out)
half = cupy.empty(100, dtype="f2")
module.get_function("halves")((1,), (128,), (x[:100].astype("f2"), half, numpy.int32(100)))
exact("half precision", half)
module.get_function("speak")((1,), (32,), (numpy.int32(3),))
cupy.cuda.Device().synchronize()
told("registers of a kernel are known", lambda: cupy.RawKernel('extern "C" __global__ void f() {}', "f").num_regs >= 0)
told("a kernel that does not compile", lambda: cupy.RawKernel("nonsense", "f").compile())
