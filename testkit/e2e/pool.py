"""A pool of real processes for the end-to-end tests: an appliance, GPU servers and clients, each a host with its own state folder,
optionally in a network namespace of its own. PENSTOCK_HOME names the installation that is tested."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import uuid

HOME = pathlib.Path(os.environ["PENSTOCK_HOME"]).resolve()
PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"
READY_SECONDS = 60
COMMAND_SECONDS = 120


class CommandFailed(Exception):
    """A command of the product ended with another status than expected; the text holds everything it printed."""


def wait_until(condition, seconds, what):
    """Polls `condition` until it is true; after `seconds` raises AssertionError naming `what`. Returns the seconds it took."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > seconds:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)
    return time.monotonic() - start


class Host:
    """One machine: a state folder, an environment, and a network namespace or this machine's own network."""

    def __init__(self, folder, name, namespace=None):
        self.name, self.namespace = name, namespace
        self.state = folder / name
        self.state.mkdir()
        self.log = open(folder / f"{name}.log", "ab")
        self.environment = dict(
            os.environ,
            PENSTOCK_STATE=str(self.state),
            HOME=str(self.state),
            PYTHONUNBUFFERED="1",
        )
        self.environment.pop("PENSTOCK_URL", None)
        self.started = []

    def command(self, tool, *arguments):
        prefix = ["ip", "netns", "exec", self.namespace] if self.namespace else []
        return prefix + [str(HOME / "bin" / tool), *map(str, arguments)]

    def run(self, tool, *arguments, status=0, text=None, seconds=COMMAND_SECONDS):
        """Runs a command to its end and returns what it printed, both streams; another status raises CommandFailed."""
        done = subprocess.run(
            self.command(tool, *arguments),
            env=self.environment,
            input=text or "",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
        )
        if status is not None and done.returncode != status:
            raise CommandFailed(f"{self.name}: {tool} {arguments}: status {done.returncode}, not {status}:\n{done.stdout}")
        return done.stdout

    def listening(self):
        """The TCP ports at which anything listens in this host's network namespace."""
        tables = subprocess.run(
            ["ip", "netns", "exec", self.namespace, "cat", "/proc/net/tcp", "/proc/net/tcp6"], capture_output=True, text=True, check=True
        )
        rows = [line.split() for line in tables.stdout.splitlines()]
        return {int(row[1].rsplit(":", 1)[1], 16) for row in rows if row[3] == "0A"}

    def start(self, tool, *arguments, **options):
        """Starts a command that stays; stopped with the pool."""
        options.setdefault("stdout", self.log)
        options.setdefault("stderr", self.log)
        options.setdefault("stdin", subprocess.PIPE)
        process = subprocess.Popen(self.command(tool, *arguments), env=self.environment, **options)
        self.started.append(process)
        return process

    def program(self, name, *arguments, run=("-n", "1"), **options):
        """Starts one of programs/ under `penstock run` with its output readable line by line."""
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.STDOUT)
        return self.start(
            "penstock", "run", *run, "--", "python3", PROGRAMS / f"{name}.py", *arguments, text=True, bufsize=1, **options
        )

    def stop(self):
        for process in reversed(self.started):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in reversed(self.started):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for stream in (process.stdin, process.stdout):
                if stream:
                    stream.close()
        self.log.close()


