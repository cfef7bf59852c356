"""What a pool of real processes promises its users: every test drives the product's own commands and unmodified CUDA programs."""

import os
import signal
import subprocess
import time
import unittest

from pool import HOME, PROGRAMS, Pool, wait_until


def lines_of(process):
    """The next line of a program's output, without its end; empty at the end of the output."""
    return process.stdout.readline().rstrip("\n")


def finish(process, seconds=30):
    """The rest of a program's output after it ended by itself."""
    text, _ = process.communicate(timeout=seconds)
    return text


class OneServer(unittest.TestCase):
    """One appliance, one server with one GPU of 256 MiB, one client, on loopback."""

    @classmethod
    def setUpClass(cls):
        cls.pool = Pool()
        cls.addClassCleanup(cls.pool.close)
        cls.client = cls.pool.clients[0]

    def free_mebibytes(self):
        """What the appliance says is free on the only GPU."""
        import json

        gpus = json.loads(self.client.run("penstock", "list", "--json"))["gpus"]
        self.assertEqual(1, len(gpus), gpus)
        return gpus[0]["freeMemoryMib"]

    def assert_everything_is_free(self, seconds=5):
        wait_until(lambda: self.free_mebibytes() == 256, seconds, f"the GPU is free again, {self.free_mebibytes()} MiB are")

    def test_a_program_computes_on_a_gpu_that_is_not_in_its_machine(self):
        output = self.client.run("penstock", "run", "-n", "1", "--", "python3", PROGRAMS / "add.py")
        self.assertIn("sums are right", output)
        self.assertIn("Penstock", output)
        self.assert_everything_is_free()

    def test_the_exit_status_is_the_programs(self):
        self.client.run("penstock", "run", "-n", "1", "--", "sh", "-c", "exit 7", status=7)
        self.client.run("penstock", "run", "-n", "1", "--", "sh", "-c", "kill -TERM $$", status=128 + signal.SIGTERM)
        self.client.run("penstock", "run", "-n", "1", "--", "/no/such/program", status=127)
        self.assert_everything_is_free()

    def test_a_lease_alone_takes_at_most_a_second_after_the_first(self):
        command = self.client.command("penstock", "run", "-n", "1", "--", "true")
        samples = []
        for _ in range(5):
            start = time.monotonic()
            subprocess.run(command, env=self.client.environment, check=True, capture_output=True)
            samples.append(time.monotonic() - start)
        print(f"penstock run -- true: median {sorted(samples)[2]:.2f} s, worst {max(samples):.2f} s")
        self.assertLess(sorted(samples)[2], 2.5, "the issue's goal is 1 s on a quiet machine")

    def test_signals_reach_the_program_and_everything_is_released(self):
        program = self.client.program("hold", 16)
        self.assertIn("holding 16 MiB", lines_of(program))
        program.send_signal(signal.SIGTERM)
        self.assertEqual(128 + signal.SIGTERM, program.wait(10))
        self.assert_everything_is_free()

    def test_a_killed_command_gives_everything_back(self):
        program = self.client.program("hold", 16)
        self.assertIn("holding 16 MiB", lines_of(program))
        program.kill()
        program.wait()
        self.assert_everything_is_free(seconds=15)
        self.client.run("penstock", "run", "-n", "1", "--", "python3", PROGRAMS / "add.py")

    def test_the_memory_limit_of_a_lease_is_exact(self):
        output = self.client.run("penstock", "run", "-n", "1", "-m", "64", "--", "python3", PROGRAMS / "fill.py").split()
        taken, total, code = (int(word) for word in output[-3:])
        self.assertEqual(2, code, "CUDA_ERROR_OUT_OF_MEMORY")
        self.assertEqual(64, total)
        self.assertLessEqual(taken, 64)
        self.assertGreaterEqual(taken, 60)

    def test_processes_of_one_lease_share_its_limit(self):
        script = (
            f"python3 {PROGRAMS}/hold.py 40 60 & sleep 3; python3 {PROGRAMS}/fill.py; kill $!; wait"
        )
        output = self.client.run("penstock", "run", "-n", "1", "-m", "64", "--", "sh", "-c", script, status=None)
        counts = [line.split() for line in output.splitlines() if line.endswith(" 2")]
        self.assertEqual(1, len(counts), output)
        self.assertLessEqual(int(counts[0][0]), 24, output)

    def test_a_full_pool_says_so_and_what_to_do(self):
        holder = self.client.program("hold", 16)
        self.assertIn("holding 16 MiB", lines_of(holder))
        output = self.client.run("penstock", "run", "-n", "1", "--", "true", status=None)
        self.assertIn("no GPU", output)
        holder.communicate("\n", timeout=30)
        self.assert_everything_is_free()

    def test_two_clients_share_a_gpu_by_memory(self):
        holder = self.client.program("hold", 16, run=("-n", "1", "-p", "0.5"))
        self.assertIn("holding 16 MiB; free and total: ", lines_of(holder))
        self.client.run("penstock", "run", "-n", "1", "-p", "0.5", "--", "python3", PROGRAMS / "add.py")
        self.assertIn("done", finish_with_line(holder))
        self.assert_everything_is_free()

    def test_a_wild_pointer_poisons_only_its_own_program(self):
        holder = self.client.program("hold", 16, run=("-n", "1", "-p", "0.5"))
        self.assertIn("holding", lines_of(holder))
        output = self.client.run("penstock", "run", "-n", "1", "-p", "0.5", "--", "python3", PROGRAMS / "wild.py")
        self.assertIn("700 700", output)
        self.assertIn("done", finish_with_line(holder))

    def test_a_killed_worker_ends_its_program_with_an_error_not_a_hang(self):
        program = self.client.program("hold", 16)
        self.assertIn("holding", lines_of(program))
        workers = subprocess.run(
            ["pgrep", "-P", str(self.pool.servers[0].process.pid)], capture_output=True, text=True, check=True
        ).stdout.split()
        for worker in workers:
            os.kill(int(worker), signal.SIGKILL)
        output = finish(program)
        self.assertIn("failed:", output)
        self.assertNotEqual(0, program.returncode)
        wait_until(lambda: self.runs_again(), 20, "the server serves again")

    def runs_again(self):
        return "sums are right" in self.client.run(
            "penstock", "run", "-n", "1", "--", "python3", PROGRAMS / "add.py", status=None
        )

    def test_a_program_that_is_killed_frees_its_memory_within_two_seconds(self):
        script = f"python3 {PROGRAMS}/hold.py 40 60 & sleep 3; kill -9 $!; sleep 2; python3 {PROGRAMS}/fill.py"
        output = self.client.run("penstock", "run", "-n", "1", "-m", "64", "--", "sh", "-c", script, status=None)
        self.assertGreaterEqual(int(output.splitlines()[-1].split()[0]), 60, output)

    def test_every_call_may_be_made_to_wait(self):
        output = self.client.run(
            "penstock", "run", "-n", "1", "--", "env", "PENSTOCK_SYNC=1", "python3", PROGRAMS / "add.py"
        )
        self.assertIn("sums are right", output)

    def test_the_program_never_sees_a_key(self):
        script = "env; tr '\\0' '\\n' < /proc/self/environ"
        output = self.client.run("penstock", "run", "-n", "1", "--", "sh", "-c", script)
        self.assertNotIn("PRIVATE KEY", output)
        self.assertNotIn("PENSTOCK_TOKEN", output)

    def test_bad_arguments_are_named(self):
        for arguments, word in (
            (("run", "-n", "0", "--", "true"), "0"),
            (("run", "-n", "1", "-p", "1.5", "--", "true"), "1.5"),
            (("run", "-n", "1", "-m", "999999", "--", "true"), "999999"),
            (("run", "-n", "9", "--", "true"), "9"),
            (("run", "-n", "1", "-p", "0.5", "-m", "10", "--", "true"), "-m"),
            (("run", "-n", "1"), "CMD"),
            (("fly",), "fly"),
        ):
            output = self.client.run("penstock", *arguments, status=None)
            self.assertIn(word, output, arguments)
            self.assertNotIn("Exception", output, arguments)


