"""Holds what a call costs beside its floor to the ratios in bench/path.ratios.

usage: path_ratios.py judge FIGURES RATIOS [RESULTS]   a line for each ratio, also for a results file of ./dev test
       path_ratios.py renew FIGURES RATIOS             writes what was measured into RATIOS
FIGURES has the lines "name value" of RUNS runs of bench/src/main/c/ratios.c.
"""

import pathlib
import re
import statistics
import sys

RUNS = 5
ALLOWED = 1.3
ALLOWED_ELSEWHERE = 1.6  # on a processor of another model than the one that the ratios were taken on
# ratio: its name for people, what it is a multiple of, numerator, denominator
RATIOS = {
    "posted-call": ("posted call", "native", "posted_launch_ns", "native_launch_ns"),
    "round-trip": ("round trip", "socket floor", "round_trip_us", "echo_us"),
}


def runs(text):
    """The values of each figure, in the order of the runs."""
    found = {}
    for name, value in re.findall(r"^([a-z_]+) ([0-9.]+)$", text, re.MULTILINE):
        found.setdefault(name, []).append(float(value))
    return found


def measured(text):
    """The median over the runs of each ratio; floor and cost of one run met the same noise, so they are divided first."""
    figures = runs(text)
    for _, _, cost, floor in RATIOS.values():
        for name in (cost, floor):
            if len(figures.get(name, [])) != RUNS:
                raise ValueError(f"{name}: {len(figures.get(name, []))} figures, not {RUNS}")
    return {
        ratio: statistics.median(c / f for c, f in zip(figures[cost], figures[floor]))
        for ratio, (_, _, cost, floor) in RATIOS.items()
    }


def committed(text):
    found = {name: float(value) for name, value in re.findall(r"^([a-z-]+) ([0-9.]+)$", text, re.MULTILINE)}
    if set(found) != set(RATIOS):
        raise ValueError(f"ratios of {sorted(found)}, not of {sorted(RATIOS)}")
    return found


def processor():
    """The model of this machine's processor as the kernel names it."""
    found = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1].strip() if found else "unknown"


def taken_on(text):
    """The model of the processor on which the committed ratios were taken."""
    return re.search(r"^processor (.*)$", text, re.MULTILINE)[1]


def judge(now, before, most=ALLOWED):
    """For each ratio whether it was kept, and the sentence that says so."""
    for ratio, (title, floor, _, _) in RATIOS.items():
        allowed = before[ratio] * most
        kept = now[ratio] <= allowed
        hint = "; so much better that ./dev bench ratios is due" if now[ratio] * ALLOWED < before[ratio] else ""
        yield kept, title, (
            f"{title}: {now[ratio]:.1f} × {floor}, committed {before[ratio]:.1f}, allowed {allowed:.1f}: {'kept' if kept else 'MISSED'}{hint}"
        )


def renewed(text, now):
    """The same file with other numbers, taken on this processor."""
    text = re.sub(r"^processor .*$", lambda _: f"processor {processor()}", text, flags=re.MULTILINE)
    for ratio, value in now.items():
        text = re.sub(rf"^{ratio} [0-9.]+$", f"{ratio} {value:.1f}", text, flags=re.MULTILINE)
    return text


def main(command, figures, ratios, results=None):
    file = pathlib.Path(ratios)
    now = measured(pathlib.Path(figures).read_text())
    text = file.read_text()
    here = processor()
    most = ALLOWED if taken_on(text) == here else ALLOWED_ELSEWHERE
    if most != ALLOWED:
        print(f"the ratios were taken on {taken_on(text)}; on {here} {most:g} times them are allowed, not {ALLOWED:g}")
    verdicts = list(judge(now, committed(text), most))
    for kept, title, sentence in verdicts:
        print(sentence)
        if results:
            with open(results, "a") as lines:
                print(f"{'passed' if kept else 'failed'}\tpath: a {title} is within its ratio" + ("" if kept else f" ({sentence})"), file=lines)
    if command == "renew":
        file.write_text(renewed(file.read_text(), now))
        return 0
    return 0 if all(kept for kept, _, _ in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
