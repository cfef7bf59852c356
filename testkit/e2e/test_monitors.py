"""gpustat and nvitop, which nobody here wrote, look at a lease of software GPUs. PENSTOCK_MONITORS names the Python that has
nvitop and what gpustat needs, PENSTOCK_GPUSTAT the folder with gpustat's sources."""

import json
import os
import re
import subprocess
import tempfile
import unittest

from pool import HOME, PROGRAMS

NAME = "Penstock Software GPU"
MEMORY_MIB, HELD_MIB = 512, 64


class Monitors(unittest.TestCase):
    """Each is run by a program that holds memory on the first GPU of its lease of two."""

    def seen(self, *monitor):
        """The program's pid, and what the monitor printed."""
        with tempfile.TemporaryDirectory(prefix="penstock-monitors-") as folder:
            environment = dict(os.environ, TMPDIR=folder, HOME=folder, PYTHONPATH=os.environ["PENSTOCK_GPUSTAT"], TERM="dumb")
            command = [HOME / "bin" / "penstock", "local", "--gpus", "software:2", "--memory", str(MEMORY_MIB), "--"]
            program = ["penstock", "run", "-n", "2", "--", "python3", PROGRAMS / "monitored.py"]
            done = subprocess.run(
                [*command, *program, os.environ["PENSTOCK_MONITORS"], *monitor],
                env=environment, capture_output=True, text=True, timeout=180, check=False,
            )
        self.assertEqual(0, done.returncode, done.stdout[-2000:] + done.stderr[-2000:])
        first, _, rest = done.stdout.partition("\n")
        return int(first.removeprefix("pid ")), rest

    def test_gpustat_shows_both_gpus_and_who_holds_how_much(self):
        pid, text = self.seen("-m", "gpustat", "--json")
        gpus = json.loads(text[text.index("{") : text.rindex("}") + 1])["gpus"]
        self.assertEqual([NAME, NAME], [gpu["name"] for gpu in gpus])
        self.assertEqual([MEMORY_MIB, MEMORY_MIB], [gpu["memory.total"] for gpu in gpus])
        self.assertEqual([HELD_MIB, 0], [gpu["memory.used"] for gpu in gpus])
        self.assertEqual([pid], [process["pid"] for process in gpus[0]["processes"]])
        self.assertEqual(2, len({gpu["uuid"] for gpu in gpus}))

    def test_nvitop_shows_the_lease_and_the_process(self):
        pid, text = self.seen("-m", "nvitop", "-1", "--no-unicode")
        self.assertIn("Driver Version: software", text)
        self.assertEqual(2, text.count("tock Software GPU"))
        self.assertRegex(text, rf"{HELD_MIB}\.?\d*MiB / {MEMORY_MIB}\.?0?MiB")
        self.assertTrue(re.search(rf"^\|\s+0\s+{pid}\b", text, re.MULTILINE), text)


if __name__ == "__main__":
    unittest.main()
