"""Cases of instructions that say where a lane goes on, and of those that leave nothing to compare."""

from case import Case, place, words
from inputs import Draw

LANES = 32
# Executed, so that a GPU's compiler has seen them; but an answer could not tell them from nothing.
EFFECTS = {
    "membar": "orders memory and leaves no value",
    "fence": "orders memory and leaves no value",
    "prefetch": "only a hint",
    "prefetchu": "only a hint",
    "applypriority": "only a hint",
    "discard": "only a hint",
    "nanosleep": "passes time and leaves no value",
    "pmevent": "a mark for profilers that leaves no value",
}


def case(form):
    """The form's case, or None where it is not of this kind."""
    root = form.words[0]
    if root in EFFECTS:
        return effect(form)
    maker = {"bra": branch, "brx": indexed, "call": called, "ret": returned, "exit": returned}.get(root)
    return maker(form) if maker else None


def effect(form):
    operands = {"-": "", "g": "[%a1]", "g, 128": "[%in], 128", "i": "20"}.get(form.operands, "1")
    text = place("%a1", "%in", "%t", 4) + "\n" + place("%a2", "%out", "%t", 4) + "\n"
    return Case(form, text + f"ld.global.b32 %r0, [%a1]; {form.opcode} {operands}; st.global.b32 [%a2], %r0;\n", 128, Draw(form.name).bytes(128))


def branch(form):
    """A loop whose turns differ by lane, or by warp where all lanes must go the same way."""
    uniform = form.words[-1] == "uni"
    text = place("%a2", "%out", "%t", 4) + "\n" + ("mov.u32 %r0, %ctaid.x;" if uniform else "mul.lo.u32 %r0, %t, 7; rem.u32 %r0, %r0, 11;")
    text += " mov.b32 %r1, 1;\nL_turn: setp.eq.u32 %p0, %r0, 0;\n"
    text += f"@%p0 {form.opcode} L_out;\nmad.lo.u32 %r1, %r1, 3, %r0; sub.u32 %r0, %r0, 1; {form.opcode} L_turn;\nL_out: xor.b32 %r1, %r1, %t;\n"
    return Case(form, text + "mul.wide.u32 %a3, %x0, 128; add.u64 %a2, %a2, %a3; st.global.b32 [%a2], %r1;\n", 512, b"", LANES, 4)


def indexed(form):
    text = place("%a2", "%out", "%t", 4) + "\nand.b32 %r0, %t, 3; mov.b32 %r1, 100;\nT_lanes: .branchtargets L_0, L_1, L_2, L_3;\n"
    text += f"{form.opcode} %r0, T_lanes;\n"
    for number in range(4):
        text += f"L_{number}: mad.lo.u32 %r1, %t, {number + 2}, {1000 * number}; bra L_end;\n"
    return Case(form, text + "L_end: st.global.b32 [%a2], %r1;\n", 128, b"", LANES)


FUNCTION = """.func (.reg .b32 y) F_KERNEL(.reg .b32 x)
{
.reg .b32 %r<4>; .reg .pred %p;
and.b32 %r0, x, 1; setp.eq.u32 %p, %r0, 1; mad.lo.u32 y, x, 3, 5;
RETURN
mul.lo.u32 y, y, y;
ret;
}
"""


def called(form):
    """In lanes that differ, within a branch unless all lanes must call."""
    around = FUNCTION.replace("RETURN", "@%p ret;")
    text = place("%a2", "%out", "%t", 4) + "\nmov.b32 %r1, %t; setp.lt.u32 %p1, %t, 20;\n"
    skip = "" if "uni" in form.words else "@!%p1 bra L_after;\n"
    return Case(form, text + skip + f"{form.opcode} (%r1), F_KERNEL, (%t);\nL_after: st.global.b32 [%a2], %r1;\n", 128, b"", LANES, around=around)


def returned(form):
    """Some lanes return early from a function, or end early; of a kernel, the others go on."""
    text = place("%a2", "%out", "%t", 4) + "\nand.b32 %r0, %t, 1; setp.eq.u32 %p1, %r0, 1; mov.b32 %r1, 7;\n"
    if form.opcode == "ret.uni":
        around = FUNCTION.replace("RETURN", "setp.gt.u32 %p, x, 100;\n@%p ret.uni;\n").replace("ret;\n}", "ret.uni;\n}")
        return Case(form, text + "call.uni (%r1), F_KERNEL, (%t); st.global.b32 [%a2], %r1;\n", 128, b"", LANES, around=around)
    return Case(form, text + f"st.global.b32 [%a2], %t;\n@%p1 {form.opcode};\nst.global.b32 [%a2], %r1;\n", 128, b"", LANES)
