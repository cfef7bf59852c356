#!/usr/bin/env python3
"""Runs every claimed form's kernel on the GPU of this machine and writes what it answers.

Leaves in the folder --out: answers.xz, which replay.py reads; report.txt with the forms that the driver refuses, with its
compiler's words, and those whose kernels fail. A kernel that ends its context, or does not end, costs only itself: what runs
kernels is a process of its own, and the next one goes on behind it. Where all of it is killed, lines.jsonl has what was there.
"""

import argparse
import datetime
import json
import os
import pathlib
import sys
import time
import traceback

import answers
import case as cases
import catalogue
import cuda

PROCESSES_MAX = 60
# The status of a process whose GPU refused a call: the line about it is written.
REFUSED = 87


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="the folder for the answers and the report")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="only forms whose first words are these")
    parser.add_argument("--limit-seconds", type=int, default=480, help="after these no further process is started (default: %(default)s)")
    return parser.parse_args()


def chosen(only):
    return [one for one in catalogue.cases() if not only or one.form.words[0] in only]


def main():
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    todo = chosen(options.only)
    print(f"{len(todo)} kernels made in {time.monotonic() - started:.0f} s", flush=True)
    log = options.out / "lines.jsonl"
    log.write_text("")
    for _ in range(PROCESSES_MAX):
        status = forked(log, todo)
        if status == 0 or time.monotonic() - started > options.limit_seconds:
            break
        if status != REFUSED:
            blame(log, status)
    write(options, [json.loads(line) for line in log.read_text().splitlines()])
    log.unlink()
    print(f"{time.monotonic() - started:.0f} s in all")
    return status


def forked(log, todo):
    """Runs what has no line yet in a process of its own, which opens the driver; its status."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = worker(log, todo)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def blame(log, status):
    """The case that was begun and has no end took its process with it."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    ended = {line["form"] for line in lines if "form" in line and "begun" not in line}
    begun = [line["form"] for line in lines if "begun" in line and line["form"] not in ended]
    if not begun:
        raise SystemExit(f"the process that runs kernels ended with {status} before it ran one")
    with log.open("a") as file:
        print(json.dumps({"form": begun[-1], "failed": f"its process ended with {status}"}), file=file)


def worker(log, todo):
    known = {line["form"] for line in map(json.loads, log.read_text().splitlines()) if "form" in line and "begun" not in line}
    todo = [one for one in todo if one.form.name not in known]
    if not todo:
        return 0
    gpu = cuda.Gpu()
    name, capability, version = gpu.describe()
    with log.open("a", buffering=1) as file:

        def note(**line):
            print(json.dumps(line), file=file)

        note(gpu=name, capability=capability, cuda=version)
        memory = cuda.Memory(gpu, todo)
        for group in catalogue.modules(todo):
            for module, kernels in loaded(gpu, group, note):
                for kernel, one in kernels:
                    note(form=one.form.name, begun=True)
                    try:
                        answer = gpu.run(module, kernel, one, memory)
                    except cuda.Refused as refused:
                        note(form=one.form.name, failed=str(refused))
                        return REFUSED
                    note(form=one.form.name, digest=one.digest, answer=answer.hex())
                gpu.unload(module)
    return 0


def loaded(gpu, group, note):
    """Modules with their kernels: one, or where that is refused one for each case that is not."""
    started = time.monotonic()
    try:
        yield gpu.load(cases.module(group)), [(f"k{i}", one) for i, one in enumerate(group)]
        return
    except cuda.Refused:
        pass
    for one in group:
        try:
            module = gpu.load(cases.module([one]))
        except cuda.Refused as refused:
            note(form=one.form.name, refused=refused.log.strip() or str(refused))
            continue
        yield module, [("k0", one)]
    note(module=group[0].form.name, seconds=round(time.monotonic() - started, 2))


def write(options, lines):
    gpu = next((line for line in lines if "gpu" in line), None)
    if gpu is None:
        raise SystemExit("no kernel ran")
    found = {line["form"]: (line["digest"], bytes.fromhex(line["answer"])) for line in lines if "answer" in line}
    told = {"gpu": gpu["gpu"], "capability": gpu["capability"], "cuda": gpu["cuda"], "driver": driver(), "date": str(datetime.date.today())}
    answers.write(options.out / answers.FILE, answers.Answers(told, found))
    wrong = [f"{kind}\t{line['form']}\t{line[kind]}" for kind in ("refused", "failed") for line in lines if kind in line]
    (options.out / "report.txt").write_text("".join(line.replace("\n", " / ") + "\n" for line in wrong))
    size = (options.out / answers.FILE).stat().st_size
    print(f"{told['gpu']}, driver {told['driver']}: {len(found)} answers in {size} bytes, {len(wrong)} forms without")


def driver():
    """The driver's version as NVIDIA writes it."""
    try:
        text = pathlib.Path("/sys/module/nvidia/version").read_text()
    except OSError:
        return "none"
    return text.strip()


if __name__ == "__main__":
    sys.exit(main())
