"""The corpus runner's own judgement: what it takes for equal, what it reads in Penstock's words, what it puts into the table."""

import pathlib
import unittest

import compare
import runs
import table
from corpus import PROGRAMS, Program

WORDS = """penstock: train: cuMemAllocManaged is not supported (result 801): Managed memory is not shared. See docs/supported-calls.md.
penstock: train: slot 4 of the private table x (y) is not supported (result 801): libz called it. See docs/supported-calls.md.
penstock: train: cuMemcpyHtoD_v2 (call 20) failed on the server with result 1: wrong
"""
COUNTS = """{"kind":"total","sessions":2,"ranNanos":9,"calls":12950,"launches":10020,"waits":259,"bytesUp":1024,"bytesDown":8}
{"kind":"call","call":"cuLaunchKernel","calls":10020,"waits":0,"waitedNanos":0,"medianNanos":0,"bytesUp":9,"bytesDown":0}
{"kind":"call","call":"cuEventQuery","calls":200,"waits":200,"waitedNanos":1000,"medianNanos":5000,"bytesUp":1,"bytesDown":1}
"""


def ended(output="", errors="", status=0):
    return runs.Run(status, 1.0, output, errors)


class Judgement(unittest.TestCase):
    def judge(self, native, remote, log=(), again=None, **options):
        program = Program("p", pathlib.Path("p.py"), **options)
        return compare.judge(program, native, remote, dict.fromkeys(log, ""), lambda: again or native)[0]

    def test_equal_lines_are_equal(self):
        self.assertEqual("equal", self.judge(ended("a = 1\n"), ended("a = 1\n")))

    def test_a_digest_that_differs_is_a_defect(self):
        self.assertEqual("differs", self.judge(ended("a = 1\n"), ended("a = 2\n")))

    def test_a_line_too_many_is_a_defect(self):
        self.assertEqual("differs", self.judge(ended("a\n"), ended("a\nb\n")))

    def test_numbers_may_differ_in_the_last_digits(self):
        self.assertEqual("equal", self.judge(ended("a ~ 1.00001 5\n"), ended("a ~ 1.00002 5\n")))
        self.assertEqual("differs", self.judge(ended("a ~ 1.001 5\n"), ended("a ~ 1.002 5\n")))
        self.assertEqual("differs", self.judge(ended("a ~ 1 5\n"), ended("a ~ 1\n")))
        self.assertEqual("differs", self.judge(ended("a ~ nan\n"), ended("a ~ 1\n")))

    def test_what_native_runs_do_not_repeat_is_not_held_against_us(self):
        self.assertEqual("equal", self.judge(ended("a = 1\nb = 1\n"), ended("a = 2\nb = 1\n"), again=ended("a = 3\nb = 1\n")))
        self.assertEqual("differs", self.judge(ended("a = 1\nb = 1\n"), ended("a = 2\nb = 2\n"), again=ended("a = 3\nb = 1\n")))

    def test_undefined_lines_are_not_judged(self):
        self.assertEqual("equal", self.judge(ended("undefined: a\n"), ended("undefined: b\n")))

    def test_a_refusal_that_is_expected_is_no_defect(self):
        self.assertEqual("refused", self.judge(ended("1\n"), ended("2\n"), log=["cuX"], refused=("cuX",)))
        self.assertEqual("differs", self.judge(ended("1\n"), ended("2\n"), log=["cuY"], refused=("cuX",)))
        self.assertEqual("failed", self.judge(ended("1\n"), ended("2\n", status=-11), log=["cuX"], refused=("cuX",)))

    def test_endings_are_told_apart(self):
        self.assertEqual("hung", self.judge(ended(), ended(status=None)))
        self.assertEqual("failed", self.judge(ended(), ended(status=1)))
        self.assertEqual("native fails", self.judge(ended(status=1), ended()))

    def test_a_program_that_judges_itself_may_print_anything(self):
        self.assertEqual("equal", self.judge(ended("1.5 s\n"), ended("2.5 s\n"), judged_by="status"))

    def test_standard_error_is_compared_where_asked_for(self):
        words = ended(errors="x: Assertion failed\n")
        self.assertEqual("differs", self.judge(words, ended(), error_lines="Assertion"))
        self.assertEqual("equal", self.judge(words, ended(errors="penstock: p: Assertion\nx: Assertion failed\n"), error_lines="Assertion"))


class Words(unittest.TestCase):
    def test_counts_are_read(self):
        found = runs.statistics(COUNTS)
        self.assertEqual((2, 12950, 259, 1024, 8), tuple(found[name] for name in ("sessions", "calls", "waits", "bytes_up", "bytes_down")))
        self.assertEqual({"cuEventQuery": {"waits": 200, "median_us": 5.0}}, found["by_call"])
        self.assertEqual({}, runs.statistics(""))

    def test_refusals_are_read_and_failures_are_none(self):
        found = runs.refusals(WORDS)
        self.assertEqual(["cuMemAllocManaged", "slot 4 of the private table x (y)"], list(found))
        self.assertEqual("Managed memory is not shared.", found["cuMemAllocManaged"])


class Running(unittest.TestCase):
    def test_output_and_status_are_kept(self):
        done = runs.run(["sh", "-c", "echo out; echo err >&2; exit 3"], 20)
        self.assertEqual((3, "out\n", "err\n"), (done.status, done.output, done.errors))

    def test_a_program_with_children_is_ended_when_its_time_is_up(self):
        done = runs.run(["sh", "-c", "echo begun; sleep 60 & sleep 60"], 0.5)
        self.assertIsNone(done.status)
        self.assertEqual("begun\n", done.output)
        self.assertLess(done.seconds, 20)


class Corpus(unittest.TestCase):
    def test_every_program_is_there_and_says_what_it_does(self):
        for program in PROGRAMS:
            with self.subTest(program.name):
                self.assertTrue(program.source.exists())
                self.assertGreater(len(program.about()), 10)

    def test_every_program_file_is_in_the_corpus(self):
        sources = {program.source for program in PROGRAMS}
        folder = pathlib.Path(__file__).resolve().parent / "programs"
        files = {file for file in folder.iterdir() if file.is_file()} - {folder / "shown.py"}
        self.assertEqual(set(), files - sources)

    def test_names_are_unique(self):
        self.assertEqual(len(PROGRAMS), len({program.name for program in PROGRAMS}))


class Page(unittest.TestCase):
    MACHINE = {"date": "d", "gpu": "g", "driver": "1", "cores": 2, "kernel": "k", "python": "3"}
    MACHINE |= {"libraries": {}, "penstock": "p", "commit": "c"}

    def test_a_result_its_remarks_and_its_refusals_are_shown(self):
        record = {"program": "p", "about": "a|b", "machine": self.MACHINE, "result": "differs", "remarks": ["x"], "refused": {"cuX": "why"}}
        page = table.page([record])
        self.assertIn("| `p` | a\\|b | differs: x | `cuX` | – |", page)
        self.assertIn("* `cuX`: why", page)


if __name__ == "__main__":
    unittest.main()
