"""`penstock local`: a whole pool on one machine that leaves nothing behind."""

import os
import re
import signal
import subprocess
import tempfile
import time
import unittest

from pool import HOME, PROGRAMS, wait_until

PENSTOCK = str(HOME / "bin" / "penstock")
PROBE = (
    'penstock run -n 2 -- python3 {programs}/add.py && test -n "$PENSTOCK_URL" && test -s "$PENSTOCK_CA" '
    '&& test -n "$PENSTOCK_TOKEN" && exit 42'
)


class Local(unittest.TestCase):
    """Each test has a temporary folder and a home folder of its own, which must be empty of Penstock afterwards."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="penstock-local-")
        self.addCleanup(self.folder.cleanup)
        self.mark = os.path.basename(self.folder.name)
        os.mkdir(self.folder.name + "/tmp")
        self.environment = dict(os.environ, TMPDIR=self.folder.name + "/tmp", HOME=self.folder.name, PENSTOCK_MARK=self.mark)
        for name in ("PENSTOCK_STATE", "PENSTOCK_URL", "PENSTOCK_TOKEN", "PENSTOCK_CA"):
            self.environment.pop(name, None)

    def processes(self):
        """The processes that carry this test's mark in their environment, but for ourselves."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    if self.mark.encode() in file.read() and int(pid) != os.getpid():
                        with open(f"/proc/{pid}/cmdline", "rb") as line:
                            found.append((int(pid), line.read().replace(b"\0", b" ").decode(errors="replace")[:200]))
            except OSError:
                continue
        return found

    def assert_nothing_is_left(self, seconds=10):
        wait_until(lambda: not self.processes(), seconds, f"no process is left: {self.processes()}")
        wait_until(lambda: not os.listdir(self.environment["TMPDIR"]), seconds, f"no file is left: {os.listdir(self.environment['TMPDIR'])}")

    def local(self, *command, gpus="software:2"):
        return [PENSTOCK, "local", "--gpus", gpus, "--memory", "256", "--", *command]

    def test_a_command_gets_a_pool_and_its_exit_status_is_ours(self):
        done = subprocess.run(
            self.local("sh", "-c", PROBE.format(programs=PROGRAMS)),
            env=self.environment, capture_output=True, text=True, timeout=120, check=False,
        )
        self.assertEqual(42, done.returncode, done.stdout + done.stderr)
        self.assertIn("sums are right", done.stdout)
        self.assertIn("2 ", done.stdout)
        self.assert_nothing_is_left()

    def test_processes_that_stay_awake_after_traffic_find_the_same(self):
        """As on a machine with many cores, where the ways of a call differ: they look for what comes instead of sleeping."""
        done = subprocess.run(
            self.local("sh", "-c", PROBE.format(programs=PROGRAMS)),
            env=dict(self.environment, PENSTOCK_SPIN_US="200"), capture_output=True, text=True, timeout=120, check=False,
        )
        self.assertEqual(42, done.returncode, done.stdout + done.stderr)
        self.assertIn("sums are right", done.stdout)

    def test_a_trace_shows_every_call_with_its_result(self):
        trace = self.folder.name + "/trace"
        done = subprocess.run(
            self.local("sh", "-c", f"penstock run --trace {trace} -- python3 {PROGRAMS}/add.py"),
            env=self.environment, capture_output=True, text=True, timeout=120, check=False,
        )
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertEqual(0o600, os.stat(trace).st_mode & 0o777)
        with open(trace) as file:
            lines = file.read().splitlines()
        form = re.compile(r"^\d+\.\d{6} \d+/\d+ (cu\w+)\((?:0x[0-9a-f]+(?:, 0x[0-9a-f]+)*)?\) = (CUDA_\w+) \d+\.\d us$")
        matches = [form.match(line) for line in lines]
        self.assertNotIn(None, matches, lines)
        calls = [match.group(1) for match in matches if match.group(2) == "CUDA_SUCCESS"]
        for name, times in (("cuInit", 1), ("cuMemAlloc_v2", 3), ("cuLaunchKernel", 1), ("cuMemcpyDtoH_v2", 1)):
            self.assertEqual(times, calls.count(name), lines)

    def test_kernels_found_without_a_context_and_by_enumeration_run(self):
        done = subprocess.run(
            self.local("sh", "-c", f"penstock run -n 1 -- python3 {PROGRAMS}/kernels.py"),
            env=self.environment, capture_output=True, text=True, timeout=120, check=False,
        )
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertEqual(4, done.stdout.count(" adds"))

    def test_a_kernel_is_set_on_each_gpu_of_a_lease_by_itself(self):
        done = subprocess.run(
            self.local("sh", "-c", f"penstock run -n 2 -- python3 {PROGRAMS}/attributes.py"),
            env=self.environment, capture_output=True, text=True, timeout=120, check=False,
        )
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertIn("each GPU has its own", done.stdout)

    def test_a_program_sees_its_lease_through_nvml(self):
        done = subprocess.run(
            self.local("sh", "-c", f"penstock run -n 2 -- python3 {PROGRAMS}/nvml.py"),
            env=self.environment, capture_output=True, text=True, timeout=120, check=False,
        )
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertIn("the lease is seen", done.stdout)

    def test_nothing_is_left_when_it_is_terminated(self):
        self.interrupted_by(signal.SIGTERM)

    def test_nothing_is_left_when_it_is_killed(self):
        self.interrupted_by(signal.SIGKILL)

    def test_nothing_is_left_when_ctrl_c_is_typed_while_it_starts(self):
        """As a terminal does it: the whole foreground group gets the signal, at whatever moment of the start."""
        for tenths in (1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25):
            with self.subTest(tenths=tenths):
                process = self.in_a_group_of_its_own("sleep", "60")
                time.sleep(tenths / 10)
                os.killpg(process.pid, signal.SIGINT)
                output, _ = process.communicate(timeout=60)
                # before Java is there, the signal itself ends it
                self.assertIn(process.returncode, (128 + signal.SIGINT, -signal.SIGINT), output)
                # a Java that has hardly begun may say that it could not log its own end; nothing else is said
                self.assertNotRegex(output, "penstock|appliance|server|Spawn helper|JDK")
                self.assert_nothing_is_left(20)

    def test_a_command_that_survives_ctrl_c_keeps_its_pool(self):
        script = f"trap : INT; echo ready; read line; penstock run -n 1 -- python3 {PROGRAMS}/add.py"
        process = self.in_a_group_of_its_own("sh", "-c", script)
        self.assertEqual("ready\n", process.stdout.readline())
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(1)
        output, _ = process.communicate("go on\n", timeout=60)
        self.assertEqual(0, process.returncode, output)
        self.assertIn("sums are right", output)
        self.assert_nothing_is_left()

    def in_a_group_of_its_own(self, *command):
        """With SIGINT as a terminal's shell would give it: what the background started ignores it, and hands that on."""
        return subprocess.Popen(
            self.local(*command), env=self.environment, start_new_session=True, preexec_fn=self.interruptible,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )

    @staticmethod
    def interruptible():
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def interrupted_by(self, number):
        script = f"penstock run -n 1 -- python3 {PROGRAMS}/hold.py 16"
        process = subprocess.Popen(
            self.local("sh", "-c", script), env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.assertIn("holding", process.stdout.readline())
        process.send_signal(number)
        process.wait(20)
        self.assert_nothing_is_left(20)
        process.stdin.close()
        process.stdout.close()

    def test_two_of_them_run_side_by_side(self):
        both = [
            subprocess.Popen(
                self.local("sh", "-c", f"penstock run -n 1 -- python3 {PROGRAMS}/add.py"),
                env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )
            for _ in range(2)
        ]
        for process in both:
            output, _ = process.communicate(timeout=180)
            self.assertEqual(0, process.returncode, output)
            self.assertIn("sums are right", output)
        self.assert_nothing_is_left()

    def test_it_is_ready_soon(self):
        start = time.monotonic()
        subprocess.run(self.local("true"), env=self.environment, check=True, timeout=120)
        print(f"penstock local -- true: {time.monotonic() - start:.1f} s")
        self.assert_nothing_is_left()

    def test_gpus_that_do_not_exist_are_named(self):
        done = subprocess.run(
            self.local("true", gpus="abacus:3"), env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )
        self.assertNotEqual(0, done.returncode)
        self.assertIn("abacus", done.stderr + done.stdout)
        self.assert_nothing_is_left()


if __name__ == "__main__":
    unittest.main()