def finish_with_line(process):
    """Sends a program the line it ends on and returns the rest of its output."""
    text, _ = process.communicate("\n", timeout=30)
    return text


class Identities(unittest.TestCase):
    """Who may do what, and how fast a decision takes effect."""

    @classmethod
    def setUpClass(cls):
        cls.pool = Pool(clients=2)
        cls.addClassCleanup(cls.pool.close)

    def test_a_token_works_once(self):
        token = self.pool.token("client", "twice")
        first = self.pool.host("first", 110)
        first.run("penstock", "enroll", self.pool.url, token)
        second = self.pool.host("second", 111)
        self.assertRegex(second.run("penstock", "enroll", self.pool.url, token, status=None), "used")
        self.assertRegex(second.run("penstock", "run", "-n", "1", "--", "true", status=None), "enrol")

    def test_a_token_that_nobody_made_is_refused(self):
        host = self.pool.host("stranger", 112)
        output = host.run("penstock", "enroll", self.pool.url, "not-a-token", status=None)
        self.assertRegex(output, "(?i)token")
        self.assertNotIn("Exception", output)

    def test_a_client_token_does_not_make_a_server(self):
        host = self.pool.host("impostor", 113)
        output = host.run("penstock-gpu-server", "enroll", self.pool.url, self.pool.token("client", "impostor"), status=None)
        self.assertRegex(output, "client")

    def test_a_disabled_client_is_cut_off_within_five_seconds(self):
        client = self.pool.clients[1]
        program = client.program("hold", 16, run=("-n", "1", "-p", "0.3"))
        self.assertIn("holding", lines_of(program))
        self.pool.appliance.run("penstock-appliance", "client", "disable", client.name)
        start = time.monotonic()
        output = finish(program)
        self.assertLess(time.monotonic() - start, 5 + 1, "open connections end within 5 s")
        self.assertNotEqual(0, program.returncode, output)
        self.assertRegex(client.run("penstock", "run", "-n", "1", "--", "true", status=None), "(?i)disabled")
        self.pool.appliance.run("penstock-appliance", "client", "enable", client.name)
        client.run("penstock", "run", "-n", "1", "-p", "0.3", "--", "python3", PROGRAMS / "add.py")

    def test_a_program_goes_on_while_the_appliance_is_down(self):
        client = self.pool.clients[0]
        program = client.program("hold", 16, run=("-n", "1", "-p", "0.3"))
        self.assertIn("holding", lines_of(program))
        self.pool.appliance_process.terminate()
        self.pool.appliance_process.wait(20)
        (self.pool.appliance.state / "endpoint.json").unlink(missing_ok=True)
        output = client.run("penstock", "run", "-n", "1", "--", "true", status=None)
        self.assertRegex(output, "(?i)appliance")
        time.sleep(2)
        self.assertIsNone(program.poll(), "the program still runs")
        port = self.pool.url.rsplit(":", 1)[1]
        self.pool.start_appliance(port)
        self.pool.endpoint(self.pool.appliance)
        self.assertIn("done", finish_with_line(program))


