"""nvidia-smi and NVML show the leased GPU: its name, its memory, one device."""

import ctypes
import os
import subprocess

from shown import told

lease = int(os.environ.get("LEASE_MIB", "0"))


def smi(*arguments):
    done = subprocess.run(["nvidia-smi", *arguments], capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.strip() if done.returncode == 0 else f"status {done.returncode}: {done.stdout.strip().splitlines()[:1]}"


told("nvidia-smi by itself ends well", lambda: "NVIDIA-SMI" in smi() and "Driver Version" in smi())
told("devices of nvidia-smi -L", lambda: len(smi("-L").splitlines()))
told("name", lambda: smi("--query-gpu=name", "--format=csv,noheader"))
told("memory", lambda: lease in (0, int(smi("--query-gpu=memory.total", "--format=csv,noheader,nounits"))))
told("driver", lambda: smi("--query-gpu=driver_version", "--format=csv,noheader"))


class Memory(ctypes.Structure):
    _fields_ = [("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong)]


def memory():
    library, device, found = ctypes.CDLL("libnvidia-ml.so.1"), ctypes.c_void_p(), Memory()
    codes = [library.nvmlInit_v2(), library.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(device))]
    codes.append(library.nvmlDeviceGetMemoryInfo(device, ctypes.byref(found)))
    return codes, lease in (0, found.total >> 20), found.used + found.free <= found.total


told("NVML's memory", memory)
