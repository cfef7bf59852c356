#!/usr/bin/env python3
"""Runs a corpus of CUDA programs natively and behind Penstock, and compares what they print, line by line.

A pool of this machine's GPUs is started for it (`penstock local`). Leaves in the folder --out: results.jsonl, one line for each
program; native.log and remote.log with what the programs printed; programs/ with what was compiled.
"""

import argparse
import concurrent.futures
import dataclasses
import json
import pathlib
import shutil
import subprocess
import sys
import threading
import time

import compare
import machine
import runs
import table
from corpus import PROGRAMS, nvcc

KEPT_CHARACTERS = 20_000
C_FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-O2"]
CACHES = ("TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR", "CUPY_CACHE_DIR", "NUMBA_CACHE_DIR")
CUDA_FLAGS = ["-O2", "-std=c++17", "-cudart", "static", "-gencode", "arch=compute_80,code=compute_80"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--penstock", default=shutil.which("penstock"), help="the command of the installation that is tested")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="the folder for results and logs")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only programs whose names contain one of these")
    parser.add_argument("--jobs", type=int, default=3, help="how many programs at once (default: %(default)s)")
    parser.add_argument("--memory", type=int, default=16384, metavar="MiB", help="of each lease (default: %(default)s)")
    parser.add_argument("--limit-seconds", type=int, default=450, help="after these no further program is started (default: %(default)s)")
    parser.add_argument("--gpus", default="nvidia", help="as for penstock local (default: %(default)s)")
    parser.add_argument("--list", action="store_true", help="only say which programs there are, and what is missing for them")
    return parser.parse_args()


class Corpus:
    """One visit to a machine. Programs run on several threads; files and the table are written under one lock."""

    def __init__(self, options):
        self.options = options
        self.out = options.out.resolve()
        self.deadline = time.monotonic() + options.limit_seconds
        self.machine = machine.describe(options.penstock)
        self.lock = threading.Lock()

    def run(self, programs):
        (self.out / "programs").mkdir(parents=True, exist_ok=True)
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            results = list(pool.map(self.one, [program for program in programs if not program.alone]))
        return results + [self.one(program) for program in programs if program.alone]

    def one(self, program):
        record = {"program": program.name, "about": program.about(), "machine": self.machine}
        try:
            record |= self.judged(program)
        except Exception as failure:  # one program never stops the others
            record |= {"result": "broken", "remarks": [f"{type(failure).__name__}: {failure}"]}
        with self.lock:
            with open(self.out / "results.jsonl", "a") as file:
                file.write(json.dumps(record) + "\n")
            print(table.line(record), flush=True)
        return record

    def judged(self, program):
        if missing := program.missing():
            return {"result": "not installed", "remarks": [missing]}
        if time.monotonic() > self.deadline:
            return {"result": "not run", "remarks": ["the time was up"]}
        command = self.command(program)
        native = self.natively(program, command)
        environment = self.environment(program, "remote") | {"LEASE_MIB": str(self.options.memory)}
        remote = runs.remote(command, program.limit, environment, ["-m", self.options.memory])
        self.log("remote", program, remote)
        refused = runs.refusals(remote.errors)
        result, remarks = compare.judge(program, native, remote, refused, lambda: self.natively(program, command))
        return {
            "result": result,
            "remarks": remarks,
            "refused": refused,
            "native_seconds": round(native.seconds, 1),
            "remote_seconds": round(remote.seconds, 1),
            "statistics": remote.statistics,
        }

    def natively(self, program, command):
        done = runs.run(command, program.limit, self.environment(program, "native"))
        self.log("native", program, done)
        return done

    def environment(self, program, kind):
        """Compilers keep what they made: native runs in one place and remote ones in another, so that both compile."""
        return {name: str(self.out / "caches" / kind / name) for name in CACHES} | program.environment

    def command(self, program):
        """What to run: the script, or the program compiled from the source."""
        if program.source.suffix == ".py":
            return [sys.executable, program.source]
        target = self.out / "programs" / program.name.replace("/", "-")
        compiler = ["gcc", *C_FLAGS] if program.source.suffix == ".c" else [nvcc(), *CUDA_FLAGS]
        libraries = ["-ldl", "-lm", "-lpthread"] if program.source.suffix == ".c" else []
        done = subprocess.run([*compiler, "-o", target, program.source, *libraries], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{program.source.name} does not compile: {done.stderr.strip()[-500:]}")
        return [target]

    def log(self, kind, program, run):
        with self.lock, open(self.out / f"{kind}.log", "a") as file:
            file.write(f"==== {program.name}: {run.ended()}, {run.seconds:.1f} s\n")
            for name, text in (("standard output", run.output), ("standard error", run.errors)):
                file.write(f"-- {name}\n{text[-KEPT_CHARACTERS:].rstrip()}\n" if text.strip() else "")


def main():
    options = arguments()
    wanted = [program for program in PROGRAMS if not options.only or any(name in program.name for name in options.only)]
    if options.list:
        for program in wanted:
            print(f"{program.name:42} {program.missing() and 'missing: ' + program.missing() or program.about()}")
        return 0
    runs.inside_a_pool(options, "test", "this machine has no NVIDIA GPU (there is no /dev/nvidiactl); --gpus software:1 tries the runner itself")
    results = Corpus(options).run([dataclasses.replace(program) for program in wanted])
    print(f"\n{table.summary(results)}; the table: {sys.executable} {pathlib.Path(table.__file__)} {options.out / 'results.jsonl'}")
    return 0 if all(record["result"] in table.GOOD for record in results) else 1


if __name__ == "__main__":
    sys.exit(main())
