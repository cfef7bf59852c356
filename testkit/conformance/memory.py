"""Cases of instructions that move bytes between registers and the state spaces."""

from case import Case, place, words
from forms import bits
from inputs import Draw

LANES = 32
SPACES = ("global", "shared", "local", "const", "param")
WIDE_FLAVOURS = {"h": ("h", "r", "w"), "r": ("r", "w"), "w": ("w",)}
SIZES = {"h": 2, "r": 4, "w": 8}


def case(form):
    """The form's case, or None where it is not of this kind."""
    return MAKERS[form.words[0]](form) if form.words[0] in MAKERS else None


def shape(form):
    """The state space (None: generic addresses), how many values, the type."""
    space = next((word for word in form.words[1:] if word in SPACES), None)
    count = 4 if "v4" in form.words else 2 if "v2" in form.words else 1
    return space, count, form.types[-1]


def areas_of(form, space):
    """The spaces that a form's addresses are tried in; hints are of device memory."""
    hints = any(word.startswith(("L1::", "L2::")) for word in form.words)
    return [space] if space else ["global"] if hints else ["global", "shared", "local"]


def policy(form):
    """Makes the policy that a form with a hint names."""
    return "createpolicy.fractional.L2::evict_last.b64 %w40, 0.5;\n" if "L2::cache_hint" in form.words else ""


def hinted(form):
    return ", %w40" if "L2::cache_hint" in form.words else ""


def policies(form):
    """createpolicy: what is loaded by the policy made."""
    sources = {"w": "", "w, 0.5": ", 0.5", "w, g, r, r": ", [%in], %r0, %r1", "w, w": ", %w41"}[form.operands]
    text = "createpolicy.fractional.L2::evict_first.b64 %w41, 1.0; mov.b32 %r0, 128; mov.b32 %r1, 256;\n"
    text += place("%a1", "%in", "%t", 4) + " " + place("%a2", "%out", "%t", 4) + "\n"
    text += f"{form.opcode} %w40{sources}; ld.global.L2::cache_hint.b32 %r2, [%a1], %w40; st.global.b32 [%a2], %r2;\n"
    return Case(form, text, 4 * LANES, Draw(form.name).bytes(4 * LANES), LANES)


def flavours(kind):
    """The registers that a type may be in: its own, and wider ones for integers."""
    own = {8: "h", 16: "h", 32: "r", 64: "w"}[bits(kind)]
    return (own,) if kind[0] == "f" else WIDE_FLAVOURS[own]


def vector(letter, count, first=0):
    registers = [f"%{letter}{first + i}" for i in range(count)]
    return registers, registers[0] if count == 1 else "{" + ", ".join(registers) + "}"


def moves(load, store, size):
    """Copies `size` bytes in the widest pieces; `load` and `store` are formats of an offset."""
    step = min(size & -size, 8)
    kind, register = {1: ("u8", "%x7"), 2: ("b16", "%h31"), 4: ("b32", "%x7"), 8: ("b64", "%w47")}[step]
    return "".join(f"ld{load % (kind, register, at)} st{store % (kind, at, register)}\n" for at in range(0, size, step))


def loading(form):
    """Every lane loads its own group of values, into each width of register that the type allows."""
    space, count, kind = shape(form)
    group = bits(kind) // 8 * count
    data = data_for(form, kind, LANES * group)
    if space == "param":
        return from_parameters(form, count, kind, group)
    around, text, generic = "", place("%a1", "%in", "%t", group) + "\n", space is None
    areas = areas_of(form, space)
    width = sum(SIZES[letter] for letter in flavours(kind)) * count
    text, at = text + BY_LANES + policy(form), 0
    if space == "const":
        values = ", ".join(str(byte) for byte in data)
        around = f".const .align 16 .b8 C_KERNEL[{len(data)}] = {{{values}}};\n"
    for number, area in enumerate(areas):
        text += filled(area, group, generic)
        for letter in flavours(kind):
            registers, operand = vector(letter, count)
            stored, at = kept(registers, letter, at)
            text += f"{form.opcode} {operand}, [%a3]{hinted(form)};\n" + stored
        if number + 1 < len(areas):
            text += "bar.sync 0;\n"
    return Case(form, text, LANES * width * len(areas), data, LANES, around=around)


