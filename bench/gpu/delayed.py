"""GPU servers of the running pool that answer later: each behind a proxy that delays both directions by half a round trip.

A server listens on 127.0.0.1 and tells its clients another loopback address; the proxy listens there, on the same ports. That
works without privileges, because all of 127.0.0.0/8 is loopback on Linux and because a peer is known by its certificate and not
by its address.
"""

import json
import os
import pathlib
import socket
import subprocess
import time

import trips

WORKERS = 8
READY_SECONDS = 60
PROXY = pathlib.Path(__file__).resolve().parents[2] / "testkit" / "proxy" / "delay.c"


class DelayedServers:
    """The servers by their round trip, started when first asked for; `close` ends them."""

    def __init__(self, gpus, folder):
        self.gpus, self.folder = gpus, folder
        self.names, self.processes = {}, []
        self.measured_us = {0: 0.0}  # what the proxy really adds, by what it was asked to
        self.proxy = folder / "delay"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()

    def options(self, round_trip_us):
        """What `penstock run` is told so that its calls take that round trip; 0 is the pool's own server."""
        if round_trip_us not in self.names:
            self.names[round_trip_us] = "local" if round_trip_us == 0 else self._start(round_trip_us)
        return ["--server", self.names[round_trip_us]]

    def _start(self, round_trip_us):
        name = f"delayed-{round_trip_us}-us"
        address = f"127.0.0.{2 + len(self.processes)}"
        state = pathlib.Path(os.environ["PENSTOCK_LOCAL"]) / name
        state.mkdir(mode=0o700)
        port = _free_ports(address, 2 + WORKERS)
        self._proxy(round_trip_us, address, port)
        self._enrol(name, state)
        settings = f"advertise: {address}\nworker-port-min: {port + 1}\nworker-port-max: {port + WORKERS}\n"
        (state / "gpu-server.yaml").write_text(settings)
        serve = ["penstock-gpu-server", "serve", "--state", state, "--gpus", self.gpus, "--address", "127.0.0.1", "--port", port]
        self._background(name, serve)
        _wait_until(lambda: (state / "endpoint.json").exists(), f"{name} listens")
        _wait_until(lambda: name in _servers(), f"the appliance knows {name}")
        return name

    def _proxy(self, round_trip_us, address, port):
        if not self.proxy.exists():
            subprocess.run(["gcc", "-std=c11", "-O2", "-pthread", "-o", self.proxy, PROXY], check=True)
        echo = trips.serve_echo()
        ports = [*range(port, port + 1 + WORKERS), f"{port + 1 + WORKERS}:{echo}"]
        self._background(f"proxy-{round_trip_us}-us", [self.proxy, round_trip_us, address, "127.0.0.1", *ports])
        _wait_until(lambda: _answers(address, port + 1 + WORKERS), "the proxy listens")
        through = trips.median_us(address, port + 1 + WORKERS)
        self.measured_us[round_trip_us] = through - trips.median_us("127.0.0.1", echo)

    def _enrol(self, name, state):
        appliance = pathlib.Path(os.environ["PENSTOCK_LOCAL"]) / "appliance"
        make = ["penstock-appliance", "token", "create", "--kind", "server", "--name", name, "--state", appliance, "--quiet"]
        token = subprocess.run(make, check=True, capture_output=True, text=True).stdout.strip()
        enrol = ["penstock-gpu-server", "enroll", "--name", name, "--state", state, os.environ["PENSTOCK_URL"], token]
        subprocess.run(enrol, check=True, capture_output=True, text=True)

    def _background(self, name, command):
        log = open(self.folder / f"{name}.log", "ab")
        self.processes.append(subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log))


def _servers():
    """Names of the servers whose GPUs can be leased."""
    done = subprocess.run(["penstock", "list", "--json"], check=True, capture_output=True, text=True)
    return [gpu["server"] for gpu in json.loads(done.stdout)["gpus"]]


def _answers(address, port):
    with socket.socket() as probe:
        return probe.connect_ex((address, port)) == 0


def _free_ports(address, count):
    """The first of `count` ports in a row that are free on that address and on 127.0.0.1."""
    for first in range(21000, 32000, count):
        try:
            for port in range(first, first + count):
                for host in (address, "127.0.0.1"):
                    with socket.socket() as probe:
                        probe.bind((host, port))
            return first
        except OSError:
            continue
    raise RuntimeError(f"no {count} free ports in a row on {address}")


def _wait_until(condition, what):
    deadline = time.monotonic() + READY_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not within {READY_SECONDS} s: {what}")
        time.sleep(0.2)
