"""Turns what test runners leave behind into lines "passed|failed|skipped<TAB>name" for ./dev test.

usage: results.py reports SINCE_FILE   the surefire and failsafe reports under this folder newer than SINCE_FILE
       results.py cmocka NAME < LOG    cmocka's own lines
"""

import pathlib
import re
import sys
import xml.etree.ElementTree as tree


def reports(since):
    newest = pathlib.Path(since).stat().st_mtime
    for report in sorted(pathlib.Path(".").glob("**/target/*-reports/TEST-*.xml")):
        if report.stat().st_mtime < newest:
            continue
        for case in tree.parse(report).getroot().iter("testcase"):
            outcome = "passed"
            if case.find("failure") is not None or case.find("error") is not None:
                outcome = "failed"
            elif case.find("skipped") is not None:
                outcome = "skipped"
            yield outcome, f"{case.get('classname')}.{case.get('name')}"


def cmocka(name):
    """Between a program's first line and its summary, which names the failed ones again."""
    words = {"OK": "passed", "FAILED": "failed", "SKIPPED": "skipped"}
    running = False
    for line in map(str.strip, sys.stdin):
        if line.startswith("[==========]"):
            running = "Running" in line
        found = re.match(r"\[\s+(OK|FAILED|SKIPPED)\s+\] (.+)$", line)
        if running and found:
            yield words[found.group(1)], f"{name}: {found.group(2)}"


def main():
    for outcome, name in {"reports": reports, "cmocka": cmocka}[sys.argv[1]](sys.argv[2]):
        print(f"{outcome}\t{name}")


main()
