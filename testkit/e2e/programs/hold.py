"""Takes MEBIBYTES of device memory, says so, then calls the GPU every 50 ms until a call fails or a line arrives on standard input."""

import select
import sys
import time

from cuda import Cuda, CudaError, say

try:
    cuda = Cuda()
    pointer = cuda.alloc(int(sys.argv[1]) << 20)
    say(f"holding {sys.argv[1]} MiB; free and total: {cuda.memory()}")
    while not select.select([sys.stdin], [], [], 0)[0]:
        cuda.synchronize()
        cuda.download(pointer, 4)
        time.sleep(0.05)
    cuda.free(pointer)
    say("done")
except CudaError as error:
    say(f"failed: {error}")
    sys.exit(3)
