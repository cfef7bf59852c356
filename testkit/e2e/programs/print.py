"""print.py BYTES: has the stand-in driver print from kernels, to both descriptors, before each of the calls that wait; says when each has
returned. Shows what runs, for the tests to see that the server still hears its worker."""

import ctypes
import subprocess
import sys
import time

from cuda import Cuda, say

size = int(sys.argv[1])
cuda = Cuda()
function = cuda.function("print")
memory = cuda.alloc(64)
stream, event = ctypes.c_void_p(), ctypes.c_void_p()
cuda.call("cuStreamCreate", ctypes.byref(stream), 1)
cuda.call("cuEventCreate", ctypes.byref(event), 2)


def event_synchronize():
    cuda.call("cuEventRecord", event, None)
    cuda.call("cuEventSynchronize", event)


WAITS = {
    "cuCtxSynchronize": cuda.synchronize,
    "cuStreamSynchronize": lambda: cuda.call("cuStreamSynchronize", stream),
    "cuEventSynchronize": event_synchronize,
    "cuMemcpyDtoH": lambda: cuda.download(memory, 8),
}
for name, wait in WAITS.items():
    for descriptor in (1, 2):
        cuda.launch(function, 1, 1, ctypes.c_uint64(size), ctypes.c_uint64(descriptor))
    wait()
    say(name)
    sys.stderr.write(name + "\n")
    sys.stderr.flush()
until = time.monotonic() + 20
while "python3" not in (shown := subprocess.run(["penstock", "smi"], check=True, capture_output=True, text=True).stdout):
    if time.monotonic() > until:
        break
say(shown)
