"""Two processes that use the GPU at once under one lease, a child after fork, and a child that is killed."""

import os
import signal
import subprocess
import sys

from shown import told, torch_ready

WORK = "import torch; x = torch.arange(1000, device='cuda'); print(sum((x * n).sum().item() for n in range(int({0!r}))), flush=True)"
HOLD = "import torch, time; x = torch.ones(1 << 28, device='cuda'); torch.cuda.synchronize(); print('holds', flush=True); time.sleep(600)"


def start(program):
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)


torch = torch_ready()
torch.ones(1, device="cuda")
both = [start(WORK.format(n)) for n in (50, 60)]
told("sums of two processes at once", lambda: [process.communicate()[0].strip() for process in both])
holder = start(HOLD)
told("a third process", lambda: holder.stdout.readline().strip())
holder.send_signal(signal.SIGKILL)
told("ends as it was killed", lambda: holder.wait() == -signal.SIGKILL)
child = os.fork()
if child == 0:
    told("CUDA in a child after fork", lambda: torch.ones(1, device="cuda").item())
    os._exit(0)
os.waitpid(child, 0)
told("the parent works on", lambda: torch.ones(10, device="cuda").sum().item())