def kept(registers, letter, at, lanes=LANES):
    """Stores registers, all lanes' first from `at` on, then all lanes' next; the offset behind them."""
    text = ""
    for register in registers:
        text += f"st.global.b{8 * SIZES[letter]} [{BY_LANE[letter]}+{at}], {register};\n"
        at += lanes * SIZES[letter]
    return text, at


# Where a lane's results of each width begin.
BY_LANE = {"h": "%a8", "r": "%a9", "w": "%a10"}
BY_LANES = "\n".join(place(register, "%out", "%t", SIZES[letter]) for letter, register in BY_LANE.items()) + "\n"


def data_for(form, kind, count):
    """Bytes whose first values have their highest bits set and clear."""
    size = bits(kind) // 8
    edges = [0x80 << 8 * (size - 1), (1 << 8 * size) - 1, 0x7F, 0x80]
    return (words(edges, size) + Draw(form.name).bytes(count))[:count]


def filled(area, group, generic):
    """Brings a lane's group into a space and leaves its address in %a3."""
    if area == "global":
        return "mov.u64 %a3, %a1;\n"
    if area == "const":
        return "mov.u64 %a3, C_KERNEL; mul.wide.u32 %a4, %t, " + f"{group}; add.u64 %a3, %a3, %a4;\n"
    name, size = ("box", LANES * group) if area == "shared" else ("own", LANES * group)
    text = f".{area} .align 16 .b8 {name}[{size}];\n mov.u64 %a3, {name}; mul.wide.u32 %a4, %t, {group}; add.u64 %a3, %a3, %a4;\n"
    text += moves(".global.%s %s, [%%a1+%d];", f".{area}.%s [%%a3+%d], %s;", group) + "bar.sync 0;\n"
    return text + (f"cvta.{area}.u64 %a3, %a3;\n" if generic else "")


def from_parameters(form, count, kind, group):
    """One lane, from constant places of the kernel's last parameter."""
    data = data_for(form, kind, 64)
    text, width = BY_LANES, 0
    for at in range(0, 64, max(group, 8)):
        for letter in flavours(kind):
            registers, operand = vector(letter, count)
            # eight bytes for every value, whatever its register is
            for i, register in enumerate(registers):
                stored, _ = kept([register], letter, width + 8 * i, 1)
                text += (f"{form.opcode} {operand}, [given+{at}];\n" if i == 0 else "") + stored
            width += 8 * count
    return Case(form, text, width, threads=1, given=data)


def storing(form):
    """Every lane stores its own group, with as many bytes behind it that must stay as they were."""
    space, count, kind = shape(form)
    size = bits(kind) // 8
    group = size * count
    if space == "param":
        return to_parameters(form, count, kind, group)
    areas = areas_of(form, space)
    letters, cell = flavours(kind), 2 * group
    data = Draw(form.name).bytes(LANES * 8 * count)
    text = place("%a1", "%in", "%t", 8 * count) + "\n" + place("%a2", "%out", "%t", cell * len(letters) * len(areas)) + "\n" + policy(form)
    for area in areas:
        text += prepared(area, cell * len(letters), space is None)
        for number, letter in enumerate(letters):
            registers, operand = vector(letter, count, 4)
            for i, register in enumerate(registers):
                text += f"ld.global.b{8 * SIZES[letter]} {register}, [%a1+{8 * i}];\n"
            text += f"{form.opcode} [%a3+{number * cell}], {operand}{hinted(form)};\n"
        if area != "global":
            text += "bar.sync 0;\n" + moves(f".{area}.%s %s, [%%a4+%d];", ".global.%s [%%a2+%d], %s;", cell * len(letters))
        text += f"add.u64 %a2, %a2, {cell * len(letters)};\n"
    return Case(form, text, LANES * cell * len(letters) * len(areas), data, LANES)


