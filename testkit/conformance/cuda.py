"""The calls of the CUDA driver API that run cases, by ctypes: no package is needed where there is a driver."""

import ctypes
import os
import threading

from images import LAYERED, SURFACE

SIZE, U64, U32 = ctypes.c_size_t, ctypes.c_uint64, ctypes.c_uint
LOG_BYTES = 8192
INFO_LOG, INFO_LOG_SIZE, ERROR_LOG, ERROR_LOG_SIZE = 3, 4, 5, 6
HOST, ARRAY = 1, 3
RESOURCE_ARRAY, RESOURCE_LINEAR = 0, 2
NOT_READY = 600
PATIENCE_SECONDS = 20


class Refused(Exception):
    """A call that did not answer CUDA_SUCCESS."""

    def __init__(self, call, code, log=""):
        super().__init__(f"{call} answers {code}" + (f": {log}" if log else ""))
        self.code, self.log = code, log


class ArrayDescriptor(ctypes.Structure):
    _fields_ = [("width", SIZE), ("height", SIZE), ("depth", SIZE), ("format", U32), ("channels", U32), ("flags", U32)]


class Side(ctypes.Structure):
    _fields_ = [
        ("x", SIZE), ("y", SIZE), ("z", SIZE), ("lod", SIZE), ("type", U32), ("host", ctypes.c_void_p), ("device", U64),
        ("array", ctypes.c_void_p), ("reserved", ctypes.c_void_p), ("pitch", SIZE), ("height", SIZE),
    ]  # fmt: skip


class Copy(ctypes.Structure):
    _fields_ = [("source", Side), ("target", Side), ("width", SIZE), ("height", SIZE), ("depth", SIZE)]


class Linear(ctypes.Structure):
    _fields_ = [("address", U64), ("format", U32), ("channels", U32), ("bytes", SIZE)]


class Of(ctypes.Union):
    _fields_ = [("array", ctypes.c_void_p), ("linear", Linear), ("reserved", ctypes.c_int * 32)]


class Resource(ctypes.Structure):
    _fields_ = [("type", U32), ("of", Of), ("flags", U32)]


class Sampling(ctypes.Structure):
    _fields_ = [
        ("modes", U32 * 3), ("filter", U32), ("flags", U32), ("anisotropy", U32), ("mipmap_filter", U32), ("bias", ctypes.c_float),
        ("least", ctypes.c_float), ("most", ctypes.c_float), ("border", ctypes.c_float * 4), ("reserved", ctypes.c_int * 12),
    ]  # fmt: skip


class Gpu:
    """The first GPU and a context on it."""

    def __init__(self, library="libcuda.so.1"):
        self.library = ctypes.CDLL(library)
        self.call("cuInit", U32(0))
        self.device = ctypes.c_int()
        self.call("cuDeviceGet", ctypes.byref(self.device), ctypes.c_int(0))
        context = ctypes.c_void_p()
        self.call("cuDevicePrimaryCtxRetain", ctypes.byref(context), self.device)
        self.call("cuCtxSetCurrent", context)

    def call(self, name, *arguments):
        code = getattr(self.library, name)(*arguments)
        if code:
            raise Refused(name, code)

    def describe(self):
        """The GPU's name, its compute capability and the driver's version."""
        name, version = ctypes.create_string_buffer(256), ctypes.c_int()
        self.call("cuDeviceGetName", name, ctypes.c_int(256), self.device)
        self.call("cuDriverGetVersion", ctypes.byref(version))
        capability = []
        for attribute in (75, 76):
            value = ctypes.c_int()
            self.call("cuDeviceGetAttribute", ctypes.byref(value), ctypes.c_int(attribute), self.device)
            capability.append(value.value)
        return name.value.decode(), "{}.{}".format(*capability), f"{version.value // 1000}.{version.value % 1000 // 10}"

    def load(self, text):
        """A module from PTX; Refused carries the compiler's log."""
        module = ctypes.c_void_p()
        log = ctypes.create_string_buffer(LOG_BYTES)
        options = (ctypes.c_int * 2)(ERROR_LOG, ERROR_LOG_SIZE)
        values = (ctypes.c_void_p * 2)(ctypes.addressof(log), LOG_BYTES)
        code = self.library.cuModuleLoadDataEx(ctypes.byref(module), ctypes.c_char_p(text.encode()), U32(2), options, values)
        if code:
            raise Refused("cuModuleLoadDataEx", code, log.value.decode(errors="replace"))
        return module

    def unload(self, module):
        self.call("cuModuleUnload", module)

    def allocate(self, size):
        address = U64()
        self.call("cuMemAlloc_v2", ctypes.byref(address), SIZE(max(size, 256)))
        return address

    def upload(self, address, data):
        if data:
            self.call("cuMemcpyHtoD_v2", address, ctypes.c_char_p(data), SIZE(len(data)))

    def run(self, module, kernel, case, memory):
        """Launches a case and returns its answer."""
        function = ctypes.c_void_p()
        self.call("cuModuleGetFunction", ctypes.byref(function), module, kernel.encode())
        self.upload(memory.input, case.inputs)
        self.call("cuMemsetD8_v2", memory.output, ctypes.c_ubyte(0xA5), SIZE(max(case.out_bytes, 16)))
        made = [MadeImage(self, image) for image in case.objects]
        try:
            self.upload(memory.objects, b"".join(one.handle.value.to_bytes(8, "little") for one in made))
            given = ctypes.create_string_buffer(case.given.ljust(64, b"\0"), 64)
            parameters = (ctypes.c_void_p * 4)(*map(ctypes.addressof, (memory.input, memory.output, memory.objects, given)))
            grid = [U32(size) for size in (case.blocks, 1, 1, case.threads, 1, 1, 0)]
            self.call("cuLaunchKernel", function, *grid, None, parameters, None)
            self.wait()
            answer = ctypes.create_string_buffer(max(case.out_bytes, 1))
            if case.out_bytes:
                self.call("cuMemcpyDtoH_v2", answer, memory.output, SIZE(case.out_bytes))
            return answer.raw[: case.out_bytes] + b"".join(one.texels() for one in made if one.image.surface)
        finally:
            for one in made:
                one.close()

    def wait(self):
        """For the work of the default stream; a kernel that does not end takes the process with it."""
        watch = threading.Timer(PATIENCE_SECONDS, lambda: os._exit(86))
        watch.start()
        try:
            self.call("cuCtxSynchronize")
        finally:
            watch.cancel()


