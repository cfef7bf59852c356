"""One visit to a machine: rows measured natively and remotely in turn, over the round trips that were asked for."""

import json
import math
import pathlib
import statistics
import subprocess
import sys
import time

import judged

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "testkit" / "gpu"))
import runs  # noqa: E402

ALTERNATIONS = 3
ALTERNATIONS_LEAST = 2  # with fewer, because the time was up, a row is not measured
SAMPLES_LEAST = 5
MORE_SAMPLES = 3  # in every second alternation: what a sample costs in waits is then a difference
NATIVE = "native"


class RowFailed(Exception):
    """A run ended badly; the text says which and how."""


class TimeUp(Exception):
    """The visit ended before the row had been measured often enough."""


class Visit:
    """Measures groups of rows and appends to results.jsonl in the folder, with run.log beside it."""

    def __init__(self, servers, out, machine, limit_seconds):
        self.servers, self.out, self.machine = servers, out, machine
        self.deadline = time.monotonic() + limit_seconds
        self.number = int(time.time())

    def measure(self, group, round_trips):
        """Every row of the group in one process a run. Answers what went wrong, which is a result too, or None."""
        try:
            found = self._alternate(group, round_trips)
        except TimeUp:
            return "not measured: the time was up"
        except RowFailed as failure:
            for row in group:
                self._append({"row": row.name, "round_trip_us": 0, "failed": str(failure)})
            return str(failure)
        for row in group:
            for trip in round_trips:
                self._append({"row": row.name, **self._record(row.name, trip, found)})
        return None

    def _alternate(self, group, round_trips):
        """kind → list of runs; a kind is NATIVE or a round trip in microseconds."""
        found = {kind: [] for kind in (NATIVE, *round_trips)}
        command = self._command(group[0])
        fewest = min(row.samples for row in group)
        for alternation in range(max(ALTERNATIONS, math.ceil(SAMPLES_LEAST / fewest))):
            samples = fewest + (MORE_SAMPLES if fewest > 1 and alternation % 2 == 1 else 0)
            if time.monotonic() > self.deadline and alternation < ALTERNATIONS_LEAST:
                raise TimeUp
            if time.monotonic() > self.deadline:
                break
            words = [*command, samples, *(row.name for row in group)]
            for kind, runs_so_far in found.items():
                runs_so_far.append((samples, *self._once(group[0], kind, words)))
        return found

    def _once(self, row, kind, command):
        """(row → its values, what Penstock counted)"""
        if kind == NATIVE:
            done = runs.run(command, row.limit)
        else:
            done = runs.remote(command, row.limit, options=self.servers.options(kind))
        with open(self.out / "run.log", "a") as log:
            log.write(f"==== {row.name}, {kind}: {done.ended()}, {done.seconds:.1f} s\n{done.errors[-8000:]}\n")
        if done.status != 0:
            last = [line for line in done.errors.splitlines() if line.strip() and not line.startswith("penstock: ")][-1:]
            raise RowFailed(f"{kind if kind == NATIVE else 'remote'}: {done.ended()}{': ' + last[0] if last else ''}")
        values = {}
        for line in filter(lambda text: text.startswith("{"), done.output.splitlines()):
            line = json.loads(line)
            values.setdefault(line.pop("row"), {}).update(line)
        return values, done.statistics

    def _record(self, row, trip, found):
        remote, native = found[trip], found[NATIVE]
        first = remote[0][1][row]
        results = [(a[1][row].get("result"), b[1][row].get("result")) for a, b in zip(native, remote)]
        return {
            "round_trip_us": trip,
            "round_trip_measured_us": round(self.servers.measured_us[trip], 1),
            "steps": first["steps"],
            "bytes": first["bytes"],
            "native_ms": [time for _, values, _ in native for time in values[row]["samples_ms"]],
            "remote_ms": [time for _, values, _ in remote for time in values[row]["samples_ms"]],
            "results": judged.results(results),
            **{name: per_sample(remote, name) for name in ("waits", "bytes_up", "bytes_down")},
            "statistics": remote[-1][2],
        }

    def _append(self, record):
        with open(self.out / "results.jsonl", "a") as file:
            file.write(json.dumps(record | {"visit": self.number, "machine": self.machine}) + "\n")

    def _command(self, row):
        if row.source().suffix == ".py":
            return [sys.executable, row.source()]
        target = self.out / row.source().stem
        compile_it = ["gcc", "-std=c11", "-D_GNU_SOURCE", "-O2", "-o", target, row.source(), "-ldl"]
        done = subprocess.run(compile_it, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RowFailed(f"{row.source().name} does not compile: {done.stderr.strip()[-300:]}")
        return [target]


def per_sample(found, name):
    """What one sample costs: the difference between runs with more and with fewer samples; the whole of runs with one sample."""
    counts = {}
    for samples, _, counted in found:
        if name in counted:
            counts.setdefault(samples, []).append(counted[name])
    if not counts:
        return None
    fewest, most = min(counts), max(counts)
    if fewest == most:
        return statistics.median(counts[fewest]) if fewest == 1 else None
    return (statistics.median(counts[most]) - statistics.median(counts[fewest])) / (most - fewest)
