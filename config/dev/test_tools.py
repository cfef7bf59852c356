"""The tools of ./dev, tested: what reads reports, and what makes and judges the archive."""

import io
import lzma
import os
import pathlib
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest
import unittest.mock
import zipfile

import archive

HERE = pathlib.Path(__file__).resolve().parent


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def tool(self, name, *arguments, text=""):
        return subprocess.run(
            [sys.executable, HERE / name, *map(str, arguments)], input=text, capture_output=True, text=True, cwd=self.folder, check=False
        )

    def library(self, name, source):
        path = self.folder / name
        subprocess.run(["gcc", "-shared", "-fPIC", "-nostdlib", "-x", "c", "-", "-o", path, "-lc"], input=source, text=True, check=True)
        return path


class Steps(Folder):
    """A step that somebody interrupts, in the middle."""

    SCRIPT = """
        HOUSE=$0; cd "$HOUSE"; . config/dev/steps.sh; LOGS=$1
        step 'a long one' sh -c 'trap "" INT; echo $$ >"$0/pid"; sleep 1000 & echo $! >>"$0/pid"; wait' "$1"
    """

    @staticmethod
    def interruptible():
        """What a step starts ignores SIGINT, this test among it, and a shell cannot trap what it was started to ignore."""
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def test_everything_that_it_started_ends_with_it(self):
        house = HERE.parent.parent
        shell = subprocess.Popen(
            ["bash", "-c", self.SCRIPT, house, self.folder],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=self.interruptible,
        )
        pids = self.folder / "pid"
        deadline = time.monotonic() + 60
        while not pids.exists() or len(pids.read_text().split()) < 2:
            self.assertLess(time.monotonic(), deadline, "the step starts")
            time.sleep(0.05)
        os.killpg(shell.pid, signal.SIGINT)
        self.assertIn("interrupted", shell.communicate(timeout=60)[0])
        self.assertEqual(130, shell.returncode)
        self.assertEqual([], [pid for pid in pids.read_text().split() if os.path.exists(f"/proc/{pid}")])


class Natives(Folder):
    def test_a_library_for_this_machine_lies_beside_the_jars_and_not_in_them(self):
        source, target = self.folder / "source", self.folder / "target"
        source.mkdir(), target.mkdir()
        with zipfile.ZipFile(source / "a.jar", "w") as jar:
            jar.writestr("META-INF/native/libnetty_x86_64.so", "native")
            jar.writestr("META-INF/native/libnetty_aarch_64.so", "foreign")
            jar.writestr("A.class", "class")
        done = self.tool("archive.py", "slim", source, target)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(["A.class"], zipfile.ZipFile(target / "a.jar").namelist())
        self.assertEqual(["libnetty_x86_64.so"], [each.name for each in (target / "native").iterdir()])
        self.assertEqual("native", (target / "native" / "libnetty_x86_64.so").read_text())


class Launcher(Folder):
    """Which compilers the client's launcher gives Java (docs/decisions/0013)."""

    BIN = HERE.parent.parent / "guest-client" / "cli" / "src" / "main" / "dist" / "bin"

    def quickly(self, *arguments, cores, **environment):
        """Whether Java is told to compile quickly and once, on a machine of so many cores."""
        for path, text in (("runtime/bin/java", 'printf "%s\\n" "$@"'), ("tools/nproc", f"echo {cores}")):
            script = self.folder / path
            script.parent.mkdir(parents=True, exist_ok=True)
            script.write_text(f"#!/bin/sh\n{text}\n")
            script.chmod(0o755)
        (self.folder / "lib").mkdir(exist_ok=True)
        done = subprocess.run(
            [self.BIN / "penstock", *arguments], capture_output=True, text=True, check=False,
            env={"PATH": f"{self.folder / 'tools'}:{os.environ['PATH']}", "PENSTOCK_HOME": str(self.folder), **environment},
        )
        self.assertEqual(("", 0), (done.stderr, done.returncode))
        self.assertIn("io.penstock.cli.Main", done.stdout)
        return "-XX:TieredStopAtLevel=1" in done.stdout.splitlines()

    def test_an_agent_with_cores_to_spare_has_both_compilers(self):
        self.assertFalse(self.quickly("run", "-n", "1", "true", cores=8, PENSTOCK_SPIN_US="200"))
        self.assertTrue(self.quickly("run", "-n", "1", "true", cores=7))

    def test_an_agent_that_may_not_look_for_its_work_has_the_quick_one(self):
        self.assertTrue(self.quickly("run", "-n", "1", "true", cores=64, PENSTOCK_SPIN_US="0"))
        self.assertTrue(self.quickly("run", "-n", "1", "true", cores=64, PENSTOCK_SPIN_US="49"))
        self.assertFalse(self.quickly("run", "-n", "1", "true", cores=2, PENSTOCK_SPIN_US="50"))

    def test_what_runs_no_program_has_the_quick_one(self):
        self.assertTrue(self.quickly("list", cores=64, PENSTOCK_SPIN_US="200"))


