"""A program's start: from the import's end to the first tensor, and from there to the first matrix product. One sample a process."""

import time

import torch
from measured import say

started = time.perf_counter()
torch.zeros(1, device="cuda")
torch.cuda.synchronize()
first = time.perf_counter()
torch.manual_seed(0)
a, b = torch.randn(64, 64, device="cuda"), torch.randn(64, 64, device="cuda")
total = (a @ b).sum().item()
say("start_first_tensor", samples_ms=[(first - started) * 1e3], steps=1, bytes=0)
say("start_first_product", samples_ms=[(time.perf_counter() - first) * 1e3], steps=1, bytes=0)
say("start_first_product", result=total)
