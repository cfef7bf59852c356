"""A machine to install packages on: a copy of a bare Debian, entered by chroot with processes, mounts and network of its own.
PENSTOCK_DEBIAN names the bare one, PENSTOCK_DEBS the folder of the packages. Needs root."""

import atexit
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import tempfile

DEBIAN = pathlib.Path(os.environ["PENSTOCK_DEBIAN"])
DEBS = pathlib.Path(os.environ["PENSTOCK_DEBS"])
PACKAGES = ["penstock-common", "penstock-client", "penstock-server", "penstock-appliance"]
UNITS = "usr/lib/systemd/system"
COMMAND_SECONDS = 240
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
# Told to end, it tidies up as at any other end.
signal.signal(signal.SIGTERM, signal.default_int_handler)
# Written by every package and every account; Debian keeps the accounts of packages that are gone (their files may still be somewhere).
KEPT = re.compile(
    r"^(etc/(passwd|group|shadow|gshadow|subuid|subgid)-?|var/(lib/dpkg|log|cache)(/.*)?|var/lib/systemd(/.*)?|tmp/.*|run/.*|proc/.*|root/\.\w+"
    r"|etc/\.pwd\.lock|home/.*|dev/.*|var/mail/.*)$"
)


def deb(package, folder=DEBS):
    """The one file of that package."""
    (found,) = pathlib.Path(folder).glob(f"{package}_*_amd64.deb")
    return found


def printed_by(command, status, told=lambda: ""):
    """Runs a command without input and answers what it printed on both streams. Any status will do where that is None; another
    than that is a failure, which shows what was printed and what is told of it."""
    done = subprocess.run(
        command,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    if status is not None and done.returncode != status:
        raise AssertionError(f"status {done.returncode}, not {status}: {command[-1]}\n{done.stdout}\n{told()}")
    return done.stdout


class Machine:
    """One copy; removed with the process."""

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="penstock-debian-"))
        atexit.register(shutil.rmtree, self.root, True)
        subprocess.run(["cp", "-a", "--reflink=auto", f"{DEBIAN}/.", self.root], check=True)

    def path(self, path):
        return self.root / str(path).lstrip("/")

    def run(self, command, status=0):
        """A shell command as root in there, and what it printed on both streams; its processes end with it."""
        outside = f"ip link set lo up && mount -t proc proc {self.root}/proc && exec chroot {self.root} /bin/bash -c {shlex.quote(command)}"
        return printed_by(["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "/bin/sh", "-c", outside], status)

    def install(self, *packages, folder=DEBS):
        """By dpkg, which asks for nothing and fetches nothing: everything needed must be there."""
        names = []
        for package in packages:
            file = deb(package, folder)
            shutil.copy(file, self.path("tmp"))
            names.append(f"/tmp/{file.name}")
        printed = self.run(f"dpkg --force-unsafe-io --install {' '.join(names)} </dev/null")
        for name in names:
            self.path(name).unlink()
        return printed

    def purge(self, *packages):
        return self.run(f"dpkg --purge {' '.join(packages)}")

    def files(self):
        """Every path with what belongs to it: kind, mode and content, but for KEPT."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            name = str(path.relative_to(self.root))
            if KEPT.match(name):
                continue
            status = path.lstat()
            content = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
            found[name] = (status.st_mode, content)
        return found

    def unit(self, name):
        """The settings of a unit: name to list of values, in their order."""
        settings = {}
        for line in self.path(f"{UNITS}/{name}").read_text().splitlines():
            if re.match(r"[A-Za-z]+=", line):
                key, value = line.split("=", 1)
                settings.setdefault(key, []).append(value)
        return settings
