"""Somebody on the network who does not keep to any protocol: what it can send, and to which ports of the product's processes."""

import os
import pathlib
import socket
import ssl
import struct

SECONDS = 15


def frame(length, kind=1):
    """A frame's header (docs/protocol.md, section 1) that claims `length` bytes, followed by a few."""
    return struct.pack("<IHHIIQQ", length, kind, 0, 1, 0, 1, 0) + bytes(16)


MESSAGES = {
    "half a header": frame(64)[:13],
    "a frame that never comes whole": frame(1 << 16),
    "a frame of four gigabytes": frame(0xFFFFFFFF),
    "a frame shorter than its header": frame(3),
    "a bulk ticket of many bytes": b"PNSTBULK" + struct.pack("<Q", 1 << 62) + bytes(64),
    "random bytes": os.urandom(1 << 16),
    "a line of a mebibyte": b"{" * (1 << 20),
    "a line that is not JSON": b"open sesame\n",
    "an HTTP request with a body that never comes": b"POST /v1/enrolments HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
}


def tls(identity=None):
    """A TLS client that trusts anybody and shows the key and certificate of `identity`, a folder, if it is given one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if identity:
        context.load_cert_chain(pathlib.Path(identity) / "key.pem")
    return context


def say(port, message, context=None, patience=None):
    """Connects to the port of this machine, sends the message, and returns what came back before the other end closed; an alert or a reset
    returns nothing. A peer that keeps the connection open without a word is left after `patience` seconds; without patience it raises
    TimeoutError."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=patience or SECONDS) as plain:
        try:
            with context.wrap_socket(plain) if context else plain as connection:
                connection.sendall(message)
                if not context:
                    plain.shutdown(socket.SHUT_WR)
                while more := connection.recv(1 << 16):
                    answer += more
        except TimeoutError:
            if not patience:
                raise
        except OSError:
            pass  # an alert, a reset, or a close while we were still sending
    return answer


def children(pid):
    """The processes that `pid` started and that live."""
    return [int(child) for task in pathlib.Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]


def listening_ports(pid):
    """The TCP ports on which a process listens."""
    inodes = set()
    for descriptor in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            inodes.add(os.readlink(descriptor))
        except OSError:
            continue
    ports = set()
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
                ports.add(int(fields[1].rsplit(":", 1)[1], 16))
    return sorted(ports)
