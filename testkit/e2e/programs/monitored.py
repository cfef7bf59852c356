"""Holds memory on a software GPU while a monitoring program, the rest of the command line, looks at the lease; says its own pid."""

import os
import subprocess
import sys

from cuda import Cuda, say

HELD = 64 << 20

cuda = Cuda()
pointer = cuda.alloc(HELD)
say(f"pid {os.getpid()}")
sys.exit(subprocess.run(sys.argv[1:], check=False).returncode)
