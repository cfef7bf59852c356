"""Runs one command natively or behind Penstock, and reads what Penstock says about it."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import subprocess
import time

NO_GPU_FREE = 121
REFUSAL = re.compile(r"^penstock: [^:]+: (.+?) is not supported \(result (\d+)\): ?(.*?)(?: See docs/supported-calls\.md\.)?$")
COUNTS = re.compile(
    r"^penstock: ([\d,]+) session\(s\), ([\d,]+) calls, ([\d,]+) launches, ([\d,]+) waits, ([\d,]+) bytes up, ([\d,]+) bytes down$"
)
WAITS_FOR = re.compile(r"^penstock: +([\d,]+) waits for (\S+)$")


@dataclasses.dataclass
class Run:
    """How one command ended; `status` is None where its time was up."""

    status: int | None
    seconds: float
    output: str
    errors: str

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
    while True:
        done = run(["penstock", "run", "-n", "1", "--stats", *options, "--", *command], max(1, deadline - time.monotonic()), environment)
        if done.status != NO_GPU_FREE or time.monotonic() + 2 > deadline:
            return done
        time.sleep(1)


def statistics(errors):
    """What `penstock run --stats` counted, by name; nothing where it did not come to that."""
    found, by_call = {}, {}
    for line in errors.splitlines():
        if counts := COUNTS.match(line):
            names = ("sessions", "calls", "launches", "waits", "bytes_up", "bytes_down")
            found = dict(zip(names, (_number(text) for text in counts.groups())))
        elif waits := WAITS_FOR.match(line):
            by_call[waits[2]] = _number(waits[1])
    return found | ({"waits_by_call": by_call} if found else {})


def refusals(errors):
    """What was asked for and refused: name → why."""
    return {found[1]: found[3] for found in map(REFUSAL.match, errors.splitlines()) if found}


def _number(text):
    return int(text.replace(",", ""))
