"""`penstock run` in a rootless container (docs/containers.md): nothing can be written but /tmp, and nobody is anybody."""

import subprocess
import unittest

import container
from pool import OnePool

WHO = """
import os, pathlib
status = dict(line.split(":\\t", 1) for line in pathlib.Path("/proc/self/status").read_text().splitlines())
print("uid", os.getuid(), "capabilities", int(status["CapEff"], 16) | int(status["CapPrm"], 16), "home", os.environ.get("HOME"))
for folder in ("/", "/opt/penstock", "/run/penstock/client", "/usr", "/etc", "/tmp"):
    try:
        file = pathlib.Path(folder, "probe")
        file.write_text("#!/bin/sh")
        file.chmod(0o700)
        print(folder, "can be written", end="")
        os.execv(file, [str(file)])
    except PermissionError:
        print(" and not executed")
        file.unlink()
    except OSError as error:
        print(folder, os.strerror(error.errno))
"""


class Container(OnePool):
    """The client's identity is what the container gets of the pool."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.identity = cls.client.state / "client"
        cls.memory = cls.pool.folder / "memory"
        cls.memory.mkdir()

    def run_in_it(self, *words, status=0, **environment):
        output, ended = container.run(self.identity, self.memory, *words, **environment)
        self.assertEqual(status, ended, output)
        return output


class Rootless(Container):
    def test_it_is_the_container_that_we_mean(self):
        lines = self.run_in_it("python3", "-c", WHO).splitlines()
        self.assertEqual(f"uid {container.USER} capabilities 0 home None", lines[0])
        self.assertEqual(["Read-only file system"] * 5, [line.split(" ", 1)[1] for line in lines[1:6]], lines)
        self.assertEqual("/tmp can be written and not executed", lines[6])

    def test_a_program_computes_and_nothing_is_said_or_left(self):
        script = f"penstock run -n 1 -- python3 {container.CODE}/add.py && ls -A /tmp && id -u"
        output = self.run_in_it("sh", "-c", script)
        self.assertRegex(output, rf"^1 Penstock [^\n]*: sums are right\n{container.USER}\n$")
        self.assert_everything_is_free()

    def test_the_other_commands_work_too(self):
        self.assertIn("server0", self.run_in_it("penstock", "list"))
        self.run_in_it("penstock", "smi")
        self.run_in_it("penstock", "version")
        self.run_in_it("penstock", "health")

    def test_an_identity_for_a_group_is_used_where_it_is_mounted(self):
        """As a cluster mounts a secret: the key may be read by a group, and by nobody else."""
        key = self.identity / "key.pem"
        key.chmod(0o440)
        self.addCleanup(key.chmod, 0o600)
        output = self.run_in_it(
            "penstock", "run", "--", "python3", f"{container.CODE}/add.py", PENSTOCK_STATE="", PENSTOCK_MACHINE_STATE=container.IDENTITY
        )
        self.assertIn("sums are right", output)

    def test_a_container_that_is_killed_gives_everything_back(self):
        words = ("penstock", "run", "-m", "64", "--", "python3", f"{container.CODE}/hold.py", "16")
        process = subprocess.Popen(
            container.command(self.identity, self.memory, *words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stdin.close)
        self.assertIn("holding", process.stdout.readline())
        process.kill()
        process.wait()
        self.assert_everything_is_free(seconds=15)

    def test_where_nothing_at_all_can_be_written_it_says_what_it_needs(self):
        output = self.run_in_it("penstock", "run", "--", "true", status=125, TMPDIR="/opt")
        self.assertIn("/opt", output)
        self.assertIn("TMPDIR", output)


class ReadOnlyIdentity(Container):
    """Certificates that live for a minute, and a machine that cannot keep their successors."""

    certificate_life = "1m"

    def test_a_program_outlives_the_certificate_that_it_was_started_with(self):
        words = f"python3 {container.CODE}/hold.py 16 70 && python3 {container.CODE}/add.py"
        before = (self.identity / "certificate.pem").read_text()
        output = self.run_in_it("penstock", "run", "--", "sh", "-c", words)
        self.assertIn("done\n", output)
        self.assertIn("sums are right", output, "a new session after the certificate's end")
        self.assertIn("serves this process alone", output)
        self.assertEqual(before, (self.identity / "certificate.pem").read_text())
        output = self.run_in_it("penstock", "run", "--", "true", status=118)
        self.assertIn("expired", output)


if __name__ == "__main__":
    unittest.main()
