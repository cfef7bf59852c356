"""The benchmark's arithmetic: what a sample costs in waits, which results are equal, what the page says of goals."""

import unittest

import judged
import page
import visit
from rows import ROWS, Extra, Microseconds, Rate, Ratio, runs_of

MACHINE = {"date": "d", "gpu": "g", "driver": "1", "cores": 2, "kernel": "k", "libraries": {}, "penstock": "p", "commit": "c"}


def record(row, trip=0, **values):
    base = {"row": row, "round_trip_us": trip, "round_trip_measured_us": float(trip), "steps": 1, "bytes": 0, "waits": 0.0}
    base |= {"bytes_up": 0, "bytes_down": 0, "native_ms": [10.0] * 5, "remote_ms": [9.0] * 5, "results": "equal", "visit": 1}
    return base | {"machine": MACHINE} | values


class PerSample(unittest.TestCase):
    def test_the_start_does_not_count(self):
        found = [(5, {}, {"waits": 105}), (8, {}, {"waits": 108}), (5, {}, {"waits": 105})]
        self.assertEqual(1.0, visit.per_sample(found, "waits"))

    def test_one_sample_counts_whole(self):
        self.assertEqual(40, visit.per_sample([(1, {}, {"waits": 40}), (1, {}, {"waits": 40})], "waits"))

    def test_runs_that_counted_nothing_say_nothing(self):
        self.assertIsNone(visit.per_sample([(5, {}, {})], "waits"))


class Results(unittest.TestCase):
    def test_equal_close_and_different(self):
        self.assertEqual("equal", judged.results([([1, 2], [1, 2])]))
        self.assertEqual("equal to 1e-4", judged.results([([1.0, 2.0], [1.00005, 2.0])]))
        self.assertIn("DIFFER", judged.results([([1.0], [1.1])]))
        self.assertIn("DIFFER", judged.results([([1], [2])]))
        self.assertIn("DIFFER", judged.results([([1.0], [1.0, 2.0])]))
        self.assertIsNone(judged.results([(None, None)]))


class Goals(unittest.TestCase):
    def test_each_kind_is_judged_in_its_own_unit(self):
        row = {"steps": 200, "bytes": 3_000_000_000}
        self.assertTrue(Ratio(0.92).kept(Ratio(0.92).value(10, 9.2, row)))
        self.assertEqual(25.0, Microseconds(30).value(1, 5, row))
        self.assertEqual(3.0, Rate(3).value(1, 1000, row))
        self.assertEqual(0.2, Extra(0.15).value(100, 300, row))

    def test_rows_run_alone_but_for_the_start(self):
        self.assertEqual([2], [len(group) for group in runs_of(ROWS) if len(group) > 1])


class Page(unittest.TestCase):
    def test_a_missed_goal_is_named(self):
        text = page.render([record("resnet50_inference_64", remote_ms=[11.0] * 5)])
        self.assertIn("| 1.10 × | ≤ 1.01 × native | **no** |", text)
        self.assertIn("* ResNet-50 inference, batch 64: 1.10 ×, the goal is ≤ 1.01 × native", text)

    def test_a_failure_is_named_unless_the_row_was_measured_before(self):
        failed = {"row": "sdpa", "round_trip_us": 0, "failed": "remote: status 1", "visit": 2, "machine": MACHINE}
        self.assertIn("failed: remote: status 1", page.render([failed]))
        self.assertNotIn("remote: status 1", page.render([record("sdpa"), failed]))

    def test_waits_of_a_step_leave_out_the_synchronise_of_the_sample(self):
        self.assertEqual(1.0, page.waits_a_step(record("item", waits=201.0, steps=200)))

    def test_injected_round_trips_are_held_to_the_waits(self):
        base = record("item", waits=10.0, remote_ms=[10.0] * 5)
        good = record("item", 1000, waits=10.0, remote_ms=[20.5] * 5)
        bad = record("item", 1000, waits=10.0, remote_ms=[22.0] * 5)
        self.assertIn("| 10.5 | 11.2 | yes |", page.render([base, good]))
        self.assertIn("| 12 | 11.2 | **no** |", page.render([base, bad]))

    def test_a_sample_without_a_wait_of_its_own_still_synchronises(self):
        base = record("graph_replay", waits=-2.0, remote_ms=[10.0] * 5)
        late = record("graph_replay", 1000, remote_ms=[11.2] * 5)
        self.assertIn("| 1.2 | 1.3 | yes |", page.render([base, late]))

    def test_rows_that_were_not_measured_say_so(self):
        self.assertEqual(len(ROWS), page.render([]).count(": not measured"))


if __name__ == "__main__":
    unittest.main()
