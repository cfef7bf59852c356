"""Cases of mbarrier objects: what a thread sees of a phase after each arrival, and copies that arrive when they are done."""

from case import Case, place, words
from inputs import Draw

LANES = 32
EXPECTED = 5
TURNS = 14


def case(form):
    """The form's case, or None where it is not of this kind."""
    if form.words[0] == "mbarrier":
        return counted(form) if "pending_count" in form.words else traced(form)
    return copied(form) if form.has("cp", "mbarrier") else None


def addressed(form):
    """An object's address as the form takes it in %a3, as the others take it in %a2."""
    text = ".shared .align 8 .b64 box[2];\nmov.u64 %a2, box; add.u64 %a2, %a2, 8; mov.u64 %a3, %a2;\n"
    return text + ("" if any(word.startswith("shared") for word in form.words) else "cvta.shared.u64 %a3, %a2;\n")


def traced(form):
    """One thread: the form once or in each turn, then an arrival a turn, with what either way of asking says."""
    operation = form.words[1]
    opening = "mbarrier.init.shared.b64 [%a2], %r0;\n"
    once = ""
    if operation == "init":
        opening = f"{form.opcode} [%a3], %r0;\n"
    elif operation == "inval":
        opening += f"mbarrier.arrive.shared.b64 %w0, [%a2]; {form.opcode} [%a3]; mbarrier.init.shared.b64 [%a2], %r0;\n"
    elif operation in ("arrive", "arrive_drop"):
        once = f"{form.opcode} %w0, [%a3]{', 2' if 'noComplete' in form.words else ''};\n" + told("%w0", 0)
    text = addressed(form) + f"ld.global.b32 %r0, [%in]; mov.u64 %a4, %out;\n{opening}{once}"
    for _ in range(TURNS):
        text += "mbarrier.arrive.shared.b64 %w1, [%a2];\n"
        if operation == "test_wait":
            asked = ("0", "1") if "parity" in form.words else ("%w1",)
            for phase in asked:
                text += f"{form.opcode} %p0, [%a3], {phase}; selp.u32 %r1, 1, 0, %p0; st.global.u8 [%a4], %r1; add.u64 %a4, %a4, 1;\n"
        text += told("%w1", 0) + told("%w1", 1)
    return Case(form, text, 256, words([EXPECTED], 4), 1)


def told(state, parity):
    """Whether the phase of a state is over, and that of a parity."""
    text = f"mbarrier.test_wait.shared.b64 %p0, [%a2], {state}; mbarrier.test_wait.parity.shared.b64 %p1, [%a2], {parity};\n"
    text += "selp.u32 %r1, 1, 0, %p0; selp.u32 %r2, 1, 0, %p1; st.global.u8 [%a4], %r1; st.global.u8 [%a4+1], %r2;\n"
    return text + "add.u64 %a4, %a4, 2;\n"


def counted(form):
    """What was pending before each of several arrivals that do not end the phase."""
    text = ".shared .align 8 .b64 box[1];\nmov.u64 %a2, box; mbarrier.init.shared.b64 [%a2], 100;\n"
    for number, arrivals in enumerate((1, 7, 30, 2, 59)):
        drop = "_drop" if number % 2 else ""
        text += f"mbarrier.arrive{drop}.noComplete.shared.b64 %w0, [%a2], {arrivals}; {form.opcode} %r0, %w0; st.global.u32 [%out+{4 * number}], %r0;\n"
    return Case(form, text, 20, threads=1)


def copied(form):
    """Each lane waits for the copies of all, then reads another's."""
    expected = 2 * LANES if "noinc" in form.words else LANES
    text = addressed(form) + ".shared .align 16 .b8 bytes[512];\nsetp.ne.u32 %p0, %t, 0; @%p0 bra L_ready;\n"
    text += f"mbarrier.init.shared.b64 [%a2], {expected};\nL_ready: bar.sync 0; mov.u64 %a5, bytes;\n"
    text += place("%a6", "%a5", "%t", 16) + "\n" + place("%a7", "%in", "%t", 16) + "\n" + place("%a8", "%out", "%t", 4) + "\n"
    text += f"cp.async.cg.shared.global [%a6], [%a7], 16; {form.opcode} [%a3]; mbarrier.arrive.shared.b64 %w0, [%a2];\n"
    text += "L_wait: mbarrier.test_wait.shared.b64 %p1, [%a2], %w0; @!%p1 bra L_wait;\nxor.b32 %r0, %t, 9;\n"
    text += place("%a6", "%a5", "%r0", 16) + " ld.shared.b32 %r1, [%a6+8]; st.global.b32 [%a8], %r1;\n"
    return Case(form, text, 4 * LANES, Draw(form.name).bytes(16 * LANES), LANES)