class Pool:
    """An appliance, `servers` GPU servers with `gpus` software GPUs of `memory` MiB each, and `clients` enrolled clients."""

    def __init__(self, servers=1, clients=1, gpus=1, memory=256, namespaces=False, certificate_life=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="penstock-e2e-"))
        self.tag = uuid.uuid4().hex[:6]
        self.namespaces, self.hosts = [], []
        try:
            self.network, self.certificate_life = namespaces, certificate_life
            self.appliance = self.host("appliance", 1)
            self.serve_appliance()
            self.servers = [self.enrolled_server(i, gpus, memory) for i in range(servers)]
            self.clients = [self.enrolled_client(i) for i in range(clients)]
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # -- hosts and their network ------------------------------------------------------------------------------------------------

    def address(self, number):
        return f"10.203.77.{number}" if self.network else "127.0.0.1"

    def host(self, name, number):
        namespace = self.connect(number) if self.network else None
        host = Host(self.folder, name, namespace)
        self.hosts.append(host)
        return host

    def connect(self, number):
        """A network namespace with one address, all of them joined by one bridge that lives in the first."""
        name = f"ps{self.tag}{number}"
        self.ip("netns", "add", name)
        self.namespaces.append(name)
        self.ip("-n", name, "link", "set", "lo", "up")
        bridge = self.namespaces[0]
        if number == 1:
            self.ip("-n", name, "link", "add", "bridge", "type", "bridge")
            self.ip("-n", name, "link", "set", "bridge", "up")
            self.ip("-n", name, "address", "add", f"{self.address(1)}/24", "dev", "bridge")
            return name
        self.ip("-n", name, "link", "add", "eth0", "type", "veth", "peer", "name", f"port{number}", "netns", bridge)
        self.ip("-n", bridge, "link", "set", f"port{number}", "master", "bridge")
        self.ip("-n", bridge, "link", "set", f"port{number}", "up")
        self.ip("-n", name, "address", "add", f"{self.address(number)}/24", "dev", "eth0")
        self.ip("-n", name, "link", "set", "eth0", "up")
        return name

    @staticmethod
    def ip(*arguments):
        subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)

    # -- the product's own set-up, as README shows it ------------------------------------------------------------------------------

    def serve_appliance(self):
        self.appliance.run("penstock-appliance", "init", "--name", self.address(1))
        if self.certificate_life:
            (self.appliance.state / "appliance.yaml").write_text(f"certificate-life: {self.certificate_life}\n")
        self.start_appliance(port=0)
        self.url = self.endpoint(self.appliance)

    def start_appliance(self, port):
        self.appliance_process = self.appliance.start(
            "penstock-appliance", "serve", "--host", self.address(1), "--port", port
        )

    def endpoint(self, host):
        """The URL a daemon writes when it listens."""
        file = host.state / "endpoint.json"
        wait_until(lambda: file.exists() or host.started[-1].poll() is not None, READY_SECONDS, f"{host.name} listens")
        if not file.exists():
            raise AssertionError(f"{host.name} ended with {host.started[-1].returncode}:\n{self.logs()}")
        return json.loads(file.read_text())["url"]

    def token(self, kind, name):
        """A fresh enrolment token."""
        printed = self.appliance.run("penstock-appliance", "token", "create", "--kind", kind, "--name", name, "--quiet")
        return printed.strip()

    def enrolled_server(self, index, gpus, memory):
        number = 2 + index
        host = self.host(f"server{index}", number)
        host.run("penstock-gpu-server", "enroll", self.url, self.token("server", host.name))
        host.gpus = ["--gpus", f"software:{gpus}", "--memory", memory, "--address", self.address(number), "--port", 0]
        self.serve(host)
        return host

    def serve(self, host):
        host.process = host.start("penstock-gpu-server", "serve", *host.gpus)
        self.endpoint(host)

    def enrolled_client(self, index):
        host = self.host(f"client{index}", 100 + index)
        host.run("penstock", "enroll", self.url, self.token("client", host.name))
        return host

    # -- the end ----------------------------------------------------------------------------------------------------------------

    def logs(self):
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-4000:]}" for log in sorted(self.folder.glob("*.log")))

    def close(self):
        for host in reversed(self.hosts):
            host.stop()
        for name in reversed(self.namespaces):
            self.ip("netns", "delete", name)
        if not os.environ.get("PENSTOCK_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)


class OnePool(unittest.TestCase):
    """Tests with one appliance, one server with one GPU of 256 MiB, and one client, on loopback."""

    certificate_life = None

    @classmethod
    def setUpClass(cls):
        cls.pool = Pool(certificate_life=cls.certificate_life)
        cls.addClassCleanup(cls.pool.close)
        cls.client = cls.pool.clients[0]

    def free_mebibytes(self):
        """What the appliance says is free on the only GPU."""
        gpus = json.loads(self.client.run("penstock", "list", "--json"))["gpus"]
        self.assertEqual(1, len(gpus), gpus)
        return gpus[0]["freeMemoryMib"]

    def assert_everything_is_free(self, seconds=5):
        wait_until(lambda: self.free_mebibytes() == 256, seconds, f"the GPU is free again, {self.free_mebibytes()} MiB are")
