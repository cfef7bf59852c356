"""Runs one command natively or behind Penstock, and reads what Penstock says about it."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

NO_GPU_FREE = 121
REFUSAL = re.compile(r"^penstock: [^:]+: (.+?) is not supported \(result (\d+)\): ?(.*?)(?: See docs/supported-calls\.md\.)?$")
TOTALS = {"sessions": "sessions", "calls": "calls", "launches": "launches", "waits": "waits"}
TOTALS |= {"bytesUp": "bytes_up", "bytesDown": "bytes_down"}
WAITS_KEPT = 12


@dataclasses.dataclass
class Run:
    """How one command ended; `status` is None where its time was up. `statistics` is what Penstock counted, if it was there."""

    status: int | None
    seconds: float
    output: str
    errors: str
    statistics: dict = dataclasses.field(default_factory=dict)

    def ended(self):
        return "time was up" if self.status is None else f"status {self.status}"


def run(command, limit, environment=None):
    """The command in a process group of its own, which is ended as a whole when the time is up."""
    started = time.monotonic()
    process = subprocess.Popen(
        [str(word) for word in command],
        env=dict(os.environ, **(environment or {})),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    status = None
    try:
        output, errors = process.communicate(timeout=limit)
        status = process.returncode
    except subprocess.TimeoutExpired:
        output, errors = _end(process)
    return Run(status, time.monotonic() - started, output, errors)


def _end(process):
    for number, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 10)):
        try:
            os.killpg(process.pid, number)
            return process.communicate(timeout=patience)
        except ProcessLookupError:
            return process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            continue
    return "", "its output could not be read to the end\n"


def remote(command, limit, environment=None, options=()):
    """As `run`, with a GPU of the pool; waits for one that is still being given back."""
    deadline = time.monotonic() + limit
    with tempfile.TemporaryDirectory(prefix="counts-") as folder:
        file = pathlib.Path(folder) / "counts.jsonl"
        words = ["penstock", "run", "-n", "1", "--stats-file", file, *options, "--", *command]
        while True:
            done = run(words, max(1, deadline - time.monotonic()), environment)
            if done.status != NO_GPU_FREE or time.monotonic() + 2 > deadline:
                return dataclasses.replace(done, statistics=statistics(file.read_text() if file.exists() else ""))
            time.sleep(1)


def statistics(text):
    """What `penstock run --stats-file` wrote, by our names; nothing where it did not come to that."""
    lines = [json.loads(line) for line in text.splitlines()]
    total = next((line for line in lines if line["kind"] == "total"), None)
    if total is None:
        return {}
    calls = sorted((line for line in lines if line["kind"] == "call" and line["waits"] > 0), key=lambda line: -line["waits"])
    by_call = {line["call"]: {"waits": line["waits"], "median_us": line["medianNanos"] / 1e3} for line in calls[:WAITS_KEPT]}
    return {ours: total[theirs] for theirs, ours in TOTALS.items()} | {"by_call": by_call}


def refusals(errors):
    """What was asked for and refused: name → why."""
    return {found[1]: found[3] for found in map(REFUSAL.match, errors.splitlines()) if found}


def inside_a_pool(options, purpose, without_gpu):
    """Whether `penstock local` has started us; if it has not, becomes it. Ends where there is no penstock to `purpose`, and with
    the words `without_gpu` where NVIDIA GPUs are wanted and there are none."""
    if "PENSTOCK_LOCAL" in os.environ:
        return
    if options.penstock is None or not os.access(options.penstock, os.X_OK):
        sys.exit(f"there is no penstock to {purpose}: name it with --penstock FOLDER/bin/penstock")
    if options.gpus == "nvidia" and not os.path.exists("/dev/nvidiactl"):
        sys.exit(without_gpu)
    sys.stdout.flush()
    os.execv(options.penstock, [options.penstock, "local", "--gpus", options.gpus, "--", sys.executable, *sys.argv])
