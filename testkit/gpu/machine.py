"""What a result was measured on: GPU, driver, libraries, Penstock's version and commit, date."""

import datetime
import importlib.metadata
import os
import pathlib
import platform
import subprocess

LIBRARIES = ("torch", "torchvision", "transformers", "triton", "jax", "cupy-cuda13x", "cupy-cuda12x", "numba", "nvidia-ml-py", "numpy")


def describe(penstock):
    """A record that goes with every result."""
    gpu, driver = _gpu()
    return {
        "date": datetime.date.today().isoformat(),
        "gpu": gpu,
        "driver": driver,
        "cores": os.cpu_count(),
        "kernel": ".".join(platform.release().split(".")[:2]),
        "python": platform.python_version(),
        "libraries": dict(filter(None, map(_version, LIBRARIES))),
        "penstock": _first_line([penstock, "version"]),
        "commit": _commit(),
    }


def _gpu():
    fields = _first_line(["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]).split(", ")
    return (fields[0], fields[1]) if len(fields) == 2 else ("no NVIDIA GPU", "none")


def _version(library):
    try:
        return library, importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return None


def _commit():
    """Of the checkout; a copy without history is told by BENCH_COMMIT."""
    told = os.environ.get("BENCH_COMMIT")
    here = str(pathlib.Path(__file__).resolve().parent)
    return told or _first_line(["git", "-C", here, "rev-parse", "--short=12", "HEAD"]) or "unknown"


def _first_line(command):
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return ""
    return done.stdout.strip().splitlines()[0] if done.returncode == 0 and done.stdout.strip() else ""
