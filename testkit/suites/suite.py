"""Runs a third-party suite on the GPU that a prefix gives its processes, and judges what came of it.

usage: suite.py run NAME FOLDER [PREFIX…]   runs the suite's modules, two processes at a time; FOLDER gets outcomes and logs
       suite.py judge NAME FOLDER           compares them with what is known; lines "passed|failed<TAB>…", status 1 for a failure
       suite.py idle NAME FOLDER            prints the tests that passed: for a run on a device that does nothing, NAME/idle.txt
       suite.py page                        prints docs/suites.md

Known are, under testkit/suites/NAME: idle.txt, the tests that pass on a device that does nothing and therefore do not count;
failures.tsv, each test that fails with its cause; left-out.tsv, tests that are not run, with the cause. A test that is not
listed must pass; one that is listed must fail, or its line must go.

The device that does nothing is testkit/standin behind a GPU server of its own, with one process at a time for its one GPU:
  make -C testkit/standin
  SUITE_PROCESSES=1 SUITE_PATIENCE=30 LD_LIBRARY_PATH=testkit/target/standin penstock local --gpus nvidia -- \\
      PYTHON testkit/suites/suite.py run NAME FOLDER penstock run -n 1 --
tinygrad launches with all parameters in one buffer, of which the stand-in takes 16 bytes; STANDIN_PARAMETERS=256 gives its kernels more.
"""

import collections
import concurrent.futures
import os
import pathlib
import signal
import subprocess
import sys
import time

import page
from suites import HERE, SUITES

# A test that is silent for so long, in seconds, is ended and has failed.
PATIENCE = float(os.environ.get("SUITE_PATIENCE", "300"))
PROCESSES = int(os.environ.get("SUITE_PROCESSES", "2"))


class Group:
    """One process's worth of modules: run until each of their tests has an outcome, begun anew behind a test that ends it."""

    def __init__(self, name, modules, part, stem, prefix):
        self.suite, self.modules, self.prefix = SUITES[name], modules, prefix
        self.outcomes, self.log = stem.with_suffix(".tsv"), stem.with_suffix(".log")
        self.environment = {
            **os.environ,
            **self.suite.surroundings(stem.parent / "surroundings"),
            # the plugins: that of outcomes, and the suite's own
            "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE / name)]),
            "SUITE_OUTCOMES": str(self.outcomes),
            "SUITE_LEFT_OUT": str(HERE / name / "left-out.tsv"),
            "SUITE_BEYOND": self.suite.beyond,
            "SUITE_PART": part,
        }

    def run(self):
        while True:
            before = len(read(self.outcomes))
            status = self.run_once()
            lines = read(self.outcomes)
            if lines and lines[-1][0] == "finished":
                return
            if lines and lines[-1][0] == "started":
                self.add("failed", lines[-1][1], f"ended its process: {status}")
            if len(lines) == before:
                self.add("failed", self.modules[0] + "::collection", f"no test was run: {status}; see {self.log.name}")
                return

    def run_once(self):
        """The status of the process, in words."""
        command = [*self.prefix, sys.executable, "-m", "pytest", "-p", "outcomes", "-p", "no:cacheprovider", "-s"]
        # pytest's own words would stand among what tests print and read back
        command += ["-p", "no:subtests", "-p", "no:terminal", "--continue-on-collection-errors"]
        command += ["--rootdir", str(self.suite.tests), "-c", str(HERE / "pytest.ini"), *self.suite.options]
        command += [str(self.suite.tests / module) for module in self.modules]
        with open(self.log, "a") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment, cwd=self.log.parent, start_new_session=True
            )
        started = time.time()
        while True:
            try:
                return f"status {process.wait(timeout=1)}"
            except subprocess.TimeoutExpired:
                grown = self.outcomes.stat().st_mtime if self.outcomes.exists() else 0
                if time.time() - max(started, grown) > PATIENCE:
                    end(process)
                    return f"nothing for {PATIENCE:.0f} s"

    def add(self, *line):
        with open(self.outcomes, "a") as file:
            print(*line, sep="\t", file=file)


