"""image.py MEBIBYTES [COMMENT]: loads a module whose image is made this large by blanks, runs a kernel of it, says how long loading took."""

import sys
import time

from cuda import VECTOR_ADD, Cuda, add_vectors, say

size = int(sys.argv[1]) << 20
comment = b"// " + " ".join(sys.argv[2:]).encode()
image = VECTOR_ADD + b" " * (size - len(VECTOR_ADD) - len(comment)) + comment
cuda = Cuda()
start = time.monotonic()
cuda.function("add", image)
say(f"loaded in {(time.monotonic() - start) * 1e3:.0f} ms")
add_vectors(cuda)
