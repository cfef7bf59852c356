"""Looks at its lease of two software GPUs through libnvidia-ml.so.1, as monitoring programs and NCCL do, while it computes."""

import ctypes
import os

from cuda import Cuda, say

SUCCESS, NOT_SUPPORTED, NO_PERMISSION, VERSION_MISMATCH = 0, 3, 4, 25
HELD = 8 << 20


class Memory(ctypes.Structure):
    _fields_ = [("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong)]


class Process(ctypes.Structure):
    _fields_ = [("pid", ctypes.c_uint), ("used", ctypes.c_ulonglong), ("gpu", ctypes.c_uint), ("compute", ctypes.c_uint)]


class Temperature(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint), ("sensor", ctypes.c_int), ("temperature", ctypes.c_int)]


class Field(ctypes.Structure):
    _fields_ = [("id", ctypes.c_uint), ("scope", ctypes.c_uint), ("timestamp", ctypes.c_longlong), ("latency", ctypes.c_longlong),
                ("type", ctypes.c_uint), ("result", ctypes.c_uint), ("value", ctypes.c_ulonglong)]


def expect(what, found, expected):
    if found != expected:
        raise AssertionError(f"{what}: {found}, not {expected}")


nvml = ctypes.CDLL("libnvidia-ml.so.1")


def number(name, *arguments):
    """The result, and the unsigned int that was written last."""
    value = ctypes.c_uint(99)
    return getattr(nvml, name)(*arguments, ctypes.byref(value)), value.value


def device(index):
    handle = ctypes.c_void_p()
    expect("a handle", nvml.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(handle)), SUCCESS)
    return handle


def memory(handle):
    found = Memory()
    expect("memory", nvml.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(found)), SUCCESS)
    return found


def processes(handle):
    """The processes that compute on the device."""
    count, found = ctypes.c_uint(8), (Process * 8)()
    expect("processes", nvml.nvmlDeviceGetComputeRunningProcesses_v3(handle, ctypes.byref(count), found), SUCCESS)
    return found[:count.value]


expect("init", nvml.nvmlInit_v2(), SUCCESS)
expect("devices", number("nvmlDeviceGetCount_v2"), (SUCCESS, 2))
devices = [device(0), device(1)]
expect("nobody computes yet", [len(processes(d)) for d in devices], [0, 0])

program = Cuda()
program.alloc(HELD)
[mine] = processes(devices[0])
expect("the process that computes", mine.pid, os.getpid())
expect("holds what it allocated", mine.used >= HELD, True)
expect("as the device says", memory(devices[0]).used, mine.used)
expect("and nothing of the other", len(processes(devices[1])), 0)
expect("the memory is the lease's", (memory(devices[1]).total, memory(devices[1]).used), (program.memory()[1], 0))

for one in devices:
    for other in devices:
        expect("reads reach", number("nvmlDeviceGetP2PStatus", one, other, 0), (SUCCESS, 0))
        expect("writes reach", number("nvmlDeviceGetP2PStatus", one, other, 1), (SUCCESS, 0))
expect("no NVLink", number("nvmlDeviceGetNvLinkState", devices[0], 0)[0], NOT_SUPPORTED)
expect("no sensors", number("nvmlDeviceGetTemperature", devices[0], 0)[0], NOT_SUPPORTED)
expect("nothing measures", number("nvmlDeviceGetMaxPcieLinkGeneration", devices[0])[0], NOT_SUPPORTED)
expect("compute mode", number("nvmlDeviceGetComputeMode", devices[0]), (SUCCESS, 0))
expect("a version that is none", nvml.nvmlDeviceGetTemperatureV(devices[0], ctypes.byref(Temperature())), VERSION_MISMATCH)
field = Field(id=82)
expect("field values", nvml.nvmlDeviceGetFieldValues(devices[0], 1, ctypes.byref(field)), SUCCESS)
expect("of which this is none", field.result, NOT_SUPPORTED)
expect("a setter", nvml.nvmlDeviceSetPersistenceMode(devices[0], 1), NO_PERMISSION)
expect("shutdown", nvml.nvmlShutdown(), SUCCESS)
say("the lease is seen")
