"""Adds two vectors on every visible GPU's first device and says which GPU did it."""

from cuda import Cuda, add_vectors, say

cuda = Cuda()
add_vectors(cuda)
say(f"{cuda.count()} {cuda.name()}: sums are right")
