"""What programs see of the driver around the software GPU: `text`, `contexts`, `destroy` or `leave`."""

import ctypes
import sys

from cuda import Cuda, say

TEXT = b"""
.version 7.0
.target sm_80
.address_size 64
.extern .func (.param .b32 printed) vprintf(.param .b64 format, .param .b64 arguments);
.extern .func __assertfail(.param .b64 message, .param .b64 file, .param .b32 line, .param .b64 function, .param .b64 bytes);
.global .align 1 .b8 text[13] = {104, 101, 108, 108, 111, 32, 116, 104, 101, 114, 101, 10, 0};
.global .align 1 .b8 message[9] = {105, 32, 60, 32, 108, 105, 109, 105, 0};
.global .align 1 .b8 file[5] = {97, 46, 99, 117, 0};
.global .align 1 .b8 name[2] = {107, 0};
.visible .entry print()
{
    .local .align 8 .b8 none[8];
    .reg .b64 %rd<5>;
    mov.u64 %rd1, text;
    cvta.global.u64 %rd2, %rd1;
    mov.u64 %rd3, none;
    cvta.local.u64 %rd4, %rd3;
    {
        .param .b64 p0; .param .b64 p1; .param .b32 r;
        st.param.b64 [p0], %rd2; st.param.b64 [p1], %rd4;
        call.uni (r), vprintf, (p0, p1);
    }
    ret;
}
.visible .entry insist()
{
    .reg .b64 %rd<8>;
    mov.u64 %rd1, message; cvta.global.u64 %rd2, %rd1;
    mov.u64 %rd3, file; cvta.global.u64 %rd4, %rd3;
    mov.u64 %rd5, name; cvta.global.u64 %rd6, %rd5;
    mov.u64 %rd7, 1;
    {
        .param .b64 p0; .param .b64 p1; .param .b32 p2; .param .b64 p3; .param .b64 p4;
        st.param.b64 [p0], %rd2; st.param.b64 [p1], %rd4; st.param.b32 [p2], 7;
        st.param.b64 [p3], %rd6; st.param.b64 [p4], %rd7;
        call.uni __assertfail, (p0, p1, p2, p3, p4);
    }
    ret;
}
"""
REFUSED = b".version 7.0\n.target sm_80\n.address_size 64\n.visible .entry k() { frobnicate.u32 %r1; }\n"


def text(cuda):
    """Prints, has PTX refused twice, and fails two assertions."""
    module = ctypes.c_void_p()
    for _ in range(2):
        say(f"refused with {cuda.code('cuModuleLoadData', ctypes.byref(module), REFUSED)}")
    cuda.launch(cuda.function("print", TEXT), 1, 1)
    cuda.synchronize()
    cuda.launch(cuda.function("insist", TEXT), 1, 2)
    say(f"asserted: {cuda.code('cuCtxSynchronize')}")


def second_context(cuda):
    context = ctypes.c_void_p()
    cuda.call("cuCtxCreate_v2", ctypes.byref(context), 0, 0)
    return context


def contexts(cuda):
    """Ruins a second context and goes on in the first and in a third one."""
    doomed = second_context(cuda)
    cuda.launch(cuda.function("wild"), 1, 1)
    say(f"doomed: {cuda.code('cuCtxSynchronize')} {cuda.code('cuCtxSynchronize')}")
    cuda.call("cuCtxSetCurrent", cuda.context)
    cuda.upload(cuda.alloc(64), bytes(64))
    say(f"first: {cuda.code('cuCtxSynchronize')}")
    say(f"destroyed: {cuda.code('cuCtxDestroy_v2', doomed)}")
    second_context(cuda)
    say(f"third: {cuda.code('cuCtxSynchronize')}")


def endless(cuda):
    """A kernel that waits for a word that nobody writes."""
    spin = cuda.function("spin")
    flag = cuda.alloc(4)
    cuda.call("cuMemsetD32_v2", ctypes.c_uint64(flag), 0, ctypes.c_size_t(1))
    cuda.launch(spin, 4, 64, ctypes.c_uint64(flag))


def destroy(cuda):
    doomed = second_context(cuda)
    endless(cuda)
    say(f"destroyed: {cuda.code('cuCtxDestroy_v2', doomed)}")
    say(f"first: {cuda.code('cuCtxSynchronize')}")


def leave(cuda):
    endless(cuda)
    say("left")


{"text": text, "contexts": contexts, "destroy": destroy, "leave": leave}[sys.argv[1]](Cuda())
