"""The delaying proxy: how long it holds bytes, that it keeps their order, that it does not throttle, and how its connections end."""

import hashlib
import os
import pathlib
import random
import socket
import statistics
import subprocess
import tempfile
import threading
import time
import unittest

SOURCE = pathlib.Path(__file__).resolve().parent / "delay.c"
TRIPS = 60
STREAM_BYTES = 512 << 20
CHUNK_BYTES = 1 << 20
LEAST_PART = 0.15  # of a direct stream, where its two threads share two cores with both ends


class Peer(threading.Thread):
    """Listens on a port of its own and hands its one connection to `serve`."""

    def __init__(self, serve):
        super().__init__(daemon=True)
        self.serve = serve
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        connection, _ = self.listener.accept()
        with connection, self.listener:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.serve(connection)


def echo(connection):
    while data := connection.recv(1 << 16):
        connection.sendall(data)


class Delay(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.program = pathlib.Path(folder.name) / "delay"
        flags = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread"]
        subprocess.run(["gcc", *flags, "-o", cls.program, SOURCE], check=True)

    def through(self, round_trip_us, serve):
        """A connection through a proxy to a peer that serves it; None for one without a proxy."""
        peer = Peer(serve)
        if round_trip_us is None:
            return self.connected(peer.port)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        proxy = subprocess.Popen(
            [self.program, str(round_trip_us), "127.0.0.1", "127.0.0.1", f"{port}:{peer.port}"], stdout=subprocess.PIPE, text=True
        )
        self.addCleanup(proxy.stdout.close)
        self.addCleanup(proxy.wait)
        self.addCleanup(proxy.terminate)
        self.assertEqual("ready", proxy.stdout.readline().strip())
        return self.connected(port)

    def connected(self, port):
        connection = socket.create_connection(("127.0.0.1", port))
        self.addCleanup(connection.close)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def quick_trip_us(self, round_trip_us):
        connection = self.through(round_trip_us, echo)
        times = []
        for _ in range(TRIPS):
            started = time.perf_counter()
            connection.sendall(b"x" * 64)
            connection.recv(64)
            times.append((time.perf_counter() - started) * 1e6)
        return statistics.quantiles(times, n=10)[0]

    def test_each_round_trip_takes_what_was_asked_for(self):
        own = self.quick_trip_us(0)
        print(f"through the proxy without a delay: {own:.0f} us")
        for asked in (1000, 10_000):
            took = self.quick_trip_us(asked)
            print(f"with {asked} us asked for: {took:.0f} us")
            self.assertGreaterEqual(took, asked)
            self.assertLess(took, asked * 1.1 + own + 300)

    def test_bytes_keep_their_order_and_none_is_lost(self):
        connection = self.through(2000, echo)
        numbers = random.Random(1)
        sent, received = hashlib.sha256(), hashlib.sha256()

        def send():
            for _ in range(300):
                data = numbers.randbytes(numbers.randrange(1, 200_000))
                sent.update(data)
                connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        while data := connection.recv(1 << 20):
            received.update(data)
        sender.join()
        self.assertEqual(sent.hexdigest(), received.hexdigest())

    def test_a_stream_is_not_throttled(self):
        arrived = threading.Event()

        def swallow(connection):
            buffer, left = bytearray(CHUNK_BYTES), STREAM_BYTES
            while left > 0:
                left -= connection.recv_into(buffer)
            arrived.set()

        def rate(connection):
            chunk = os.urandom(CHUNK_BYTES)
            arrived.clear()
            started = time.perf_counter()
            for _ in range(STREAM_BYTES // CHUNK_BYTES):
                connection.sendall(chunk)
            self.assertTrue(arrived.wait(60))
            return STREAM_BYTES / (time.perf_counter() - started) / 1e9

        direct, delayed = rate(self.through(None, swallow)), rate(self.through(1000, swallow))
        print(f"one stream: {direct:.2f} GB/s directly, {delayed:.2f} GB/s with 1 ms of round trip")
        self.assertGreater(delayed, direct * LEAST_PART)

    def test_a_connection_that_breaks_behind_it_ends_before_it(self):
        connection = self.through(1000, lambda behind: behind.recv(1))
        connection.sendall(b"x" * 100)
        connection.settimeout(10)
        try:
            self.assertEqual(b"", connection.recv(1))
        except ConnectionResetError:
            pass


if __name__ == "__main__":
    unittest.main()