class Arguments(unittest.TestCase):
    """What ./dev makes of its arguments, before it does anything."""

    def dev(self, *arguments):
        return subprocess.run(
            [HERE.parent.parent / "dev", *arguments], env=dict(os.environ, PENSTOCK_CACHE="/nowhere"),
            capture_output=True, text=True, timeout=20, check=False,
        )

    def test_help_is_asked_for_anywhere(self):
        for asked in ("help", "-h", "fmt extra --help", "test --help", "test fast -h", "demo --help", "bench -h", "dist --deb --help"):
            done = self.dev(*asked.split())
            self.assertEqual((0, ""), (done.returncode, done.stderr), asked)
            self.assertTrue(done.stdout.startswith("usage: ./dev COMMAND\n"), asked)
            self.assertIn("(now: /nowhere)", done.stdout, asked)

    def test_an_unknown_command_is_named_above_the_help(self):
        done = self.dev("frob")
        self.assertEqual(2, done.returncode)
        self.assertIn('knows no command "frob"', done.stderr)
        self.assertIn("(now: /nowhere)", done.stderr)

    def test_unknown_arguments_are_named_and_nothing_is_done(self):
        for command in ("fmt", "demo", "demo --vcenter", "dist", "dist --deb", "test", "test fast", "bench", "bench path", "quick",
                        "quick protocol/codec", "gpu-test /"):
            done = self.dev(*command.split(), "frobnicate")
            self.assertNotEqual(0, done.returncode, command)
            self.assertEqual("", done.stdout, command)
            if command != "quick":
                self.assertIn('"frobnicate"', done.stderr, command)