def end(process):
    """Ends a process and its children: politely first, so that what a prefix holds for it is given back."""
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def read(file):
    """The fields of each line; nothing where there is no file."""
    if not file.exists():
        return []
    with open(file) as lines:
        return [line.rstrip("\n").split("\t") for line in lines]


def run(name, folder, prefix):
    (folder / "surroundings").mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.tsv"):
        old.unlink()
    groups = [Group(name, *group, folder / f"{number:03}", prefix) for number, group in enumerate(SUITES[name].groups())]
    if not groups:
        raise SystemExit(f"suite.py: {name} has no tests in {SUITES[name].tests}")
    with concurrent.futures.ThreadPoolExecutor(PROCESSES) as pool:
        for future in concurrent.futures.as_completed([pool.submit(group.run) for group in groups]):
            future.result()


def outcomes(folder):
    """Outcome and reason of each test; of a test that was begun and has no line more, that it did not end."""
    found = {}
    for file in sorted(folder.glob("*.tsv")):
        for outcome, test, *reason in read(file):
            if outcome == "started":
                found[test] = ("failed", "did not end")
            elif outcome != "finished":
                found[test] = (outcome, " ".join(reason))
    return found


def known(name):
    """The tests that pass on an idle device, and the cause of each failure that is known."""
    idle = {line[0] for line in read(HERE / name / "idle.txt")}
    failures = dict(read(HERE / name / "failures.tsv"))
    return idle, failures


def judge(suite, found, idle, failures):
    """What is wrong, a line each, and the counts: passed, idle, counted, failed, skipped."""
    wrong = [f"{test}: {reason}" for test, (outcome, reason) in sorted(found.items()) if outcome == "failed" and test not in failures]
    for test in sorted(failures):
        if test not in found:
            wrong.append(f"{test} is listed as failing, and there is no such test")
        elif found[test][0] != "failed":
            wrong.append(f"{test} is listed as failing, and {found[test][0]}: its line must go")
    counts = collections.Counter(outcome for outcome, _ in found.values())
    counts["idle"] = sum(outcome == "passed" and test in idle for test, (outcome, _) in found.items())
    counts["counted"] = counts["passed"] - counts["idle"]
    of = counts["counted"] + counts["failed"]
    if counts["counted"] < suite.counted:
        wrong.append(f"{counts['counted']} tests pass that count, the floor is {suite.counted}")
    if counts["counted"] < suite.share * of or of == 0:
        wrong.append(f"{counts['counted']} of {of} tests that count pass, fewer than {suite.share:.0%}")
    return wrong, counts


def report(name, folder):
    """A line for each test that counts and passes, one for whatever is wrong, and the counts to standard error; the status."""
    found = outcomes(folder)
    idle, failures = known(name)
    wrong, counts = judge(SUITES[name], found, idle, failures)
    for test, (outcome, _) in sorted(found.items()):
        if outcome == "passed" and test not in idle:
            print("passed", f"{name}: {test}", sep="\t")
    for line in wrong:
        print("failed", f"{name}: {line}", sep="\t")
    of = counts["counted"] + counts["failed"]
    print(
        f"  {name}: {counts['counted']} of {of} tests that count pass, {counts['failed']} fail; {counts['idle']} pass that pass on an"
        f" idle device too, {counts['skipped']} are skipped",
        file=sys.stderr,
    )
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["page"]:
        print(page.render({name: (suite, *known(name), read(HERE / name / "left-out.tsv")) for name, suite in SUITES.items()}), end="")
        return 0
    verb, name, folder, *prefix = sys.argv[1:]
    folder = pathlib.Path(folder).resolve()
    if verb == "run":
        run(name, folder, prefix)
        return 0
    if verb == "idle":
        print(*sorted(test for test, (outcome, _) in outcomes(folder).items() if outcome == "passed"), sep="\n")
        return 0
    return report(name, folder)


if __name__ == "__main__":
    sys.exit(main())