def prepared(area, size, generic):
    """An area of a space with the fill that global memory has, its address in %a3, and in its own space in %a4."""
    if area == "global":
        return "mov.u64 %a3, %a2;\n"
    total = LANES * size if area == "shared" else size
    text = f".{area} .align 16 .b8 {area}_box[{total}];\n mov.u64 %a4, {area}_box;\n"
    if area == "shared":
        text += place("%a5", "%a4", "%t", size) + " mov.u64 %a4, %a5;\n"
    text += "mov.b32 %x6, 0xA5A5A5A5;\n"
    text += "".join(f"st.{area}.{'b32' if size % 4 == 0 else 'u8'} [%a4+{at}], %x6;\n" for at in range(0, size, 4 if size % 4 == 0 else 1))
    text += "mov.u64 %a3, %a4;\n" + ("bar.sync 0;\n" if area == "shared" else "")
    return text + (f"cvta.{area}.u64 %a3, %a4;\n" if generic else "")


def to_parameters(form, count, kind, group):
    """Through the parameter of a function that hands its bytes back."""
    data = Draw(form.name).bytes(LANES * 8 * count)
    (letter,) = flavours(kind)[:1]
    registers, operand = vector(letter, count, 4)
    copy = "".join(f"ld.param.b64 %w{i}, [x+{8 * i}]; st.param.b64 [y+{8 * i}], %w{i};\n" for i in range(4))
    around = ".func (.param .align 16 .b8 y[32]) F_KERNEL(.param .align 16 .b8 x[32])\n{\n.reg .b64 %w<4>;\n" + copy + "ret;\n}\n"
    text = place("%a1", "%in", "%t", 8 * count) + "\n" + place("%a2", "%out", "%t", 32) + "\n"
    for i, register in enumerate(registers):
        text += f"ld.global.b{8 * SIZES[letter]} {register}, [%a1+{8 * i}];\n"
    text += "{\n.param .align 16 .b8 formal[32]; .param .align 16 .b8 given_back[32];\n"
    text += "".join(f"st.param.b64 [formal+{at}], 0;\n" for at in range(0, 32, 8))
    text += f"{form.opcode} [formal+{group if group < 16 else 16}], {operand};\ncall.uni (given_back), F_KERNEL, (formal);\n"
    text += "".join(f"ld.param.b64 %w{i}, [given_back+{8 * i}]; st.global.b64 [%a2+{8 * i}], %w{i};\n" for i in range(4)) + "}\n"
    return Case(form, text, LANES * 32, data, LANES, around=around)


def copying(form):
    """cp.async: each lane as many bytes as the form says, or fewer where it takes a number of bytes."""
    size = int(next((part for part in form.parts if part.isdigit() and part != "0"), "16"))
    opcode = form.opcode if form.operands != "-" and "wait_group" not in form.words else "cp.async.cg.shared.global"
    text = policy(form) + ".shared .align 16 .b8 box[512];\n mov.u64 %a1, box;\n" + place("%a2", "%a1", "%t", 16) + "\n"
    text += place("%a3", "%in", "%t", 16) + "\n" + place("%a4", "%out", "%t", 16) + "\n"
    text += f"mov.b64 %w0, -1; st.shared.v2.b64 [%a2], {{%w0, %w0}}; bar.sync 0; rem.u32 %r0, %t, {size + 1};\n"
    text += f"{opcode} [%a2], [%a3], {size}{', %r0' if form.parts[-1] == 'r' else ''}{hinted(form)};\n"
    text += "cp.async.wait_all;\n" if "wait_all" in form.words else "cp.async.commit_group; cp.async.wait_group 0;\n"
    text += "bar.sync 0; xor.b32 %x5, %t, 1;\n" + place("%a5", "%a1", "%x5", 16) + "\n"
    text += "ld.shared.v2.b64 {%w1, %w2}, [%a5]; st.global.v2.b64 [%a4], {%w1, %w2};\n"
    return Case(form, text, 512, Draw(form.name).bytes(512), LANES)


