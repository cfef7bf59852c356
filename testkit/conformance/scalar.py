"""Cases of instructions that a lane executes by itself on registers: an element of the operands for each thread."""

from case import Case, place, words
from forms import bits
from inputs import Draw, columns, decode, edges, encode, magnitudes, sweep

THREADS = 64
COUNTS = {1: 512, 2: 384, 3: 512}
MANY = 2048
SIZES = {"p": 1, "y": 1, "h": 2, "r": 4, "w": 8}

SECTIONS = (
    "add sub addc subc mul mad madc mul24 mad24 div rem min max abs neg sad dp4a dp2a fns and or xor not cnot shl shr shf lop3 popc clz brev bfind "
    "bfe bfi bmsk szext prmt fma rcp sqrt rsqrt sin cos lg2 ex2 tanh copysign testp setp set selp slct cvt mov"
).split()
VIDEO = "vadd vsub vabsdiff vmin vmax vshl vshr vset vmad".split()
VIDEO += [name + parts for name in "vadd vsub vavrg vabsdiff vmin vmax vset".split() for parts in "24"]
# Few, because these forms are many.
VIDEO_COUNTS = {2: 192, 3: 128}


def case(form):
    """The form's case, or None where it is not of this kind."""
    if form.words[0] not in SECTIONS and form.words[0] not in VIDEO or "%" in form.operands:
        return None
    if form.words[0] == "lop3":
        return tables(form)
    if form.words[0] in ("addc", "subc", "madc") or "cc" in form.words:
        return carries(form)
    sources = form.parts[1:]
    kinds = source_kinds(form)
    return elements(form, form.parts[0], sources, operands(form, kinds), form.opcode)


def source_kinds(form):
    """The type of each source operand's values."""
    root, types = form.words[0], form.types
    sources = form.parts[1:]
    last = types[-1]
    if root in ("shl", "shr", "shf"):
        return [last] * (len(sources) - 1) + ["count"]
    if root in ("vshl", "vshr"):
        return [last, "count", last][: len(sources)]
    if root in ("bfe", "bfi"):
        return [last] * (len(sources) - 2) + ["count"] * 2
    if root == "bmsk":
        return ["count", "count"]
    if root == "szext":
        return [last, "count"]
    if root == "slct":
        return [types[0], types[0], types[1]]
    if root in ("dp4a", "dp2a"):
        return [types[0], types[1], "b32"]
    if root == "fns":
        return ["b32", "count", "offset"]
    if "pack" in form.words:
        return ["s32", "s32", "b32"][: len(sources)]
    if form.has("mad", "wide"):
        return [last, last, f"{last[0]}{2 * bits(last)}"]
    if root in ("set", "setp", "selp"):
        return ["pred" if part == "p" else last for part in sources]
    if root == "mov" and "{" in form.operands:
        widths = {"y": "b8", "h": "b16", "r": "b32", "w": "b64"}
        return [widths[letter] for letter in letters(sources[0])]
    return [last] * len(sources)


def letters(part):
    """The registers of one operand."""
    return part.strip("{}-").partition(".")[0].replace(",", " ").replace("|", " ").split()


def operands(form, kinds):
    """The inputs: one list a source register."""
    draw = Draw(form.name)
    if "approx" in form.words or "full" in form.words or form.words[0] == "tanh":
        return approximated(form, kinds, draw)
    counts = VIDEO_COUNTS if form.words[0] in VIDEO else COUNTS
    return columns(draw, kinds, counts[min(len(kinds), 3)])


def approximated(form, kinds, draw):
    """More inputs, drawn where the function is not trivial."""
    kind, root = kinds[0], form.words[0]
    if kind.endswith("x2"):
        low, high = ones(root, kind[:-2], draw), ones(root, kind[:-2], draw)
        return [[a | b << 16 for a, b in zip(low, reversed(high))]]
    if len(kinds) == 1:
        return [ones(root, kind, draw)]
    pairs = columns(draw, kinds, 192)
    some = [magnitudes(draw, kind, -100, 100, MANY - 192) for _ in kinds]
    return [pair + drawn for pair, drawn in zip(pairs, some)]


def ones(root, kind, draw):
    values = list(edges(kind))
    if root in ("sin", "cos"):
        values += sweep(draw, kind, -3.15, 3.15, 1024) + sweep(draw, kind, -100, 100, 256)
    elif root == "ex2":
        most = 16 if kind == "f16" else 130
        values += sweep(draw, kind, -most, most, 768) + sweep(draw, kind, -1, 1, 768)
    elif root == "tanh":
        values += sweep(draw, kind, -6, 6, 1280) + magnitudes(draw, kind, -14 if kind == "f16" else -40, 3, 256)
    elif root == "lg2":
        values += sweep(draw, kind, 0.5, 2, 768) + magnitudes(draw, kind, -149, 127, 768)
    else:
        least, most = (-1074, 1023) if kind == "f64" else (-149, 127)
        values += magnitudes(draw, kind, least, most, 1024) + sweep(draw, kind, 1, 4, 512)
    while len(values) < MANY:
        values.append(draw.of(kind))
    return values[:MANY]


