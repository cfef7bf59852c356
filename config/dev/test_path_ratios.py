"""What is said of a call's cost beside its floor, tested with figures made up."""

import pathlib
import tempfile
import unittest

import path_ratios

RATIOS = f"# a comment with a number 3\nposted-call 20.0\nround-trip 8.0\nprocessor {path_ratios.processor()}\n"


def figures(posted=(100,) * 5, native=(5,) * 5, trip=(80,) * 5, echo=(10,) * 5):
    names = {"posted_launch_ns": posted, "native_launch_ns": native, "round_trip_us": trip, "echo_us": echo}
    return "".join(f"{name} {values[run]:.2f}\n" for run in range(len(posted)) for name, values in names.items())


class Ratios(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "ratios").write_text(RATIOS)

    def run_with(self, command, text):
        (self.folder / "figures").write_text(text)
        status = path_ratios.main(command, self.folder / "figures", self.folder / "ratios", self.folder / "results")
        return status, (self.folder / "results").read_text().splitlines()

    def sentences(self, text):
        return [sentence for _, _, sentence in path_ratios.judge(path_ratios.measured(text), path_ratios.committed(RATIOS))]

    def test_what_costs_as_much_as_before_is_kept(self):
        status, lines = self.run_with("judge", figures())
        self.assertEqual(0, status)
        self.assertEqual(["passed\tpath: a posted call is within its ratio", "passed\tpath: a round trip is within its ratio"], lines)

    def test_the_sentence_has_all_that_one_wants_to_know(self):
        self.assertEqual("posted call: 20.0 × native, committed 20.0, allowed 26.0: kept", self.sentences(figures())[0])

    def test_thirty_percent_are_allowed_and_a_little_more_is_not(self):
        self.assertEqual(0, self.run_with("judge", figures(trip=(104,) * 5))[0])
        status, lines = self.run_with("judge", figures(trip=(105,) * 5))
        self.assertEqual(1, status)
        self.assertIn("failed\tpath: a round trip is within its ratio (round trip: 10.5 × socket floor", lines[-1])

    def test_on_a_processor_of_another_model_sixty_percent_are_allowed(self):
        (self.folder / "ratios").write_text(RATIOS.replace("processor ", "processor another than "))
        self.assertEqual(0, self.run_with("judge", figures(trip=(128,) * 5))[0])
        self.assertEqual(1, self.run_with("judge", figures(trip=(129,) * 5))[0])

    def test_renewing_names_the_processor(self):
        (self.folder / "ratios").write_text(RATIOS.replace("processor ", "processor another than "))
        self.assertEqual(0, self.run_with("renew", figures())[0])
        self.assertEqual(RATIOS, (self.folder / "ratios").read_text())

    def test_two_bad_runs_of_five_change_nothing_and_three_do(self):
        self.assertEqual(0, self.run_with("judge", figures(posted=(100, 900, 100, 900, 100)))[0])
        self.assertEqual(1, self.run_with("judge", figures(posted=(100, 900, 900, 900, 100)))[0])

    def test_a_machine_that_is_slow_for_a_run_is_slow_for_the_floor_too(self):
        self.assertEqual(0, self.run_with("judge", figures(trip=(80, 160, 240, 320, 400), echo=(10, 20, 30, 40, 50)))[0])

    def test_a_run_that_is_missing_is_an_error(self):
        with self.assertRaisesRegex(ValueError, "posted_launch_ns: 4 figures, not 5"):
            path_ratios.measured(figures(posted=(100,) * 4))

    def test_a_ratio_that_nobody_committed_is_an_error(self):
        with self.assertRaisesRegex(ValueError, "round-trip"):
            path_ratios.committed("posted-call 20.0\n")

    def test_what_became_much_better_is_to_be_renewed(self):
        self.assertIn("./dev bench ratios is due", self.sentences(figures(posted=(70,) * 5))[0])
        self.assertNotIn("due", self.sentences(figures(posted=(80,) * 5))[0])

    def test_renewing_keeps_the_comments_and_changes_the_numbers(self):
        self.assertEqual(0, self.run_with("renew", figures(trip=(123,) * 5))[0])
        self.assertEqual(RATIOS.replace("8.0", "12.3"), (self.folder / "ratios").read_text())

    def test_what_is_committed_can_be_read(self):
        text = pathlib.Path(__file__).resolve().parents[2].joinpath("bench", "path.ratios").read_text()
        self.assertEqual(set(path_ratios.RATIOS), set(path_ratios.committed(text)))


if __name__ == "__main__":
    unittest.main()
