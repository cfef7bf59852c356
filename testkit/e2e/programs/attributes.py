"""Sets a kernel differently on two GPUs; each must answer, launch and count for itself, as driver 580 does on two H100."""

import ctypes

from cuda import VECTOR_ADD, Cuda, say

SHARED = 8  # CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
DEFAULT = 48 << 10
INVALID_VALUE, INVALID_DEVICE, INVALID_HANDLE = 1, 101, 400


class Program(Cuda):
    def __init__(self):
        super().__init__()
        self.contexts = [self.context, ctypes.c_void_p()]
        self.call("cuDevicePrimaryCtxRetain", ctypes.byref(self.contexts[1]), 1)
        library, self.kernel = ctypes.c_void_p(), ctypes.c_void_p()
        self.call("cuLibraryLoadData", ctypes.byref(library), VECTOR_ADD, None, None, 0, None, None, 0)
        self.call("cuLibraryGetKernel", ctypes.byref(self.kernel), library, b"add")

    def enter(self, device):
        self.call("cuCtxSetCurrent", self.contexts[device])

    def number(self, name, *arguments):
        value = ctypes.c_int()
        self.call(name, ctypes.byref(value), *arguments)
        return value.value

    def limits(self):
        """The kernel's limit on each device."""
        return [self.number("cuKernelGetAttribute", SHARED, self.kernel, device) for device in (0, 1)]

    def set(self, value, device):
        self.call("cuKernelSetAttribute", SHARED, value, self.kernel, device)

    def function_in(self, device):
        self.enter(device)
        function = ctypes.c_void_p()
        self.call("cuKernelGetFunction", ctypes.byref(function), self.kernel)
        return function

    def limit(self, function):
        return self.number("cuFuncGetAttribute", SHARED, function)

    def launched(self, device, shared):
        """The result of a launch of the kernel, of no thread that does anything."""
        self.enter(device)
        zero = ctypes.c_uint64(0)
        pointers = (ctypes.c_void_p * 4)(*[ctypes.cast(ctypes.pointer(zero), ctypes.c_void_p)] * 4)
        result = self.code("cuLaunchKernel", self.kernel, 1, 1, 1, 1, 1, 1, shared, None, pointers, None)
        self.synchronize()
        return result

    def blocks(self, device, shared):
        self.enter(device)
        name = "cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags"
        return self.number(name, self.kernel, 128, ctypes.c_size_t(shared), 0)


def expect(what, found, expected):
    if found != expected:
        raise AssertionError(f"{what}: {found}, not {expected}")


program = Program()
expect("before", program.limits(), [DEFAULT, DEFAULT])
program.set(60_000, 1)
expect("set on device 1", program.limits(), [DEFAULT, 60_000])
expect("launches", [program.launched(d, 60_000) for d in (0, 1)], [INVALID_VALUE, 0])
program.set(100_000, 0)
expect("set on both", program.limits(), [100_000, 60_000])
functions = [program.function_in(device) for device in (0, 1)]
expect("functions", [program.limit(f) for f in functions], [100_000, 60_000])
expect("launches", [program.launched(d, 90_000) for d in (0, 1)], [0, INVALID_VALUE])
expect("launches", [program.launched(d, 60_000) for d in (0, 1)], [0, 0])
for _ in range(2):
    expect("blocks that fit", [program.blocks(d, 90_000) > 0 for d in (0, 1)], [True, False])
program.call("cuFuncSetAttribute", functions[0], SHARED, 50_000)
program.set(70_000, 0)
expect("a function that was set", program.limit(functions[0]), 50_000)
expect("its kernel", program.limits(), [70_000, 60_000])
expect("launches", [program.launched(d, 60_000) for d in (0, 1)], [INVALID_VALUE, 0])
expect("no such device", program.code("cuKernelSetAttribute", SHARED, 1, program.kernel, 2), INVALID_DEVICE)
expect("a kernel as a function", program.code("cuFuncSetAttribute", program.kernel, SHARED, 1), INVALID_HANDLE)
say("each GPU has its own")
