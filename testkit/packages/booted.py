"""A machine that is booted: the copy of a Debian in a container, with systemd as its first process and a network of its own."""

import atexit
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from machine import ENVIRONMENT, Machine, deb, printed_by

BOOT_SECONDS = 90
STOP_SECONDS = 60

REST = """
import json, ssl, sys, urllib.error, urllib.request
method, url, token, ca, body = sys.argv[1:]
request = urllib.request.Request(url, body.encode() or None, {"Authorization": "Bearer " + token, "Content-Type": "application/json"}, method=method)
try:
    answer = urllib.request.urlopen(request, timeout=60, context=ssl.create_default_context(cadata=ca))
except urllib.error.HTTPError as refused:
    answer = refused
print(json.dumps([answer.status, json.loads(answer.read() or b"{}")]))
"""


class Booted(Machine):
    """Powered off with the process, however that ends. Others are started in its network, never in this machine's."""

    def __init__(self):
        super().__init__()
        self.container, self.first = None, None
        self.log = tempfile.TemporaryFile()
        atexit.register(self.power_off)

    def boot(self):
        nspawn = f"exec systemd-nspawn --quiet --register=no --keep-unit --console=pipe --boot --directory={self.root}"
        self.container = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "unshare", "--net", "/bin/sh", "-c", f"ip link set lo up && {nspawn}"],
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        self.wait_for(self.find_first, "a first process", BOOT_SECONDS)
        self.wait_for(lambda: "active" in self.inside("systemctl is-active multi-user.target", None).splitlines(), "the end of the boot", BOOT_SECONDS)

    def find_first(self):
        """The systemd whose parent is the container's keeper."""
        keeper = self.container.pid
        for child in pathlib.Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split():
            if pathlib.Path(f"/proc/{child}/comm").read_text() == "systemd\n":
                self.first = int(child)
        return self.first is not None

    def power_off(self):
        if self.container is None or self.container.poll() is not None:
            return
        if self.first is not None:
            os.kill(self.first, signal.SIGRTMIN + 4)
        try:
            self.container.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.container.kill()
            self.container.wait()

    def inside(self, command, status=0):
        """A shell command as root among its services, and what it printed on both streams."""
        return self.enter(["--all", "--root", "/bin/bash", "-c", f"cd /; {command}"], status)

    def install_inside(self, *packages):
        """Installs among the running services."""
        for package in packages:
            shutil.copy(deb(package), self.path("/srv"))
        self.inside("dpkg --force-unsafe-io --install /srv/*.deb && rm /srv/*.deb")

    def enter(self, arguments, status=0):
        return printed_by(["nsenter", f"--target={self.first}", *arguments], status, self.journal)

    def beside(self, *command):
        """Starts a program of this machine in the other one's network; it ends with its standard input."""
        return subprocess.Popen(
            ["nsenter", f"--target={self.first}", "--net", *map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def rest(self, method, path, body=None, status=200):
        """Asks the appliance there as its administrator."""
        state = self.path("/var/lib/penstock/appliance")
        url = json.loads((state / "endpoint.json").read_text())["url"]
        token, ca = (state / "admin.token").read_text().strip(), (state / "ca.pem").read_text()
        text = "" if body is None else json.dumps(body)
        printed = self.enter(["--net", sys.executable, "-c", REST, method, url + path, token, ca, text])
        answered, answer = json.loads(printed)
        if answered != status:
            raise AssertionError(f"{method} {path}: {answered}, not {status}: {answer}")
        return answer

    def wait_for(self, condition, what, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"not within {seconds} s: {what}\n{self.journal()}")
            time.sleep(0.2)

    def journal(self):
        """What the services said, for people who look for a fault."""
        if self.first is None:
            self.log.seek(0)
            return self.log.read().decode(errors="replace")
        done = subprocess.run(
            ["nsenter", f"--target={self.first}", "--all", "--root", "journalctl", "--no-pager", "-o", "cat", "-u", "penstock-*", "-n", "60"],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout

    def active(self, unit):
        return self.inside(f"systemctl is-active {unit}", None).strip()
