"""Prints what a pool costs before it computes: the time of `penstock run -- true` and the resident memory of its processes.

Runs inside `penstock local`. usage: start_figures.py [memory]
With "memory", which it runs itself with under `penstock run`, only the second.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import time

RUNS = 5
NAMES = {
    "io.penstock.appliance.Main": "appliance",
    "io.penstock.gpuserver.Main": "daemon",
    "io.penstock.gpuserver.worker.WorkerMain": "worker",
}


def name_of(arguments):
    if "io.penstock.cli.Main" in arguments:
        return "agent" if arguments[arguments.index("io.penstock.cli.Main") + 1] == "run" else None
    return next((NAMES[each] for each in arguments if each in NAMES), None)


def resident(process):
    lines = (process / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def memory():
    mark = f"PENSTOCK_LOCAL={os.environ['PENSTOCK_LOCAL']}".encode()
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                name = name_of((process / "cmdline").read_text().split("\0"))
                if name:
                    print(f"{name}_mib {resident(process):.0f}")
        except OSError:
            continue  # it ended meanwhile, or is somebody else's


def run_true():
    started = time.monotonic()
    subprocess.run(["penstock", "run", "--", "true"], check=True)
    return time.monotonic() - started


if sys.argv[1:] == ["memory"]:
    memory()
else:
    print(f"run_true_s {statistics.median(run_true() for _ in range(RUNS)):.2f}", flush=True)
    time.sleep(1)  # the next worker gets warm
    subprocess.run(["penstock", "run", "--", sys.executable, __file__, "memory"], check=True)
