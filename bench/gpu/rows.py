"""The rows of docs/benchmarks.md: which program measures each, and the goal it is held to."""

from __future__ import annotations

import dataclasses
import pathlib

PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"


@dataclasses.dataclass(frozen=True)
class Ratio:
    """Remote time over native time, at most."""

    most: float

    def value(self, native_ms, remote_ms, row):
        return remote_ms / native_ms

    def kept(self, value):
        return value <= self.most

    def text(self):
        return f"≤ {self.most:g} × native"

    def show(self, value):
        return f"{value:.2f} ×"


@dataclasses.dataclass(frozen=True)
class Microseconds:
    """Time of one step, at most."""

    most: float

    def value(self, native_ms, remote_ms, row):
        return remote_ms / row["steps"] * 1e3

    def kept(self, value):
        return value <= self.most

    def text(self):
        return f"≤ {self.most:g} µs"

    def show(self, value):
        return f"{value:.3g} µs"


@dataclasses.dataclass(frozen=True)
class Rate:
    """Bytes a second, at least; what two bulk connections are held to."""

    least: float

    def value(self, native_ms, remote_ms, row):
        return row["bytes"] / remote_ms / 1e6

    def kept(self, value):
        return value >= self.least

    def text(self):
        return f"≥ {self.least:g} GB/s"

    def show(self, value):
        return f"{value:.2f} GB/s"


@dataclasses.dataclass(frozen=True)
class Extra:
    """Seconds more than natively, at most."""

    most: float

    def value(self, native_ms, remote_ms, row):
        return (remote_ms - native_ms) / 1e3

    def kept(self, value):
        return value <= self.most

    def text(self):
        return f"≤ native + {self.most:g} s"

    def show(self, value):
        return f"native + {value:.2f} s"


@dataclasses.dataclass(frozen=True)
class Row:
    """`samples` are those of one run; several rows of one `program` that cannot be separated name the same `together`."""

    name: str
    title: str
    program: str
    goal: Ratio | Microseconds | Rate | Extra | None
    samples: int = 5
    limit: int = 120
    together: str = ""
    waits_goal: float | None = None  # of one step

    def source(self):
        return PROGRAMS / self.program


ROWS = [
    Row("resnet50_inference_1", "ResNet-50 inference, batch 1, ×10", "resnet.py", Ratio(0.92), waits_goal=0),
    Row("resnet50_inference_64", "ResNet-50 inference, batch 64", "resnet.py", Ratio(1.01)),
    Row("resnet50_training_64", "ResNet-50 training, batch 64, pictures uploaded", "resnet.py", Ratio(1.15), waits_goal=1),
    Row("gpt2_generation_fp32", "GPT-2 124M, 64 tokens, single precision", "gpt2.py", Ratio(0.95), waits_goal=2.1),
    Row("gpt2_generation_fp16", "GPT-2 124M, 64 tokens, half precision", "gpt2.py", Ratio(0.95), waits_goal=2.1),
    Row("gpt2_training", "GPT-2 124M, training step, 8 × 256 tokens", "gpt2.py", Ratio(1.02), waits_goal=1),
    Row("bert_fp16", "BERT base, half precision, batch 8", "bert.py", Ratio(1.02), samples=15, waits_goal=1),
    Row("mlp_training", "tiny network, 50 training steps", "small.py", Ratio(0.8), samples=10, waits_goal=0),
    Row("mlp_training_read", "the same, loss read in every step", "small.py", Ratio(1.0), samples=10, waits_goal=1),
    Row("graph_replay", "CUDA graph of 50 layers, 50 replays", "small.py", Ratio(1.02), samples=10, waits_goal=0),
    Row("compiled_mlp", "torch.compile, two layers, ×50", "small.py", Ratio(1.0), samples=10, waits_goal=0),
    Row("sdpa", "scaled dot-product attention, ×50", "small.py", Ratio(1.0), samples=10, waits_goal=0),
    Row("add_8", "addition to 8 elements, ×1000", "small.py", Ratio(0.8), samples=10, waits_goal=0),
    Row("item", "`.item()`", "small.py", Microseconds(30), samples=10, waits_goal=1),
    Row("launch_burst", "cuLaunchKernel on its thread, bursts of 2,000", "driver_calls.c", Microseconds(0.5)),
    Row("launch_sustained", "cuLaunchKernel on its thread, 200,000", "driver_calls.c", Microseconds(4)),
    Row("launch_and_synchronise", "cuLaunchKernel and cuStreamSynchronize", "driver_calls.c", Microseconds(30), waits_goal=1),
    Row("dtoh_4_bytes", "cuMemcpyDtoH of 4 bytes", "driver_calls.c", Microseconds(30), waits_goal=1),
    Row("alloc_and_free", "cuMemAlloc and cuMemFree of 1 MiB", "driver_calls.c", None),
    Row("htod_pageable", "to the device, 256 MiB, pageable", "copies.py", Rate(3)),
    Row("dtoh_pageable", "from the device, 256 MiB, pageable", "copies.py", Rate(3)),
    Row("htod_pinned", "to the device, 256 MiB, pinned", "copies.py", Rate(3)),
    Row("dtoh_pinned", "from the device, 256 MiB, pinned", "copies.py", Rate(3)),
    Row("start_first_tensor", "import's end to the first tensor", "start.py", Extra(0.15), samples=1, together="start"),
    Row("start_first_product", "first tensor to the first matrix product", "start.py", Extra(0.1), samples=1, together="start"),
]


def runs_of(rows):
    """The rows as processes: each alone, but for those that one process measures together."""
    groups = {}
    for row in rows:
        groups.setdefault(row.together or row.name, []).append(row)
    return list(groups.values())
