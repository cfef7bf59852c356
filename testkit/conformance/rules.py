"""Where two answers may differ and both be right; everything else must agree bit for bit.

A rule is no wider than its source, which stands with it: ISA is NVIDIA's "PTX ISA", section 9.7, GUIDE its "CUDA C++
Programming Guide". Where a source bounds an error, the recorded answer is held to the bound as the other one is.
"""

import struct

import atomics
import bounds
import products
import textures
from forms import bits
from inputs import EXPONENTS, is_nan

# ISA, Floating-Point Instructions: single precision returns an unspecified NaN; Half Precision Floating-Point Instructions:
# halves do too. Where .NaN or .relu is said the canonical one is asked for. cvt is among neither.
ARITHMETIC = "add sub mul fma mad div abs neg min max rcp sqrt".split()


def difference(case, recorded, answered):
    """What is wrong with an answer, in words, or None."""
    if recorded == answered:
        return None
    if len(recorded) != len(answered):
        return f"{len(answered)} bytes instead of {len(recorded)}"
    size = size_of(case.result)
    allowed = rule(case)
    for at in range(0, len(recorded), size):
        wanted, given = (int.from_bytes(answer[at : at + size], "little") for answer in (recorded, answered))
        if wanted != given and not allowed(at // size, wanted, given):
            return f"value {at // size} is 0x{given:0{2 * size}x}, the GPU's 0x{wanted:0{2 * size}x}"
    return None


def size_of(kind):
    """The bytes of one value of a result; of pairs, those of one half."""
    return 1 if kind in ("bytes", "pred") else bits(kind.removesuffix("x2")) // 8


def nowhere(number, wanted, given):
    return False


def rule(case):
    """Says of value number i whether an answer that is not the recorded one is right too."""
    root, kind = case.form.words[0], case.result.removesuffix("x2")
    if root == "tex":
        return textures.rule(case) if kind == "f32" else nowhere
    if root in ("atom", "red") and (case.form.has("inc") or case.form.has("dec")):
        return counters
    if kind not in EXPONENTS:
        return nowhere
    if root in ("atom", "red"):
        return unspecified(kind) if case.form.has("add") and kind != "f64" else nowhere
    if root == "mma" or case.form.has("wmma", "mma"):
        return products.rule(case)
    columns = operands(case)
    if case.form.has("approx") or case.form.has("full") or root == "tanh":
        return bounds.rule(case, columns)
    if root not in ARITHMETIC or case.form.has("NaN") or case.form.has("relu"):
        return nowhere
    if kind != "f64":
        return unspecified(kind)
    return several(columns) if root != "neg" else unspecified(kind)


def operands(case):
    """The inputs of a case of elements: a list of bits for each operand."""
    count = case.threads * case.blocks
    values = struct.unpack(f"<{len(case.inputs) // 8}Q", case.inputs)
    return [values[at : at + count] for at in range(0, len(values), count)]


def unspecified(kind):
    """Any NaN for any other. For neg of doubles too: ISA, neg."""
    return lambda number, wanted, given: is_nan(kind, wanted) and is_nan(kind, given)


def several(columns):
    """ISA, Floating-Point Instructions: doubles keep the payload of a NaN; of which one, where there are two, is not said."""

    def allowed(number, wanted, given):
        found = {column[number] | 1 << 51 for column in columns if is_nan("f64", column[number])}
        return len(found) > 1 and wanted in found and given in found

    return allowed


def counters(number, wanted, given):
    """ISA, atom: atomic operations on one place come in any order, and what inc and dec with different limits leave tells which."""
    own = 2 * atomics.THREADS
    return number % (own + 2) == own
