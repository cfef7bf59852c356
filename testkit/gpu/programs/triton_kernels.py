"""Triton: kernels compiled on the client, with masks, reductions, tensor-core products, atomics, autotuning."""

import triton
import triton.language as tl
from shown import about, exact, torch_ready

torch = torch_ready()


@triton.jit
def add(x, y, out, n, SIZE: tl.constexpr):
    at = tl.program_id(0) * SIZE + tl.arange(0, SIZE)
    tl.store(out + at, tl.load(x + at, mask=at < n) + tl.load(y + at, mask=at < n), mask=at < n)


@triton.jit
def softmax(x, out, columns, SIZE: tl.constexpr):
    at = tl.arange(0, SIZE)
    row = tl.load(x + tl.program_id(0) * columns + at, mask=at < columns, other=-float("inf"))
    numerator = tl.exp(row - tl.max(row, axis=0))
    tl.store(out + tl.program_id(0) * columns + at, numerator / tl.sum(numerator, axis=0), mask=at < columns)


@triton.autotune([triton.Config({"SIDE": 32}, num_warps=2), triton.Config({"SIDE": 64}, num_warps=4)], key=["n"])
@triton.jit
def product(a, b, c, n, SIDE: tl.constexpr):
    rows = tl.program_id(0) * SIDE + tl.arange(0, SIDE)
    columns = tl.program_id(1) * SIDE + tl.arange(0, SIDE)
    total = tl.zeros((SIDE, SIDE), dtype=tl.float32)
    for start in range(0, n, 32):
        inner = start + tl.arange(0, 32)
        total += tl.dot(tl.load(a + rows[:, None] * n + inner[None, :]), tl.load(b + inner[:, None] * n + columns[None, :]))
    tl.store(c + rows[:, None] * n + columns[None, :], total)


@triton.jit
def tally(x, counts, n, SIZE: tl.constexpr):
    at = tl.program_id(0) * SIZE + tl.arange(0, SIZE)
    tl.atomic_add(counts + tl.load(x + at, mask=at < n, other=0), 1, mask=at < n)


x, y = (torch.randn(10_000, device="cuda") for _ in range(2))
out = torch.empty_like(x)
add[(triton.cdiv(10_000, 1024),)](x, y, out, 10_000, SIZE=1024)
exact("sum", out)
rows = x[:9900].view(99, 100)
out = torch.empty_like(rows)
softmax[(99,)](rows, out, 100, SIZE=128)
exact("softmax", out)
a, b = (torch.randn(256, 256, device="cuda", dtype=torch.float16) for _ in range(2))
c = torch.empty(256, 256, device="cuda")
product[lambda chosen: (256 // chosen["SIDE"], 256 // chosen["SIDE"])](a, b, c, 256)
about("product, autotuned", c)
counts = torch.zeros(10, device="cuda", dtype=torch.int32)
tally[(10,)]((x * 10).int().abs() % 10, counts, 10_000, SIZE=1024)
exact("tally", counts)
