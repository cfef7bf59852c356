"""count.py WAITS BYTES: takes and frees device memory so often, with nothing else to wait for; then uploads so many bytes, a
payload of its own. Prints the seconds that the first part took, as the program sees them."""

import sys
import time

from cuda import Cuda, say

waits, size = map(int, sys.argv[1:])
cuda = Cuda()
start = time.monotonic()
for _ in range(waits):
    cuda.free(cuda.alloc(4096))
say(f"{time.monotonic() - start:.6f}")
pointer = cuda.alloc(size)
cuda.upload(pointer, bytes(size))
cuda.synchronize()