class Memory:
    """Buffers large enough for all cases."""

    def __init__(self, gpu, cases):
        self.input = gpu.allocate(max(len(case.inputs) for case in cases))
        self.output = gpu.allocate(max(case.out_bytes for case in cases))
        self.objects = gpu.allocate(8 * max(len(case.objects) for case in cases))


class MadeImage:
    """A texture or a surface with its array, or its linear memory."""

    def __init__(self, gpu, image):
        self.gpu, self.image = gpu, image
        self.handle, self.array, self.memory = U64(), ctypes.c_void_p(), None
        resource = Resource()
        if image.linear_memory:
            self.memory = gpu.allocate(len(image.texels))
            gpu.upload(self.memory, image.texels)
            resource.type = RESOURCE_LINEAR
            resource.of.linear = Linear(self.memory.value, image.format, image.channels, len(image.texels))
        else:
            flags = (LAYERED if image.layered else 0) | (SURFACE if image.surface else 0)
            descriptor = ArrayDescriptor(*image.size, image.format, image.channels, flags)
            gpu.call("cuArray3DCreate_v2", ctypes.byref(self.array), ctypes.byref(descriptor))
            self.copy(ctypes.create_string_buffer(image.texels, len(image.texels)), True)
            resource.of.array = self.array
        if image.surface:
            gpu.call("cuSurfObjectCreate", ctypes.byref(self.handle), ctypes.byref(resource))
        else:
            mode, linear, sampling_flags = image.sampling
            sampling = Sampling(modes=(U32 * 3)(mode, mode, mode), filter=linear, flags=sampling_flags)
            sampling.border = (ctypes.c_float * 4)(*image.border)
            gpu.call("cuTexObjectCreate", ctypes.byref(self.handle), ctypes.byref(resource), ctypes.byref(sampling), None)

    def copy(self, buffer, up):
        width, height, depth = self.image.row_bytes, max(self.image.size[1], 1), max(self.image.size[2], 1)
        host = Side(type=HOST, host=ctypes.addressof(buffer), pitch=width, height=height)
        array = Side(type=ARRAY, array=self.array)
        copy = Copy(host if up else array, array if up else host, width, height, depth)
        self.gpu.call("cuMemcpy3D_v2", ctypes.byref(copy))

    def texels(self):
        buffer = ctypes.create_string_buffer(len(self.image.texels))
        self.copy(buffer, False)
        return buffer.raw

    def close(self):
        self.gpu.call("cuSurfObjectDestroy" if self.image.surface else "cuTexObjectDestroy", self.handle)
        if self.memory is None:
            self.gpu.call("cuArrayDestroy", self.array)
        else:
            self.gpu.call("cuMemFree_v2", self.memory)
