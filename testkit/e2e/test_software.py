"""The driver around the software GPU, through the whole path: text, contexts that are lost, kernels without an end."""

import os
import subprocess
import tempfile
import time
import unittest

from pool import HOME, PROGRAMS

# An endless kernel is given a second or two; what would wait for it would wait for ever.
SOON_SECONDS = 60


class Software(unittest.TestCase):
    """Each test runs programs/software.py in a pool of its own."""

    def run_program(self, what):
        """Standard output and standard error of the program, in lines."""
        with tempfile.TemporaryDirectory(prefix="penstock-software-") as folder:
            environment = dict(os.environ, TMPDIR=folder, HOME=folder)
            command = [HOME / "bin" / "penstock", "local", "--gpus", "software:1", "--memory", "256", "--", "penstock", "run", "-n", "1"]
            done = subprocess.run(
                [*command, "--", "python3", PROGRAMS / "software.py", what],
                env=environment, capture_output=True, text=True, timeout=SOON_SECONDS, check=False,
            )
        self.assertEqual(0, done.returncode, done.stdout[-2000:] + done.stderr[-2000:])
        return done.stdout.splitlines(), done.stderr.splitlines()

    def test_printf_goes_to_standard_output_and_what_went_wrong_to_standard_error(self):
        out, err = self.run_program("text")
        self.assertEqual(["refused with 218", "refused with 218", "hello there", "asserted: 710"], out[:4])
        told = [line for line in err if line.startswith("software GPU:")]
        self.assertEqual(1, len(told), err)
        self.assertIn("PTX line 4: ", told[0])
        self.assertIn("frobnicate", told[0])
        failed = [line for line in err if "Assertion" in line]
        self.assertEqual(
            [f"a.cu:7: k: block: [0,0,0], thread: [{i},0,0] Assertion `i < limi` failed." for i in range(2)], failed, err
        )

    def test_a_fault_ends_its_context_and_no_other(self):
        out, _ = self.run_program("contexts")
        self.assertEqual(["doomed: 700 700", "first: 0", "destroyed: 0", "third: 0"], out[:4])

    def test_a_context_ends_under_an_endless_kernel(self):
        out, _ = self.run_program("destroy")
        self.assertEqual(["destroyed: 0", "first: 0"], out[:2])

    def test_a_program_ends_under_an_endless_kernel(self):
        began = time.monotonic()
        out, _ = self.run_program("leave")
        self.assertEqual(["left"], out[:1])
        self.assertLess(time.monotonic() - began, SOON_SECONDS)


if __name__ == "__main__":
    unittest.main()
