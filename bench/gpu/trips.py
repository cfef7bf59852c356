"""How much longer a round trip is through the proxy than directly, measured where the benchmark runs."""

import socket
import statistics
import threading
import time

TRIPS = 500


def serve_echo():
    """A port of 127.0.0.1 on which everything comes back; for as long as this process lives."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_echo, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


def _echo(connection):
    while data := connection.recv(4096):
        connection.sendall(data)


def median_us(host, port):
    with socket.create_connection((host, port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        times = []
        for _ in range(TRIPS):
            started = time.perf_counter()
            connection.sendall(b"x" * 64)
            connection.recv(64)
            times.append((time.perf_counter() - started) * 1e6)
    return statistics.median(times)
