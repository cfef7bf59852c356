"""Prints the table of ./dev bench path from the figures of one run, with the promises they are held to.

usage: path_table.py FOLDER
"""

import pathlib
import sys


def figures(folder, name):
    lines = pathlib.Path(folder, f"{name}.figures").read_text().splitlines()
    pairs = [line.split() for line in lines]
    return {pair[0]: float(pair[1]) for pair in pairs if len(pair) == 2 and pair[0].islower()}


ROWS = [
    ("launch, on the calling thread (ns)", "launch_ns"),
    ("posted calls a second", "posted_calls_per_s"),
    ("launch + synchronise, median (us)", "launch_and_wait_median_us"),
    ("launch + synchronise, p99 (us)", "launch_and_wait_p99_us"),
    ("DtoH 4 bytes, median (us)", "dtoh_4_bytes_median_us"),
    ("DtoH 4 bytes, p99 (us)", "dtoh_4_bytes_p99_us"),
    ("HtoD 4 bytes, median (us)", "htod_4_bytes_median_us"),
]

COPIES = [("HtoD 256 MiB (GB/s)", "htod_gb_s"), ("DtoH 256 MiB (GB/s)", "dtoh_gb_s")]


def main(folder):
    native, remote = figures(folder, "native"), figures(folder, "remote")
    floor = figures(folder, "tcp") | figures(folder, "tls")
    print()
    print(f"{'the stand-in driver':38} {'native':>14} {'remote':>14}")
    for title, name in ROWS:
        print(f"{title:38} {native[name]:14,.1f} {remote[name]:14,.1f}")
    for title, name in COPIES:
        print(f"{title:38} {'nothing copied':>14} {remote[name]:14,.2f}")
    echo, tls, trip = floor["tcp_echo_median_us"], floor["tls_echo_median_us"], remote["launch_and_wait_median_us"]
    print()
    print(f"where a round trip's {trip:.1f} us go (medians of this run)")
    print(f"  a blocking TCP echo between two C processes       {echo:8.1f}   (p99 {floor['tcp_echo_p99_us']:.1f})")
    print(f"  TLS and two JVMs, beyond that                     {tls - echo:8.1f}   (echo {tls:.1f}, p99 {floor['tls_echo_p99_us']:.1f})")
    print(f"  rings, agent, dispatch and waiter, beyond that    {trip - tls:8.1f}")
    print()
    promise("overhead of a posted launch on its thread", (remote["launch_ns"] - native["launch_ns"]) / 1000, "us", 1.0, "at most")
    promise("round trip over the TCP echo of this run", trip / echo, "x", 3.0, "at most")
    promise("HtoD over the TLS stream of this run", 100 * remote["htod_gb_s"] / floor["tls_stream_gb_s"], "%", 60.0, "at least")
    start = figures(folder, "start")
    promise("penstock run -- true", start["run_true_s"], "s", 1.0, "at most")
    for name, limit in (("agent", 150), ("worker", 150), ("appliance", 400)):
        promise(f"resident memory of the {name}, idle", start[f"{name}_mib"], "MiB", limit, "at most")
    print(f"  (the TLS stream between two JVMs: {floor['tls_stream_gb_s']:.2f} GB/s)")


def promise(what, value, unit, limit, kind):
    kept = value <= limit if kind == "at most" else value >= limit
    print(f"{'kept  ' if kept else 'MISSED'}  {what}: {value:.2f} {unit} ({kind} {limit:g})")


main(sys.argv[1])
