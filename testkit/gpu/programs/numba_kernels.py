"""numba: kernels from Python, with shared memory and atomics."""

import numpy
from numba import cuda, float32
from shown import exact


@cuda.jit
def add(x, y, out):
    i = cuda.grid(1)
    if i < out.size:
        out[i] = x[i] + y[i]


@cuda.jit
def total(x, out):
    tile = cuda.shared.array(128, float32)
    tile[cuda.threadIdx.x] = x[cuda.grid(1)]
    cuda.syncthreads()
    if cuda.threadIdx.x == 0:
        part = 0
        for i in range(128):
            part += tile[i]
        cuda.atomic.add(out, 0, part)


x = numpy.arange(1024, dtype=numpy.float32)
out = cuda.device_array(1024, dtype=numpy.float32)
add[8, 128](x, x, out)
exact("sum", out.copy_to_host())
whole = cuda.to_device(numpy.zeros(1, dtype=numpy.float32))
total[8, 128](cuda.to_device(x), whole)
exact("total", whole.copy_to_host())
