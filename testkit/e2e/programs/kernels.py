"""Launches kernels that were found in other ways than by name in a module: before there was a context, as the CUDA runtime
does it, and by enumeration, as cuFFT does. Each must add two vectors rightly."""

import ctypes

from cuda import VECTOR_ADD, Cuda, add_vectors, say

INVALID_VALUE, INVALID_CONTEXT = 1, 201
NAMES = ["add", "spin", "wild"]


class Program(Cuda):
    """Adds with the kernel that was found instead of the module's own."""

    found = None

    def function(self, name, image=VECTOR_ADD):
        return self.found

    def adds_with(self, kernel):
        self.found = kernel
        add_vectors(self, 1000)

    def parameters(self, call, kernel):
        """(offset, size) of each, or the code with which the driver does not tell the first one."""
        told = []
        offset, size = ctypes.c_size_t(), ctypes.c_size_t()
        while (code := self.code(call, kernel, len(told), ctypes.byref(offset), ctypes.byref(size))) == 0:
            told.append((offset.value, size.value))
        return told if code == INVALID_VALUE else code

    def names(self, call, found):
        text = ctypes.c_char_p()
        told = {}
        for each in found:
            self.call(call, ctypes.byref(text), ctypes.c_void_p(each))
            told[text.value.decode()] = ctypes.c_void_p(each)
        return told

    def enumerated(self, what, owner):
        """What cuModule…Functions or cuLibrary…Kernels names, as handles."""
        count = ctypes.c_uint()
        counting, listing = what
        self.call(counting, ctypes.byref(count), owner)
        found = (ctypes.c_void_p * count.value)()
        self.call(listing, found, count, owner)
        return list(found)


def expect(what, found, expected):
    if found != expected:
        raise AssertionError(f"{what}: {found}, not {expected}")


cuda = Program(start=False)
layout = [(0, 8), (8, 8), (16, 8), (24, 4)]
library, early = ctypes.c_void_p(), ctypes.c_void_p()
cuda.call("cuInit", 0)
cuda.call("cuLibraryLoadData", ctypes.byref(library), VECTOR_ADD, None, None, 0, None, None, 0)
cuda.call("cuLibraryGetKernel", ctypes.byref(early), library, b"add")
expect("its parameters without a context", cuda.parameters("cuKernelGetParamInfo", early), INVALID_CONTEXT)

cuda.context = ctypes.c_void_p()
cuda.call("cuDevicePrimaryCtxRetain", ctypes.byref(cuda.context), 0)
cuda.call("cuCtxSetCurrent", cuda.context)
cuda.adds_with(early)
expect("its parameters in a context", cuda.parameters("cuKernelGetParamInfo", early), layout)
say("a kernel found without a context adds")

module = ctypes.c_void_p()
cuda.call("cuModuleLoadData", ctypes.byref(module), VECTOR_ADD)
functions = cuda.names("cuFuncGetName", cuda.enumerated(("cuModuleGetFunctionCount", "cuModuleEnumerateFunctions"), module))
expect("functions of the module", sorted(functions), NAMES)
expect("parameters of a function", cuda.parameters("cuFuncGetParamInfo", functions["add"]), layout)
cuda.adds_with(functions["add"])
owner = ctypes.c_void_p()
cuda.call("cuFuncGetModule", ctypes.byref(owner), functions["add"])
expect("the module of a function", owner.value, module.value)
say("a function found by enumeration adds")

kernels = cuda.names("cuKernelGetName", cuda.enumerated(("cuLibraryGetKernelCount", "cuLibraryEnumerateKernels"), library))
expect("kernels of the library", sorted(kernels), NAMES)
cuda.adds_with(kernels["add"])
say("a kernel found by enumeration adds")

cuda.call("cuLibraryUnload", library)
events = [ctypes.c_void_p() for _ in range(8)]
for event in events:  # they take the places of the kernels
    cuda.call("cuEventCreate", ctypes.byref(event), 0)
    cuda.call("cuEventRecord", event, None)
cuda.synchronize()
cuda.adds_with(functions["add"])
say("after the library ended, the module's function adds")
