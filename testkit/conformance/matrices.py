"""Cases of matrix instructions: products whose sums are exact in any order, drawn numbers, and numbers that are none."""

import re

from case import Case, place, words
from forms import bits
from inputs import Draw, edges, encode

LANES = 32
EXACT, DRAWN, SPARSE = "exact", "drawn", "sparse"


def case(form):
    """The form's case, or None where it is not of this kind."""
    if form.words[0] == "mma":
        return product(form)
    if form.words[0] == "ldmatrix":
        return rows(form)
    if form.words[0] == "wmma":
        return {"load": opened, "store": closed, "mma": whole}[form.words[1]](form)
    return None


def shape(form):
    return [int(size) for size in re.search(r"\bm(\d+)n(\d+)k(\d+)\b", form.opcode).groups()]


def registers(elements, kind, first):
    """The registers of a fragment; 32 bits each, or 64 for doubles."""
    if kind == "f64":
        return [f"%w{first + i}" for i in range(elements // LANES)]
    return [f"%r{first + i}" for i in range(max(1, elements * bits(kind) // 1024))]


def braces(names):
    return "{" + ", ".join(names) + "}"


def element(draw, kind, how, factor):
    """One element's bits: a small whole number, any number near 1, or mostly zero and else an edge."""
    if kind in ("s8", "u8", "s4", "u4", "b1"):
        return draw.word() & ((1 << bits(kind)) - 1)
    if kind == "s32":
        near = draw.choice([0, 0x7FFFFFFF, 0x80000000, 0x7FFFFF00, 0x80000100])
        return draw.below(2000) if how == EXACT else near if how == SPARSE else draw.word() & 0xFFFFFFFF
    floating = "f32" if kind == "tf32" else kind
    if how == EXACT:
        raw = encode(floating, (draw.below(17) - 8) / (1 if factor else 0.5))
    elif how == DRAWN:
        raw = encode(floating, (draw.fraction() * 2 - 1) * (1 if factor else 4))
    else:
        raw = draw.choice(edges(floating)) if draw.below(12) == 0 else encode(floating, draw.below(2)) if draw.below(3) == 0 else 0
    return raw & 0xFFFFE000 if kind == "tf32" else raw


def packed(draw, kind, how, factor, count):
    """Elements of a type, packed as they lie in memory and in registers."""
    width, value = bits(kind), 0
    for i in range(count):
        value |= element(draw, kind, how, factor) << i * width
    return value.to_bytes((count * width + 7) // 8, "little")


def product(form):
    """mma: the fragments come from the input as they are, so that their layout shows in the result."""
    m, n, k = shape(form)
    kinds = [word for word in form.types if word != "pred"]
    kinds = {"d": kinds[0], "a": kinds[1], "b": kinds[2], "c": kinds[3]}
    counts = {"d": m * n, "a": m * k, "b": k * n, "c": m * n}
    first = {"d": 0, "a": 8, "b": 16, "c": 24}
    names = {part: registers(counts[part], kinds[part], first[part]) for part in "dabc"}
    hows = [EXACT, SPARSE] if kinds["d"] == "s32" else [EXACT, EXACT, DRAWN, SPARSE]
    size = 8 if kinds["d"] == "f64" else 4
    slots = sum(len(names[part]) for part in "abc") * size
    width = len(names["d"]) * size
    draw = Draw(form.name)
    data, text = b"", place("%a1", "%in", "%t", slots) + "\n" + place("%a2", "%out", "%t", width) + "\n"
    for number, how in enumerate(hows):
        at = number * slots * LANES
        for part in "abc":
            for register in names[part]:
                text += f"ld.global.b{8 * size} {register}, [%a1+{at}];\n"
                at += size
        for _ in range(LANES):
            for part in "abc":
                data += packed(draw, kinds[part], how, part != "c", 8 * size * len(names[part]) // bits(kinds[part]))
        text += f"{form.opcode} {', '.join(braces(names[part]) for part in 'dabc')};\n"
        for i, register in enumerate(names["d"]):
            text += f"st.global.b{8 * size} [%a2+{number * width * LANES + i * size}], {register};\n"
    return Case(form, text, LANES * width * len(hows), data, LANES, result=kinds["d"])


def rows(form):
    """ldmatrix: each lane's address leads to another row than its own."""
    count = int(next(word for word in form.words if re.fullmatch(r"x\d", word))[1])
    names = [f"%r{i}" for i in range(count)]
    text = ".shared .align 16 .b8 box[512];\n mov.u64 %a1, box;\n" + place("%a2", "%a1", "%t", 16) + "\n" + place("%a3", "%in", "%t", 16)
    text += "\nld.global.v4.b32 {%r8, %r9, %r10, %r11}, [%a3]; st.shared.v4.b32 [%a2], {%r8, %r9, %r10, %r11}; bar.sync 0;\n"
    text += "mul.lo.u32 %x5, %t, 5; add.u32 %x5, %x5, 3; and.b32 %x5, %x5, 31;\n" + place("%a4", "%a1", "%x5", 16) + "\n"
    text += "" if "shared" in form.words else "cvta.shared.u64 %a4, %a4;\n"
    text += f"{form.opcode} {braces(names)}, [%a4];\n" + place("%a5", "%out", "%t", 4 * count) + "\n"
    text += "".join(f"st.global.b32 [%a5+{4 * i}], {register};\n" for i, register in enumerate(names))
    return Case(form, text, 128 * count, Draw(form.name).bytes(512), LANES)


class Pipeline:
    """The layout of fragments of wmma is told nowhere, so what is observed goes from memory to memory."""

    def __init__(self, sizes, kinds, layouts):
        m, n, k = sizes
        self.shape = f"m{m}n{n}k{k}"
        self.kinds = kinds
        self.layouts = layouts
        self.dimensions = {"a": (m, k), "b": (k, n), "c": (m, n), "d": (m, n)}

    def fragment(self, part):
        """The registers of one matrix."""
        first = {"a": 8, "b": 16, "c": 24, "d": 32}[part]
        if part in "ab" and self.kinds[part] == "f16":
            return [f"%r{first + i}" for i in range(8)]
        rows_, columns = self.dimensions[part]
        return registers(rows_ * columns, self.kinds[part], first)

    def leading(self, part):
        """Elements from one row, or column, to the next, 16 bytes more than it has."""
        rows_, columns = self.dimensions[part]
        return (columns if self.layouts[part] == "row" else rows_) + 128 // bits(self.kinds[part])

    def bytes(self, part):
        rows_, columns = self.dimensions[part]
        outer = rows_ if self.layouts[part] == "row" else columns
        return (outer * self.leading(part) * bits(self.kinds[part]) // 8 + 31) // 32 * 32

    def data(self, draw, part, how):
        return packed(draw, self.kinds[part], how, part != "c", self.bytes(part) * 8 // bits(self.kinds[part]))

    def load(self, part, at, opcode=None):
        """Loads a matrix that lies in the input; through shared memory where the opcode says so."""
        opcode = opcode or f"wmma.load.{part}.sync.aligned.{self.layouts[part]}.{self.shape}.global.{self.kinds[part]}"
        text = f"add.u64 %a1, %in, {at}; mov.b32 %r60, {self.leading(part)};\n"
        if "shared" in opcode.split("."):
            text += f".shared .align 32 .b8 box_{part}[{self.bytes(part)}];\n mov.u64 %a2, box_{part};\n"
            text += between("%a2", ".shared", "%a1", ".global", self.bytes(part)) + "mov.u64 %a1, %a2;\n"
        return text + f"{opcode} {braces(self.fragment(part))}, [%a1], %r60;\n"

    def multiply(self, opcode=None):
        if opcode is None:
            kinds = [self.kinds[part] for part in ("d", "a", "b", "c")]
            kinds = [kinds[0], kinds[3]] if kinds[1] == "f16" else kinds
            logic = ".xor.popc" if kinds[1] == "b1" else ""
            opcode = f"wmma.mma{logic}.sync.aligned.{self.layouts['a']}.{self.layouts['b']}.{self.shape}.{'.'.join(kinds)}"
        return f"{opcode} {', '.join(braces(self.fragment(part)) for part in ('d', 'a', 'b', 'c'))};\n"

    def store(self, at, opcode=None, fragment=None):
        opcode = opcode or f"wmma.store.d.sync.aligned.{self.layouts['d']}.{self.shape}.global.{self.kinds['d']}"
        text = f"add.u64 %a3, %out, {at}; mov.b32 %r60, {self.leading('d')};\n"
        target = "%a3"
        if "shared" in opcode.split("."):
            text += f".shared .align 32 .b8 box_d[{self.bytes('d')}];\n mov.u64 %a2, box_d;\n"
            text += between("%a2", ".shared", "%a3", ".global", self.bytes("d"))
            target = "%a2"
        text += f"{opcode} [{target}], {braces(fragment or self.fragment('d'))}, %r60;\n"
        return text + (between("%a3", ".global", "%a2", ".shared", self.bytes("d")) if target == "%a2" else "")


def between(to, to_space, source, source_space, size):
    """The lanes of one warp copy `size` bytes, a multiple of 32."""
    text = "bar.warp.sync 0xffffffff;\n" + place("%a5", to, "%t", 4) + "\n" + place("%a6", source, "%t", 4) + "\n"
    step = 4 * LANES
    for at in range(0, size, step):
        guard = ""
        if at + step > size:
            text += f"setp.lt.u32 %p5, %t, {(size - at) // 4};\n"
            guard = "@%p5 "
        text += f"{guard}ld{source_space}.b32 %x6, [%a6+{at}]; {guard}st{to_space}.b32 [%a5+{at}], %x6;\n"
    return text + "bar.warp.sync 0xffffffff;\n"


def partners(kind, sizes):
    """The types of a product in which a factor of a type may stand."""
    total = {"f16": "f32", "bf16": "f32", "tf32": "f32", "f64": "f64"}.get(kind, "s32")
    return {"a": kind, "b": kind, "c": total, "d": total}


def opened(form):
    """wmma.load: a factor is seen in the product with another, a summand is stored as it came."""
    part, layout, kind = form.words[2], next(word for word in form.words if word in ("row", "col")), form.types[-1]
    sizes, draw = shape(form), Draw(form.name)
    if part == "c":
        pipe = Pipeline(sizes, {"c": kind, "d": kind}, {"c": layout, "d": "row"})
        data = Draw(form.name).bytes(pipe.bytes("c"))
        text = pipe.load("c", 0, form.opcode) + pipe.store(0, fragment=pipe.fragment("c"))
        return Case(form, text, pipe.bytes("d"), data, LANES)
    other = "b" if part == "a" else "a"
    layouts = {"a": "row", "b": "col", "c": "row", "d": "row", part: layout}
    pipe = Pipeline(sizes, partners(kind, sizes), layouts)
    data, places = b"", {}
    for name in "abc":
        places[name] = len(data)
        data += pipe.data(draw, name, EXACT)
    text = pipe.load(part, places[part], form.opcode) + pipe.load(other, places[other]) + pipe.load("c", places["c"])
    return Case(form, text + pipe.multiply() + pipe.store(0), pipe.bytes("d"), data, LANES, result=pipe.kinds["d"])


def closed(form):
    """wmma.store of a summand that was loaded as it is."""
    layout, kind = next(word for word in form.words if word in ("row", "col")), form.types[-1]
    pipe = Pipeline(shape(form), {"c": kind, "d": kind}, {"c": "row", "d": layout})
    data = Draw(form.name).bytes(pipe.bytes("c"))
    return Case(form, pipe.load("c", 0) + pipe.store(0, form.opcode, pipe.fragment("c")), pipe.bytes("d"), data, LANES)


def pipeline(form):
    """How wmma.mma is observed: its factors and summands one after another in memory, as they are named."""
    layouts = [word for word in form.words if word in ("row", "col")]
    kinds = form.types
    kinds = {"d": kinds[0], "c": kinds[-1], "a": kinds[1] if len(kinds) == 4 else "f16", "b": kinds[2] if len(kinds) == 4 else "f16"}
    return Pipeline(shape(form), kinds, {"a": layouts[0], "b": layouts[1], "c": "row", "d": "row"})


def whole(form):
    """wmma.mma: the product of several sets of matrices."""
    pipe = pipeline(form)
    kinds = pipe.kinds
    hows = [EXACT, SPARSE] if kinds["d"] == "s32" else [EXACT, DRAWN, SPARSE]
    draw, data, text = Draw(form.name), b"", ""
    for number, how in enumerate(hows):
        for part in "abc":
            text += pipe.load(part, len(data))
            data += pipe.data(draw, part, how)
        text += pipe.multiply(form.opcode) + pipe.store(number * pipe.bytes("d"))
    return Case(form, text, len(hows) * pipe.bytes("d"), data, LANES, result=kinds["d"])
