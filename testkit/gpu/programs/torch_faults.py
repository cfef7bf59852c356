"""Faults as PyTorch's users meet them: an index out of bounds, memory that is not there, errors after a fault."""

import subprocess
import sys

from shown import told, torch_ready

CHILD = """
import torch
x = torch.ones(10, device="cuda")
def attempt(name, call):
    try:
        call()
        print(name, "went well")
    except Exception as failure:
        print(name, type(failure).__name__, str(failure).splitlines()[0])
attempt("an index out of bounds:", lambda: x[torch.tensor([100], device="cuda")].sum().item())
attempt("a new tensor after it:", lambda: torch.ones(1, device="cuda"))
attempt("reading an old one:", lambda: x.cpu())
"""
done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=False)
print(done.stdout.strip())
said = sorted({line.split("Assertion", 1)[1] for line in done.stderr.splitlines() if "Assertion" in line})
print("on standard error:", *said)
torch = torch_ready()
told("this process is as it was", lambda: torch.ones(5, device="cuda").sum().item())
told("a device that does not exist", lambda: torch.ones(1, device="cuda:77"))
told("shapes that do not fit", lambda: torch.ones(2, 3, device="cuda") @ torch.ones(2, 3, device="cuda"))
told("work after those", lambda: torch.ones(5, device="cuda").sum().item())
