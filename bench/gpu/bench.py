#!/usr/bin/env python3
"""Measures unmodified programs on a real GPU, natively and under `penstock run` in turn, and keeps a table of it.

  bench.py measure --penstock FOLDER/bin/penstock --out FOLDER [--rows NAME…] [--round-trips 0 100 1000] [--limit-seconds N]
  bench.py page FOLDER/results.jsonl…        prints docs/benchmarks.md
  bench.py rows                              says which rows there are

`measure` appends to results.jsonl in its folder, so that a table can be gathered over several visits to a machine.
"""

import argparse
import pathlib
import shutil
import sys
import time

import page
from delayed import DelayedServers
from rows import ROWS, runs_of
from visit import Visit

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "testkit" / "gpu"))
import machine  # noqa: E402
import runs  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    measure = commands.add_parser("measure")
    measure.add_argument("--penstock", default=shutil.which("penstock"), help="the command of the installation that is measured")
    measure.add_argument("--out", type=pathlib.Path, required=True, help="the folder for results and logs")
    measure.add_argument("--rows", nargs="+", metavar="NAME", help="rows whose names contain one of these; default: all")
    measure.add_argument("--round-trips", nargs="+", type=int, default=[0], metavar="MICROSECONDS", help="default: 0 alone")
    measure.add_argument("--limit-seconds", type=int, default=3600, help="after these no further program is started")
    measure.add_argument("--gpus", default="nvidia", help="as for penstock local (default: %(default)s)")
    commands.add_parser("page").add_argument("files", nargs="+")
    commands.add_parser("rows")
    return parser.parse_args()


def measure(options):
    wanted = [row for row in ROWS if not options.rows or any(name in row.name for name in options.rows)]
    if not wanted:
        sys.exit(f"no row has such a name; there are: {', '.join(row.name for row in ROWS)}")
    runs.inside_a_pool(options, "measure", "this machine has no NVIDIA GPU: there is no /dev/nvidiactl")
    options.out.mkdir(parents=True, exist_ok=True)
    trips = sorted({0, *options.round_trips})
    failures = 0
    with DelayedServers(options.gpus, options.out) as servers:
        visit = Visit(servers, options.out.resolve(), machine.describe(options.penstock), options.limit_seconds)
        for group in runs_of(wanted):
            started = time.monotonic()
            failure = visit.measure(group, trips)
            failures += failure is not None
            for row in group:
                print(f"{row.name:26} {time.monotonic() - started:6.0f} s  {failure or shown(row, options.out, trips)}", flush=True)
    print(f"results: {options.out / 'results.jsonl'}; the table: {pathlib.Path(__file__)} page {options.out / 'results.jsonl'}")
    return 1 if failures else 0


def shown(row, out, trips):
    """The newest figures of a row, for the person who watches."""
    records = page.load([out / "results.jsonl"])
    record = page.newest(records, row.name, 0)
    value, kept = page.found(row, record)
    goal = f"{row.goal.show(value)} ({row.goal.text()}: {kept})" if row.goal else f"{value:.2f} ×"
    waits = "" if record["waits"] is None else f", {record['waits']:.1f} waits a sample"
    results = f", results {record['results']}" if record["results"] else ""
    return f"{goal}{waits}{results}"


def main():
    options = arguments()
    if options.command == "page":
        sys.stdout.write(page.render(page.load(options.files)))
        return 0
    if options.command == "rows":
        for row in ROWS:
            print(f"{row.name:26} {row.goal.text() if row.goal else '–':22} {row.title}")
        return 0
    return measure(options)


if __name__ == "__main__":
    sys.exit(main())
