"""Takes device memory in steps of one MiB until a call fails; prints how many MiB it got, the total it was told, and the code."""

from cuda import Cuda, CudaError, say

cuda = Cuda()
total = cuda.memory()[1]
taken = []
try:
    while True:
        taken.append(cuda.alloc(1 << 20))
except CudaError as error:
    say(f"{len(taken)} {total >> 20} {error.code}")
