"""Writes through a wild pointer: the context must report CUDA's illegal address (700) and keep reporting it."""

from cuda import Cuda, say

cuda = Cuda()
wild = cuda.function("wild")
cuda.launch(wild, 1, 1)
first = cuda.code("cuCtxSynchronize")
second = cuda.code("cuCtxSynchronize")
say(f"{first} {second}")
