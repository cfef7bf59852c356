"""How a suite is judged, and what becomes of a process that a test ends."""

import contextlib
import dataclasses
import io
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

import suite
import suites

HERE = pathlib.Path(__file__).resolve().parent
FOUND = {"a": ("passed", ""), "b": ("passed", ""), "c": ("failed", "no memory"), "d": ("skipped", "")}
ANY = suites.Suite(library="any 1.0", about="any", tests=HERE, modules=(), counted=1, share=0.5)


class Judge(unittest.TestCase):
    def judge(self, found=FOUND, idle=("b",), failures=("c",), of=ANY):
        return suite.judge(of, found, set(idle), dict.fromkeys(failures, "a cause"))

    def test_counts_what_passes_and_shows_something(self):
        wrong, counts = self.judge()
        self.assertEqual([], wrong)
        self.assertEqual({"passed": 2, "idle": 1, "counted": 1, "failed": 1, "skipped": 1}, dict(counts))

    def test_a_failure_that_nobody_listed_is_wrong(self):
        self.assertEqual(["c: no memory"], self.judge(failures=())[0])

    def test_a_listed_failure_that_passes_or_is_skipped_is_wrong(self):
        wrong = self.judge(failures=("a", "c", "d"))[0]
        self.assertEqual(2, len(wrong))
        self.assertIn("a is listed as failing, and passed", wrong[0])
        self.assertIn("d is listed as failing, and skipped", wrong[1])

    def test_a_listed_failure_that_is_no_test_is_wrong(self):
        self.assertIn("there is no such test", self.judge(failures=("c", "gone"))[0][0])

    def test_fewer_than_the_floor_is_wrong(self):
        self.assertEqual(["1 tests pass that count, the floor is 2"], self.judge(of=dataclasses.replace(ANY, counted=2))[0])

    def test_a_smaller_share_than_asked_is_wrong(self):
        wrong = self.judge(of=dataclasses.replace(ANY, share=0.95))[0]
        self.assertEqual(["1 of 2 tests that count pass, fewer than 95%"], wrong)

    def test_a_run_without_tests_is_wrong(self):
        self.assertIn("0 of 0", self.judge(found={}, failures=(), of=dataclasses.replace(ANY, counted=0))[0][0])

    def test_a_test_without_an_end_failed(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "000.tsv").write_text("started\ta\npassed\ta\t\nstarted\tb\n")
            self.assertEqual({"a": ("passed", ""), "b": ("failed", "did not end")}, suite.outcomes(pathlib.Path(folder)))


# Stands where python -m pytest stands: it runs three tests, of which the second ends the process that runs it.
PROGRAM = """
import os, pathlib, sys, time
file = pathlib.Path(os.environ["SUITE_OUTCOMES"])
done = file.read_text() if file.exists() else ""
for test in "abc":
    if f"\\t{test}\\t" in done:
        continue
    with open(file, "a") as out:
        print("started", test, sep="\\t", file=out, flush=True)
        if test == "b":
            VERB
        print("passed", test, "", sep="\\t", file=out)
with open(file, "a") as out:
    print("finished", "", "", sep="\\t", file=out)
"""


class Processes(unittest.TestCase):
    def run_program(self, verb):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        place = pathlib.Path(folder.name)
        program = PROGRAM.replace("VERB", verb)
        of = dataclasses.replace(ANY, tests=HERE, modules=("test_suite.py",))
        with mock.patch.dict(suite.SUITES, {"any": of}), mock.patch.object(suite, "PATIENCE", 2):
            # the prefix swallows what would be run and runs the program instead
            suite.run("any", place, [sys.executable, "-c", program])
        return suite.outcomes(place)

    def test_what_a_test_ends_goes_on_behind_it(self):
        found = self.run_program("os._exit(7)")
        self.assertEqual({"a": ("passed", ""), "b": ("failed", "ended its process: status 7"), "c": ("passed", "")}, found)

    def test_a_test_that_does_not_end_is_ended(self):
        found = self.run_program("time.sleep(60)")
        self.assertEqual(("failed", "ended its process: nothing for 2 s"), found["b"])
        self.assertEqual("passed", found["c"][0])

    def test_a_process_that_runs_nothing_is_a_failure_and_not_begun_for_ever(self):
        with tempfile.TemporaryDirectory() as folder:
            of = dataclasses.replace(ANY, tests=HERE, modules=("test_suite.py",))
            with mock.patch.dict(suite.SUITES, {"any": of}):
                suite.run("any", pathlib.Path(folder), [sys.executable, "-c", "raise SystemExit(3)"])
            self.assertIn("no test was run: status 3", suite.outcomes(pathlib.Path(folder))["test_suite.py::collection"][1])


class Groups(unittest.TestCase):
    def test_the_tests_of_a_dealt_module_are_parts_and_the_others_come_together(self):
        of = dataclasses.replace(ANY, modules=("*.py",), without=("page.py",), together=2, dealt={"suite.py": 2})
        groups = of.groups()
        self.assertEqual([(["suite.py"], "0/2"), (["suite.py"], "1/2")], groups[:2])
        others = [module for modules, part in groups[2:] for module in modules if part == "0/1"]
        self.assertEqual(sorted(path.name for path in HERE.glob("*.py") if path.name not in ("page.py", "suite.py")), sorted(others))
        self.assertTrue(all(len(modules) <= 2 for modules, _ in groups))


class Lists(unittest.TestCase):
    def test_the_page_says_what_the_lists_say(self):
        text = io.StringIO()
        with mock.patch.object(sys, "argv", ["suite.py", "page"]), contextlib.redirect_stdout(text):
            suite.main()
        docs = HERE.parents[1] / "docs"
        self.assertEqual((docs / "suites.md").read_text(), text.getvalue(), "renew docs/suites.md: suite.py page")
        counts = [line for line in text.getvalue().splitlines() if line.startswith("| `")]
        shown = [line for line in (docs / "compatibility.md").read_text().splitlines() if line in counts]
        self.assertEqual(counts, shown, "docs/compatibility.md shows the same counts: testkit/gpu/table.py")

    def test_whatever_is_listed_has_a_cause(self):
        for name in suite.SUITES:
            for line in suite.read(HERE / name / "failures.tsv") + suite.read(HERE / name / "left-out.tsv"):
                self.assertEqual(2, len(line), line)
                self.assertTrue(line[1].strip(), line)

    def test_every_suite_has_a_floor(self):
        for name, of in suite.SUITES.items():
            self.assertGreater(of.counted, 0, name)


if __name__ == "__main__":
    unittest.main()