class Archive(Folder):
    NEW = "extern int __libc_start_main(void); int f(void) { return __libc_start_main(); }"
    OLD = "extern unsigned long strlen(const char *); unsigned long f(void) { return strlen(\"x\"); }"

    def test_a_library_of_an_old_glibc_passes(self):
        self.library("old.so", self.OLD)
        done = self.tool("archive.py", "floor", self.folder, "GLIBC_2.28")
        self.assertEqual(0, done.returncode, done.stdout)

    def test_a_library_of_a_newer_glibc_fails_and_is_named(self):
        self.library("new.so", self.NEW)
        done = self.tool("archive.py", "floor", self.folder, "GLIBC_2.28")
        self.assertEqual(1, done.returncode)
        self.assertIn("new.so: needs GLIBC_2.34", done.stdout)

    def test_a_library_inside_a_jar_is_read_too(self):
        library = self.library("new.so", self.NEW)
        with zipfile.ZipFile(self.folder / "a.jar", "w") as jar:
            jar.write(library, "native/new.so")
        library.unlink()
        done = self.tool("archive.py", "floor", self.folder, "GLIBC_2.28")
        self.assertIn("a.jar!native/new.so: needs GLIBC_2.34", done.stdout)

    def test_a_folder_without_any_library_fails(self):
        self.assertEqual(1, self.tool("archive.py", "floor", self.folder, "GLIBC_2.28").returncode)

    def test_jars_lose_other_platforms_and_keep_folders(self):
        jars, slimmed = self.folder / "jars", self.folder / "slim"
        jars.mkdir()
        slimmed.mkdir()
        names = ["db/", "db/one.sql", "com/sun/jna/linux-x86-64/l.so", "com/sun/jna/linux-arm/l.so", "com/sun/jna/Native.class"]
        with zipfile.ZipFile(jars / "a.jar", "w") as jar:
            for name in names:
                jar.writestr(name, "" if name.endswith("/") else name)
        archive.slim(jars, slimmed)
        with zipfile.ZipFile(slimmed / "a.jar") as jar:
            self.assertEqual([name for name in names if "arm" not in name], jar.namelist())

    def test_jars_keep_what_their_manifest_says_of_them_and_lose_the_digests_of_their_entries(self):
        jars, slimmed = self.folder / "jars", self.folder / "slim"
        jars.mkdir()
        slimmed.mkdir()
        with zipfile.ZipFile(jars / "a.jar", "w") as jar:
            jar.writestr(
                "META-INF/MANIFEST.MF",
                "Manifest-Version: 1.0\r\nMulti-Release: true\r\n\r\nName: A.class\r\nSHA-256-Digest: AAAA\r\n\r\n",
            )
            jar.writestr("META-INF/A.SF", "signature")
        archive.slim(jars, slimmed)
        with zipfile.ZipFile(slimmed / "a.jar") as jar:
            self.assertEqual(["META-INF/MANIFEST.MF"], jar.namelist())
            self.assertEqual(b"Manifest-Version: 1.0\r\nMulti-Release: true\n\n", jar.read("META-INF/MANIFEST.MF"))

    def test_the_same_folder_gives_the_same_bytes_whatever_its_times(self):
        content = self.folder / "content"
        (content / "bin").mkdir(parents=True)
        program = content / "bin" / "program"
        program.write_text("#!/bin/sh\n")
        program.chmod(0o700)
        (content / "link").symlink_to("bin/program")
        archive.pack(content, "name", str(self.folder / "one"))
        program.touch()
        program.chmod(0o755)
        archive.pack(content, "name", str(self.folder / "two"))
        one = (self.folder / "one").read_bytes()
        self.assertEqual(one, (self.folder / "two").read_bytes())
        with tarfile.open(fileobj=io.BytesIO(one)) as packed:
            self.assertEqual(["name", "name/bin", "name/bin/program", "name/link"], packed.getnames())
            self.assertEqual(0o755, packed.getmember("name/bin/program").mode)

    def test_however_many_cores_compress_it_the_bytes_are_the_same(self):
        data = bytes(range(256)) * 1000
        written = set()
        for cores in 1, 3:
            with unittest.mock.patch("os.cpu_count", return_value=cores):
                written.add(archive.compress(data, block=100_000))
        self.assertEqual(1, len(written))
        packed = written.pop()
        self.assertEqual(3, packed.count(b"\xfd7zXZ\0"), "a stream for each block")
        self.assertEqual(data, lzma.decompress(packed))


class Results(Folder):
    def test_cmocka_lines_count_once(self):
        log = (
            "[==========] Running 2 test(s).\n[ RUN      ] a b\n[       OK ] a b\n[ RUN      ] c\n[  FAILED  ] c\n"
            "[==========] 2 test(s) run.\n[  PASSED  ] 1 test(s).\n[  FAILED  ] 1 test(s), listed below:\n[  FAILED  ] c\n"
        )
        done = self.tool("results.py", "cmocka", "shim", text=log)
        self.assertEqual(["passed\tshim: a b", "failed\tshim: c"], done.stdout.splitlines())

    def test_reports_older_than_the_run_do_not_count(self):
        reports = self.folder / "m" / "target" / "surefire-reports"
        reports.mkdir(parents=True)
        old, new = reports / "TEST-old.xml", reports / "TEST-new.xml"
        old.write_text("<testsuite><testcase classname='A' name='old'/></testsuite>")
        marker = self.folder / "started"
        marker.touch()
        new.write_text(
            "<testsuite><testcase classname='A' name='ok'/><testcase classname='A' name='bad'><error/></testcase>"
            "<testcase classname='A' name='left'><skipped/></testcase></testsuite>"
        )
        seconds = marker.stat().st_mtime
        os.utime(old, (seconds - 10, seconds - 10))
        os.utime(new, (seconds + 1, seconds + 1))
        done = self.tool("results.py", "reports", marker)
        self.assertEqual(["passed\tA.ok", "failed\tA.bad", "skipped\tA.left"], done.stdout.splitlines())


if __name__ == "__main__":
    unittest.main()
