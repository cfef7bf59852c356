"""What `penstock run` tells of a program's calls is what the program did."""

import json
import unittest

from pool import PROGRAMS, Pool

WAITS, BYTES = 200, 3 << 20


class Stats(unittest.TestCase):
    """One program whose calls are known, and what was written of them."""

    @classmethod
    def setUpClass(cls):
        cls.pool = Pool()
        cls.addClassCleanup(cls.pool.close)
        cls.client = cls.pool.clients[0]
        cls.file = cls.client.state / "stats.jsonl"
        cls.printed = cls.client.run(
            "penstock", "run", "--stats", "--stats-file", cls.file, "--", "python3", PROGRAMS / "count.py", WAITS, BYTES
        )
        lines = [json.loads(line) for line in cls.file.read_text().splitlines()]
        cls.total = lines[0]
        cls.calls = {line["call"]: line for line in lines[1:]}

    def test_calls_waits_and_payload_are_those_of_the_program(self):
        self.assertEqual(WAITS + 1, self.calls["cuMemAlloc_v2"]["calls"])
        self.assertEqual(WAITS + 1, self.calls["cuMemAlloc_v2"]["waits"])
        self.assertEqual(WAITS, self.calls["cuMemFree_v2"]["calls"])
        self.assertEqual(0, self.calls["cuMemFree_v2"]["waits"], "a free is posted")
        self.assertEqual(BYTES, self.total["payloadBytesUp"])
        self.assertEqual(self.total["waits"], sum(each["waits"] for each in self.calls.values()))
        self.assertEqual(self.total["waitedNanos"], sum(each["waitedNanos"] for each in self.calls.values()))

    def test_the_time_waited_is_within_what_the_program_saw(self):
        seen = float(self.printed.splitlines()[0]) * 1e9
        alloc = self.calls["cuMemAlloc_v2"]
        self.assertGreater(alloc["medianNanos"], 1000, "no reply crosses two TLS connections in a microsecond")
        self.assertLessEqual(alloc["medianNanos"], alloc["p99Nanos"])
        self.assertLessEqual(alloc["p99Nanos"], alloc["maxNanos"])
        self.assertLess(alloc["medianNanos"] * WAITS / 2, seen, "half of the waits took the median and more")
        self.assertLess(self.total["waitedNanos"], self.total["ranNanos"])

    def test_people_read_the_same_sorted_by_the_time_waited(self):
        self.assertIn("1 session(s)", self.printed)
        lines = self.printed.splitlines()
        start = next(at for at, line in enumerate(lines) if line.startswith("CALL "))
        names = [line.split()[0] for line in lines[start + 1 : start + 1 + len(self.calls)]]
        waited = [self.calls[name]["waitedNanos"] for name in names]
        self.assertEqual(sorted(waited, reverse=True), waited)
        self.assertEqual("total", lines[-1].split()[0])

    def test_a_file_that_cannot_be_written_is_heard_of_before_the_program_runs(self):
        printed = self.client.run("penstock", "run", "--stats-file", "/no/such/folder/file", "--", "echo", "ran", status=2)
        self.assertIn("/no/such/folder/file", printed)
        self.assertNotIn("ran\n", printed)


if __name__ == "__main__":
    unittest.main()
