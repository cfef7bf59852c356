"""CuPy: element-wise kernels, reductions, sorting, products, streams, its memory pool, host functions."""

import cupy
import numpy
from shown import about, exact, told

random = numpy.random.default_rng(5)
x = cupy.asarray(random.standard_normal((512, 257)))
exact("element-wise", cupy.sin(x) * 2 + x**2)
exact("an ElementwiseKernel", cupy.ElementwiseKernel("T a, T b", "T c", "c = a * b + a", "mix")(x, x + 1))
exact("a ReductionKernel", cupy.ReductionKernel("T a", "T b", "a * a", "a + b", "b = a", "0", "squares")(x.astype("f4"), axis=0))
exact("sum, minimum, index of the largest", cupy.stack([x.sum(), x.min(), x.argmax().astype("f8")]))
exact("sort", cupy.sort(x, axis=0))
exact("scan", cupy.cumsum(x[0]))
exact("product", x @ x.T)
exact("fft", cupy.fft.fft(x[:, :256]))
about("singular values", *cupy.linalg.svd(x[:16, :16], compute_uv=False).get()[:4])
exact("random numbers", cupy.random.RandomState(3).standard_normal(1000))
with cupy.cuda.Stream(non_blocking=True) as stream:
    y = x * 3
    seen = []
    stream.launch_host_func(seen.append, "called")
    z = y + 1
    stream.synchronize()
print("host function:", *seen)
exact("after it", z)
told("the pool gives back", lambda: cupy.get_default_memory_pool().free_all_blocks())
told("an index out of bounds of the host", lambda: x[10_000])
told("an impossible allocation", lambda: cupy.empty(1 << 50, dtype="u1"))
pinned = cupy.cuda.alloc_pinned_memory(8000)
host = numpy.frombuffer(pinned, dtype="f8", count=1000)
host[:] = numpy.arange(1000)
exact("from pinned memory", cupy.asarray(host) * 2)
