"""hold.py MEBIBYTES [SECONDS]: takes device memory, says so, then calls the GPU every 50 ms until a call fails. The orderly end comes
with a line on standard input or its end; where SECONDS are given, standard input does not count and they are the end."""

import select
import sys
import time

from cuda import Cuda, CudaError, say

try:
    cuda = Cuda()
    pointer = cuda.alloc(int(sys.argv[1]) << 20)
    say(f"holding {sys.argv[1]} MiB; free and total: {cuda.memory()}")
    until = time.monotonic() + float(sys.argv[2]) if len(sys.argv) > 2 else None
    while time.monotonic() < until if until else not select.select([sys.stdin], [], [], 0)[0]:
        cuda.synchronize()
        cuda.download(pointer, 4)
        time.sleep(0.05)
    cuda.free(pointer)
    say("done")
except CudaError as error:
    say(f"failed: {error}")
    sys.exit(3)
