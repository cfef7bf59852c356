"""Managed memory, which is refused behind a server for now: the program must be told so and be able to go on."""

import cupy
from shown import exact, told


def managed():
    with cupy.cuda.using_allocator(cupy.cuda.MemoryPool(cupy.cuda.malloc_managed).malloc):
        return float(cupy.arange(1000, dtype="f8").sum())


told("sum over managed memory", managed)
exact("plain memory after it", cupy.arange(1000) * 2)