PLACES = """.shared .align 16 .b8 box[256]; .local .align 16 .b8 own[16];
mov.u64 %a1, box; mov.u64 %a2, own; mov.u64 %a3, C_KERNEL; mov.u64 %a4, given;
"""
CONSTANT = ".const .align 16 .b32 C_KERNEL[4] = {11, 22, 33, 44};\n"


def converted(form):
    """Addresses differ from run to run: what is stored is what lies where the converted address leads."""
    space = next(word for word in form.words if word in SPACES)
    where = {"shared": "%a1", "local": "%a2", "const": "%a3", "param": "%a4", "global": "%in"}[space]
    text = PLACES + "mov.b32 %r0, 0x5eed; add.u32 %r0, %r0, %t; st.local.b32 [%a2], %r0; st.shared.b32 [%a1], 0x5a5a; bar.sync 0;\n"
    if "to" in form.words:
        text += f"cvta.{space}.u64 %a5, {where}; {form.opcode} %a6, %a5; ld.{space}.b32 %r1, [%a6]; ld.b32 %r2, [%a5];\n"
        text += f"sub.u64 %w0, %a6, {where}; cvt.u32.u64 %r3, %w0;\n"
    else:
        text += f"{form.opcode} %a5, {where}; ld.b32 %r1, [%a5]; isspacep.{space} %p0, %a5; selp.b32 %r2, 1, 0, %p0; mov.b32 %r3, 0;\n"
    text += place("%a7", "%out", "%t", 12) + " st.global.b32 [%a7], %r1; st.global.b32 [%a7+4], %r2; st.global.b32 [%a7+8], %r3;\n"
    return Case(form, text, LANES * 12, words([0xFEEDF00D], 4), LANES, around=CONSTANT, given=words(range(77, 93), 4))


def told(form):
    """Of the generic address of a place in each space."""
    text = PLACES + "cvta.shared.u64 %a1, %a1; cvta.local.u64 %a2, %a2; cvta.const.u64 %a3, %a3; cvta.param.u64 %a4, %a4;\n"
    for number, register in enumerate(("%a1", "%a2", "%a3", "%a4", "%in", "%out")):
        text += f"{form.opcode} %p0, {register}; selp.u32 %r0, 1, 0, %p0; st.global.u8 [%out+{number}], %r0;\n"
    return Case(form, text, 6, words([1], 8), 1, around=CONSTANT, result="pred")


def stacked(form):
    """Each lane takes bytes from its stack, as many as it wants, gives those of a second time back and takes them again."""
    kind = form.types[0]
    bits_of = int(kind[1:])
    letter = "r" if bits_of == 32 else "w"
    a, b, c, size, saved = (f"%{letter}{i}" for i in range(1, 6))
    aligned = ", 64" if form.operands.endswith("64") else ""
    text = place("%a2", "%out", "%t", 16) + f"\nmov.u32 %r20, %t; mad.lo.u32 %r20, %t, 4, 4; cvt.{kind}.u32 {size}, %r20;\n"
    text += f"alloca.{kind} {a}, {size}{aligned}; stacksave.{kind} {saved}; alloca.{kind} {b}, 32{aligned};\n"
    text += f"st.local.b32 [{a}], %t; st.local.b32 [{b}+28], 77; ld.local.b32 %r21, [{a}]; ld.local.b32 %r22, [{b}+28];\n"
    text += f"stackrestore.{kind} {saved}; alloca.{kind} {c}, 32{aligned}; setp.eq.{kind} %p0, {b}, {c}; selp.u32 %r23, 1, 0, %p0;\n"
    text += f"and.b{bits_of} {c}, {a}, {63 if aligned else 7}; cvt.u32.{kind} %r24, {c};\n"
    return Case(form, text + "st.global.v4.b32 [%a2], {%r21, %r22, %r23, %r24};\n", 16 * LANES, b"", LANES)


MAKERS = {"ld": loading, "ldu": loading, "st": storing, "cp": copying, "cvta": converted, "isspacep": told, "createpolicy": policies}
MAKERS |= dict.fromkeys(("alloca", "stacksave", "stackrestore"), stacked)
