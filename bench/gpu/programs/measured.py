"""What the measuring programs share: samples that end with a synchronise, and lines of JSON for the one who compares.

usage of every program: PROGRAM SAMPLES [ROW…]   (all of its rows, if none is named)
"""

import json
import sys
import time

WARM_UP = 3


class Rows:
    """The rows that were asked for, and how many samples of each."""

    def __init__(self):
        self.samples = int(sys.argv[1])
        self.names = sys.argv[2:]

    def wants(self, *rows):
        return not self.names or any(row in self.names for row in rows)

    def measure(self, row, call, steps=1, size=0, warm_up=WARM_UP):
        """Times `call`, which does `steps` steps of the row; `size` bytes move in each."""
        import torch

        if not self.wants(row):
            return
        for _ in range(warm_up):
            call()
        torch.cuda.synchronize()
        times = []
        for _ in range(self.samples):
            started = time.perf_counter()
            call()
            torch.cuda.synchronize()
            times.append((time.perf_counter() - started) * 1e3)
        say(row, samples_ms=times, steps=steps, bytes=size)


def say(row, **values):
    print(json.dumps({"row": row, **values}), flush=True)


def times(count, call):
    """A call that makes the other `count` times."""

    def repeated():
        for _ in range(count):
            call()

    return repeated
