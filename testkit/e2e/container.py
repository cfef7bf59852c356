"""A container as a careful cluster runs one, made with bubblewrap: a read-only root, a user without a name, a home or a capability,
the client's identity mounted read-only, and /tmp in memory, from which nothing can be executed."""

import os
import pathlib
import subprocess
import sys

from pool import HOME, PROGRAMS

USER = "10001"
INSTALLATION, IDENTITY, PYTHON, CODE = "/opt/penstock", "/run/penstock", "/opt/python", "/srv/programs"


def mounts(identity, resolver):
    """What is in it, all of it read-only: the system's programs and libraries, what every container is told of names, the installation and
    its Java, and the programs of the tests."""
    pairs = {
        "/usr": "/usr",
        "/etc/ld.so.cache": "/etc/ld.so.cache",
        resolver: "/etc/resolv.conf",
        HOME: INSTALLATION,
        (HOME / "runtime").resolve(): (HOME / "runtime").resolve(),
        sys.base_prefix: PYTHON,
        PROGRAMS: CODE,
        identity: f"{IDENTITY}/client",
    }
    for folder in ("bin", "lib", "lib64", "sbin"):
        if pathlib.Path("/", folder).is_symlink():
            yield from ("--symlink", os.readlink(f"/{folder}"), f"/{folder}")
        elif pathlib.Path("/", folder).exists():
            yield from ("--ro-bind", f"/{folder}", f"/{folder}")
    for source, target in pairs.items():
        yield from ("--ro-bind", str(source), str(target))


def command(identity, memory, *words, **environment):
    """Runs `words` in the container. `memory`: an empty folder, over which its /tmp is mounted."""
    resolver = memory.with_name("resolv.conf")
    resolver.write_text("nameserver 127.0.0.1\n")
    bubblewrap = ["bwrap", "--unshare-user", "--uid", USER, "--gid", USER, "--cap-drop", "ALL", "--die-with-parent", "--new-session"]
    bubblewrap += ["--unshare-pid", "--unshare-ipc", "--unshare-uts", *mounts(identity, resolver), "--proc", "/proc", "--dev", "/dev"]
    bubblewrap += ["--bind", str(memory), "/tmp", "--remount-ro", "/", "--clearenv"]
    variables = {"PATH": f"{INSTALLATION}/bin:{PYTHON}/bin:/usr/bin:/bin", "PENSTOCK_STATE": IDENTITY, "PYTHONUNBUFFERED": "1", **environment}
    for name, value in variables.items():
        bubblewrap += ["--setenv", name, value]
    # bubblewrap's own file systems in memory may be executed from: this one is mounted in a namespace around it
    around = 'mount -t tmpfs -o noexec,nosuid,nodev,mode=1777,size=64m tmpfs "$0" && exec "$@"'
    return ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", around, str(memory), *bubblewrap, "--", *map(str, words)]


def run(identity, memory, *words, seconds=120, **environment):
    """What the command printed, both streams, and its status."""
    done = subprocess.run(
        command(identity, memory, *words, **environment),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds, check=False,
    )
    return done.stdout, done.returncode
