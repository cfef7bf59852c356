"""Text that kernels print through a native driver reaches the program's own descriptors. The stand-in driver plays the NVIDIA driver."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from pool import HOME, PROGRAMS

STANDIN = pathlib.Path(__file__).resolve().parent.parent / "standin"
WAITS = ("cuCtxSynchronize", "cuStreamSynchronize", "cuEventSynchronize", "cuMemcpyDtoH")


def text(size):
    """What the stand-in's kernel prints: numbered lines of 16 bytes."""
    return "".join(f"{line:015}\n" for line in range(size // 16))


class KernelText(unittest.TestCase):
    """A local pool whose only GPU is the stand-in."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="penstock-text-")
        cls.addClassCleanup(cls.folder.cleanup)
        subprocess.run(["make", "-C", STANDIN, f"BUILD={cls.folder.name}"], check=True, capture_output=True)

    def printed(self, size):
        """Standard output and standard error of programs/print.py."""
        environment = dict(os.environ, LD_LIBRARY_PATH=self.folder.name, HOME=self.folder.name)
        command = [HOME / "bin" / "penstock", "local", "--gpus", "nvidia", "--", "penstock", "run", "-n", "1", "--"]
        done = subprocess.run(
            [*command, "python3", PROGRAMS / "print.py", str(size)],
            env=environment, capture_output=True, text=True, timeout=120, check=False,
        )
        self.assertEqual(0, done.returncode, done.stdout[-2000:] + done.stderr[-2000:])
        return done.stdout, done.stderr

    def assert_in_order(self, size):
        out, err = self.printed(size)
        expected = "".join(f"{text(size)}{name}\n" for name in WAITS)
        self.assertTrue(out.startswith(expected), "standard output: " + out[:200] + " … " + out[-2000:])
        self.assertEqual(expected, err, "standard error, without a line of any log")
        self.assertRegex(out[len(expected):], r"python3", "the server heard from its worker which program it serves")

    def test_it_is_there_before_the_call_that_waited_returns(self):
        self.assert_in_order(32)

    def test_a_mebibyte_at_once_is_neither_lost_nor_a_deadlock(self):
        self.assert_in_order(1 << 20)


if __name__ == "__main__":
    unittest.main()