def load(index, register, letter, count):
    """The source operand number `index` of this thread's element into a register."""
    at = f"[%a0+{index * count * 8}]"
    if letter == "w":
        return f"ld.global.b64 {register}, {at};\n"
    if letter == "p":
        return f"ld.global.u32 %x9, {at}; setp.ne.u32 {register}, %x9, 0;\n"
    return f"ld.global.b{8 * SIZES[letter]} {register}, {at};\n"


def name(letter, index):
    return f"%{letter}{index}"


def spelled(part, registers):
    """An operand as PTX, of registers in their order."""
    if part[0] == "{":
        return "{" + ", ".join(registers) + "}"
    if part[0] == "-" or "." in part:
        return part.replace("r", registers[0], 1)
    return "|".join(registers) if "|" in part else registers[0]


def stores(registers, letters_of, count):
    """All elements of the first result, then all of the next."""
    text, at = "", 0
    for register, letter in zip(registers, letters_of):
        size = SIZES[letter]
        text += place("%a1", "%out", "%i", size) + "\n"
        if letter == "p":
            text += f"selp.u32 %x8, 1, 0, {register}; st.global.u8 [%a1+{at}], %x8;\n"
        else:
            text += f"st.global.b{8 * size} [%a1+{at}], {register};\n"
        at += size * count
    return text


def elements(form, destination, sources, inputs, opcode, before="", after=(), result=None):
    """A thread for each element: loads, the instruction, stores. `after` are further (instruction, register letter, register)."""
    count = len(inputs[0])
    assert count % THREADS == 0, (form.name, count)
    text = ".reg .b8 %y<32>;\n" if "y" in form.operands else ""
    text += "mul.wide.u32 %a0, %i, 8; add.u64 %a0, %a0, %in;\n"
    spelled_sources, index = [], 0
    for part in sources:
        if part.isdigit():
            spelled_sources.append(part)
            continue
        registers = []
        for letter in map(form.letter, letters(part)):
            registers.append(name(letter, index))
            text += load(index, registers[-1], letter, count)
            index += 1
        spelled_sources.append(spelled(part, registers))
    if before:
        text += load(index, "%r40", "r", count) + before
        index += 1
    assert index == len(inputs), form.name
    results = [form.letter(letter) for letter in letters(destination)]
    registers = [name(letter, 12 + i) for i, letter in enumerate(results)]
    text += f"{opcode} {spelled(destination, registers)}, {', '.join(spelled_sources)};\n"
    for instruction, letter, register in after:
        text += instruction + "\n"
        results.append(letter)
        registers.append(register)
    width = sum(SIZES[letter] for letter in results)
    text += stores(registers, results, count)
    return Case(
        form, text, count * width, b"".join(words(column) for column in inputs), THREADS, count // THREADS, result or result_of(form)
    )


def result_of(form):
    """The type of the results, for those that compare them."""
    if form.words[0] in ("setp", "testp"):
        return "pred"
    if form.words[0] in ("popc", "clz", "bfind", "dp4a", "dp2a", "fns") or "pack" in form.words or form.words[0] in VIDEO:
        return "b32"
    return form.types[0]


def carries(form):
    """The carry comes from data, and what it becomes is stored as a second result."""
    kind = form.types[-1]
    family = "sub" if form.words[0].startswith("sub") else "add"
    inputs = operands(form, [kind] * (len(form.parts) - 1))
    takes = form.words[0] in ("addc", "subc", "madc")
    before = ""
    if takes:
        draw = Draw(form.name + " carry")
        inputs.append([draw.below(2) for _ in inputs[0]])
        before = "add.cc.u32 %x7, %r40, -1;\n" if family == "add" else "sub.cc.u32 %x7, 0, %r40;\n"
    after = []
    if "cc" in form.words:
        after = [(f"{family}c.u32 %r41, 0, 0;", "r", "%r41")]
    return elements(form, form.parts[0], form.parts[1:], inputs, form.opcode, before, after, "bytes")


def tables(form):
    """lop3: each of its 256 tables, on operands that hold every combination of three bits.

    Where a predicate comes beside the word it turns every other bit of it, and the second thread gives a true one.
    """
    target, given, after = ("%r3|%p1", ", %p0", "@%p1 xor.b32 %r3, %r3, 0x55555555; ") if "|" in form.operands else ("%r3", "", "")
    text = "mov.b32 %r0, 0xF0F0A5F0; mov.b32 %r1, 0xCCCC33CC; mov.b32 %r2, 0xAAAA0FAA; xor.b32 %r0, %r0, %t; xor.b32 %r1, %r1, %t;\n"
    text += "mul.wide.u32 %a1, %t, 1024; add.u64 %a1, %a1, %out;\n"
    text += "setp.ne.u32 %p0, %t, 0;\n" if given else ""
    for table in range(256):
        text += f"{form.opcode} {target}, %r0, %r1, %r2, {table}{given}; {after}st.global.b32 [%a1+{4 * table}], %r3;\n"
    return Case(form, text, 2048, threads=2, result="b32")
