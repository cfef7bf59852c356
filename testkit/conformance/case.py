"""A case: one form's kernel with its inputs. Several cases make a module, and each is launched by itself."""

import dataclasses
import hashlib
import struct

HEAD = ".version 8.2\n.target sm_80\n.address_size 64\n"
# What `out` holds before the launch, so that a store that is too wide shows.
FILL = 0xA5

ENTRY = """.visible .entry %s(.param .u64 in, .param .u64 out, .param .u64 objects, .param .align 16 .b8 given[64])
{
.reg .pred %%p<16>; .reg .b16 %%h<32>; .reg .b32 %%r<64>; .reg .b64 %%w<48>; .reg .b64 %%in, %%out, %%objects, %%a<16>; .reg .b32 %%t, %%i, %%x<16>;
.reg .f32 %%f<16>;
ld.param.u64 %%in, [in]; ld.param.u64 %%out, [out]; ld.param.u64 %%objects, [objects];
mov.u32 %%t, %%tid.x; mov.u32 %%x0, %%ctaid.x; mov.u32 %%x1, %%ntid.x; mad.lo.u32 %%i, %%x0, %%x1, %%t;
%s
ret;
}
"""


@dataclasses.dataclass
class Case:
    """Bytes in and bytes out of one kernel. `body` and `around` may name the kernel by KERNEL."""

    form: object
    body: str
    out_bytes: int
    inputs: bytes = b""
    threads: int = 32
    blocks: int = 1
    # The type of the answer's values, for those that compare: a PTX type, or "bytes".
    result: str = "bytes"
    # Module-level text: constants and functions of this kernel.
    around: str = ""
    given: bytes = b""
    # Textures and surfaces whose handles the kernel finds at `objects`.
    objects: tuple = ()

    def text(self, kernel):
        """The kernel under a name, as PTX without the module's head."""
        return self.around.replace("KERNEL", kernel) + ENTRY % (kernel, self.body.replace("KERNEL", kernel))

    @property
    def digest(self):
        """Of everything that decides the answer: a vector whose digest differs was made for another kernel."""
        whole = hashlib.sha256(self.text("k").encode())
        for part in (self.inputs, self.given, repr(self.objects).encode(), f"{self.threads} {self.blocks} {self.out_bytes}".encode()):
            whole.update(struct.pack("<Q", len(part)) + part)
        return whole.hexdigest()[:16]


def module(cases):
    """One module of several cases, whose kernels are k0, k1, …"""
    return HEAD + "".join(case.text(f"k{i}") for i, case in enumerate(cases))


def words(values, size=8):
    """Values as little-endian words of so many bytes."""
    mask = (1 << 8 * size) - 1
    return b"".join((value & mask).to_bytes(size, "little") for value in values)


def place(register, base, index, stride):
    """register = base + index * stride"""
    return f"mul.wide.u32 {register}, {index}, {stride}; add.u64 {register}, {register}, {base};"
