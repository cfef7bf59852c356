"""A plugin of pytest: leaves a line "outcome<TAB>test<TAB>reason" for each test as soon as it is known.

The file is named by SUITE_OUTCOMES. "started" stands before each test, so that whoever finds no other line after it knows which
test ended the process. Tests that the file already decides are not run again: a module whose process died goes on behind the
test that killed it. SUITE_LEFT_OUT names a file of tests, one a line, that are not run at all; SUITE_PART, as "0/2", says that these
are every second one's, from the first. SUITE_BEYOND is an expression: a
failure in whose text it is found says that something is missing which no GPU brings, and counts as a skip.
"""

import os
import re
import sys

import pytest

FILE = os.environ["SUITE_OUTCOMES"]
BEYOND = os.environ.get("SUITE_BEYOND")


def lines():
    """What the file says so far: outcome, test and reason of each line."""
    if not os.path.exists(FILE):
        return []
    with open(FILE) as file:
        return [line.rstrip("\n").split("\t") for line in file]


def write(outcome, test, reason=""):
    with open(FILE, "a") as file:
        print(outcome, plain(test), plain(reason)[:300], sep="\t", file=file)


def plain(text):
    """One line without tabs; addresses differ from run to run and name nothing."""
    return re.sub(r"\s+", " ", re.sub(r"0x[0-9a-f]{6,}", "0x…", str(text))).strip()


def left_out():
    file = os.environ.get("SUITE_LEFT_OUT")
    if not file or not os.path.exists(file):
        return set()
    with open(file) as tests:
        return {line.split("\t")[0].rstrip("\n") for line in tests}


def pytest_collection_modifyitems(config, items):
    decided = {line[1] for line in lines() if line[0] != "started"} | left_out()
    part, of = map(int, os.environ.get("SUITE_PART", "0/1").split("/"))
    left = [item for item in items[part::of] if plain(item.nodeid) not in decided]
    config.hook.pytest_deselected(items=[item for item in items if item not in left])
    items[:] = left


def pytest_collectreport(report):
    if report.failed or report.skipped:
        outcome, reason = judged(report)
        write(outcome, f"{report.nodeid}::collection", reason)


def pytest_runtest_logstart(nodeid):
    write("started", nodeid)
    Worst.outcome, Worst.reason = None, ""


class Worst:
    """The worst of what a test's parts came to; one test at a time."""

    order = (None, "passed", "skipped", "failed")
    outcome, reason = None, ""

    @classmethod
    def note(cls, outcome, reason):
        if cls.order.index(outcome) > cls.order.index(cls.outcome):
            cls.outcome, cls.reason = outcome, reason


def pytest_runtest_logreport(report):
    if report.failed or report.skipped or report.when == "call":
        Worst.note(*judged(report))


def judged(report):
    """Outcome and reason. A failure that the suite itself expects is a skip: it shows nothing that works."""
    if report.passed:
        return "passed", ""
    beyond = report.failed and BEYOND and re.search(BEYOND, str(report.longrepr))
    if beyond:
        return "skipped", f"beyond: {beyond.group(0)}"
    if report.failed:
        print(f"{report.nodeid} failed\n{report.longreprtext}", file=sys.stderr)
    return ("failed" if report.failed else "skipped"), last_line(report)


def last_line(report):
    """What the failure said: the error's own first line, or the reason of a skip."""
    if getattr(report, "wasxfail", None) is not None:
        return f"expected to fail: {report.wasxfail}"
    found = report.longrepr
    if isinstance(found, tuple):
        return found[2]
    crash = getattr(found, "reprcrash", None)
    return crash.message if crash is not None else str(found).strip().rsplit("\n", 1)[-1]


def pytest_runtest_logfinish(nodeid):
    write(Worst.outcome or "passed", nodeid, Worst.reason)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    write("finished", "", "")
