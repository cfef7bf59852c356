"""Runs Python unit tests and adds a line "passed|failed|skipped<TAB>name" for each to a results file of ./dev test.

usage: run_unittests.py RESULTS NAME PLACE   PLACE is a folder of test_*.py, or one file
"""

import os
import sys
import time
import unittest


class Lines(unittest.TextTestResult):
    """What a test came to, written as soon as it is known: a run that dies keeps what it had."""

    results, name = None, None

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()

    def note(self, outcome, test):
        print(f"  {time.monotonic() - getattr(self, 'started', time.monotonic()):.1f} s", file=sys.stderr)
        with open(self.results, "a") as file:
            print(f"{outcome}\t{self.name}.{test.id().split('.', 1)[-1]}", file=file)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.note("passed", test)

    def addError(self, test, err):
        super().addError(test, err)
        self.note("failed", test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.note("failed", test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.note("skipped", test)

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.note("passed", test)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.note("failed", test)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.note("failed", subtest)


def main():
    Lines.results, Lines.name, place = sys.argv[1:]
    folder, pattern = (place, "test_*.py") if os.path.isdir(place) else os.path.split(place)
    tests = unittest.TestLoader().discover(folder, pattern)
    outcome = unittest.TextTestRunner(resultclass=Lines, verbosity=2).run(tests)
    sys.exit(0 if outcome.wasSuccessful() else 1)


main()
