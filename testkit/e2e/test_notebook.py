"""A notebook under `penstock run`: its kernel, which the program starts, has the GPU, and gives it back however it ends.
PENSTOCK_NOTEBOOK names the Python that has nbclient."""

import os
import re
import subprocess
import unittest

from pool import PROGRAMS, OnePool, wait_until

KERNEL = re.compile(r"kernel (\d+) of (\d+), we are (\d+), on Penstock")


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Notebook(OnePool):
    """A lease of 64 MiB of which the kernel takes 40."""

    def command(self, what):
        return ["run", "-m", "64", "--", os.environ["PENSTOCK_NOTEBOOK"], PROGRAMS / "notebook.py", what]

    def execute(self, what):
        output = self.client.run("penstock", *self.command(what), seconds=300)
        print(*re.findall("after .* are free", output))
        return output

    def free_at(self, output, when):
        return int(re.search(rf"^{when} (\d+) MiB are free$", output, re.MULTILINE).group(1))

    def assert_kernel_computed(self, output):
        kernel, parent, program = KERNEL.search(output).groups()
        self.assertNotEqual(kernel, program, "the kernel is a process of its own")
        self.assertEqual(program, parent)
        self.assertIn("\nsums are right\n", output)
        return int(kernel)

    def test_a_kernel_computes_and_gives_its_memory_back_when_it_is_shut_down(self):
        output = self.execute("shutdown")
        self.assertFalse(is_alive(self.assert_kernel_computed(output)))
        self.assertLessEqual(self.free_at(output, "while it runs"), 24)
        self.assertGreaterEqual(self.free_at(output, "after [0-9.]+ s"), 60)
        self.assertNotIn("penstock:", output)
        self.assert_everything_is_free()

    def test_a_cell_that_is_interrupted_ends_and_the_next_one_computes(self):
        output = self.execute("interrupt")
        self.assert_kernel_computed(output)
        self.assertIn("interrupted: KeyboardInterrupt\nafterwards sums are right\n", output)
        self.assertGreaterEqual(self.free_at(output, "after [0-9.]+ s"), 60)
        self.assert_everything_is_free()

    def test_a_kernel_that_is_killed_gives_its_memory_back_and_its_successor_computes(self):
        output = self.execute("kill")
        self.assertIn("the kernel died\n", output)
        self.assertGreaterEqual(self.free_at(output, "after [0-9.]+ s"), 60)
        self.assertEqual(2, output.count("\nsums are right"), output)
        self.assert_everything_is_free()

    def test_a_command_that_is_killed_takes_its_kernel_along(self):
        program = self.client.start("penstock", *self.command("stay"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(program.kill)
        output = ""
        while "sums are right" not in output and (line := program.stdout.readline()):
            output += line
        kernel = self.assert_kernel_computed(output)
        program.kill()
        program.wait()
        self.assert_everything_is_free(seconds=15)
        wait_until(lambda: not is_alive(kernel), 30, "the kernel has ended")


if __name__ == "__main__":
    unittest.main()