class FourMachines(unittest.TestCase):
    """The appliance, two servers and a client in four network namespaces with separate state and addresses."""

    @classmethod
    def setUpClass(cls):
        cls.pool = Pool(servers=2, gpus=1, namespaces=True)
        cls.addClassCleanup(cls.pool.close)
        cls.client = cls.pool.clients[0]

    def test_a_program_reaches_a_gpu_over_the_network(self):
        output = self.client.run("penstock", "run", "-n", "1", "--", "python3", PROGRAMS / "add.py")
        self.assertIn("sums are right", output)

    def test_two_programs_use_both_servers(self):
        holder = self.client.program("hold", 16)
        self.assertIn("holding", lines_of(holder))
        output = self.client.run("penstock", "run", "-n", "1", "--", "python3", PROGRAMS / "add.py")
        self.assertIn("sums are right", output)
        self.assertIn("no GPU", self.client_while_both_are_held())
        self.assertIn("done", finish_with_line(holder))

    def client_while_both_are_held(self):
        other = self.client.program("hold", 16)
        self.assertIn("holding", lines_of(other))
        output = self.client.run("penstock", "run", "-n", "1", "--", "true", status=None)
        finish_with_line(other)
        return output

    def test_every_machine_has_an_address_of_its_own(self):
        output = self.client.run("penstock", "list")
        self.assertIn("server0", output)
        self.assertIn("server1", output)


if __name__ == "__main__":
    print(f"installation: {HOME}")
    unittest.main()
