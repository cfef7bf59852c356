"""The CUDA driver API by ctypes, as a program that knows nothing of Penstock would use it."""

import ctypes
import sys

VECTOR_ADD = b"""
.version 7.0
.target sm_80
.address_size 64
.visible .entry add(.param .u64 a, .param .u64 b, .param .u64 out, .param .u32 n)
{
    .reg .pred %p;
    .reg .b32 %r<6>;
    .reg .b64 %rd<8>;
    .reg .f32 %f<4>;
    mov.u32 %r1, %ctaid.x;
    mov.u32 %r2, %ntid.x;
    mov.u32 %r3, %tid.x;
    mad.lo.s32 %r4, %r1, %r2, %r3;
    ld.param.u32 %r5, [n];
    setp.ge.u32 %p, %r4, %r5;
    @%p bra done;
    ld.param.u64 %rd1, [a];
    ld.param.u64 %rd2, [b];
    ld.param.u64 %rd3, [out];
    mul.wide.u32 %rd4, %r4, 4;
    add.u64 %rd5, %rd1, %rd4;
    add.u64 %rd6, %rd2, %rd4;
    add.u64 %rd7, %rd3, %rd4;
    ld.global.f32 %f1, [%rd5];
    ld.global.f32 %f2, [%rd6];
    add.f32 %f3, %f1, %f2;
    st.global.f32 [%rd7], %f3;
done:
    ret;
}
.visible .entry spin(.param .u64 flag)
{
    .reg .pred %p;
    .reg .b32 %r;
    .reg .b64 %rd;
    ld.param.u64 %rd, [flag];
again:
    ld.volatile.global.u32 %r, [%rd];
    setp.eq.u32 %p, %r, 0;
    @%p bra again;
    ret;
}
.visible .entry wild()
{
    .reg .b64 %rd;
    mov.u64 %rd, 16;
    st.global.u32 [%rd], 1;
    ret;
}
"""


class CudaError(Exception):
    """A CUresult other than 0: `code` holds it, `call` the call that returned it."""

    def __init__(self, call, code):
        super().__init__(f"{call} returned {code}")
        self.call, self.code = call, code


class Cuda:
    """libcuda.so.1 as the loader finds it; a call that fails raises CudaError."""

    def __init__(self, start=True):
        self.lib = ctypes.CDLL("libcuda.so.1")
        if start:
            self.call("cuInit", 0)
            self.context = ctypes.c_void_p()
            self.call("cuDevicePrimaryCtxRetain", ctypes.byref(self.context), 0)
            self.call("cuCtxSetCurrent", self.context)

    def code(self, name, *arguments):
        """The CUresult of a call; nothing is raised."""
        return getattr(self.lib, name)(*arguments)

    def call(self, name, *arguments):
        code = self.code(name, *arguments)
        if code != 0:
            raise CudaError(name, code)

    def count(self):
        count = ctypes.c_int()
        self.call("cuDeviceGetCount", ctypes.byref(count))
        return count.value

    def name(self, device=0):
        text = ctypes.create_string_buffer(256)
        self.call("cuDeviceGetName", text, 256, device)
        return text.value.decode()

    def alloc(self, size):
        pointer = ctypes.c_uint64()
        self.call("cuMemAlloc_v2", ctypes.byref(pointer), ctypes.c_size_t(size))
        return pointer.value

    def free(self, pointer):
        self.call("cuMemFree_v2", ctypes.c_uint64(pointer))

    def memory(self):
        """(free, total) bytes of the current context's device."""
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        self.call("cuMemGetInfo_v2", ctypes.byref(free), ctypes.byref(total))
        return free.value, total.value

    def upload(self, pointer, data):
        self.call("cuMemcpyHtoD_v2", ctypes.c_uint64(pointer), bytes(data), ctypes.c_size_t(len(data)))

    def download(self, pointer, size):
        buffer = ctypes.create_string_buffer(size)
        self.call("cuMemcpyDtoH_v2", buffer, ctypes.c_uint64(pointer), ctypes.c_size_t(size))
        return buffer.raw

    def function(self, name, image=VECTOR_ADD):
        module, function = ctypes.c_void_p(), ctypes.c_void_p()
        self.call("cuModuleLoadData", ctypes.byref(module), image)
        self.call("cuModuleGetFunction", ctypes.byref(function), module, name.encode())
        return function

    def launch(self, function, grid, block, *arguments):
        """Launches with arguments given as ctypes values; grid and block in x only."""
        pointers = (ctypes.c_void_p * max(1, len(arguments)))(
            *[ctypes.cast(ctypes.pointer(a), ctypes.c_void_p) for a in arguments]
        )
        self.call("cuLaunchKernel", function, grid, 1, 1, block, 1, 1, 0, None, pointers, None)

    def synchronize(self):
        self.call("cuCtxSynchronize")


def add_vectors(cuda, n=100_000):
    """Adds two vectors of n floats on the GPU and checks every element; raises AssertionError on a wrong one."""
    import array

    a = array.array("f", (i * 0.5 for i in range(n)))
    b = array.array("f", (n - i for i in range(n)))
    buffers = [cuda.alloc(4 * n) for _ in range(3)]
    cuda.upload(buffers[0], a.tobytes())
    cuda.upload(buffers[1], b.tobytes())
    cuda.launch(
        cuda.function("add"), (n + 255) // 256, 256, *[ctypes.c_uint64(p) for p in buffers], ctypes.c_uint32(n)
    )
    cuda.synchronize()
    out = array.array("f")
    out.frombytes(cuda.download(buffers[2], 4 * n))
    wrong = [i for i in range(n) if out[i] != a[i] + b[i]]
    if wrong:
        raise AssertionError(f"{len(wrong)} of {n} sums are wrong, the first at {wrong[0]}: {out[wrong[0]]}")
    for pointer in buffers:
        cuda.free(pointer)


def say(text):
    """One line to standard output, at once: the tests wait for it."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
