"""Cases of textures and surfaces: places within, between and beyond the texels, by every address mode and filter."""

import dataclasses

from case import Case, place, words
from forms import bits
from inputs import Draw, encode

LANES = 32
UINT8, UINT16, UINT32, SINT8, SINT16, SINT32, HALF, FLOAT = 1, 2, 3, 8, 9, 10, 16, 32
FORMAT_BYTES = {UINT8: 1, SINT8: 1, UINT16: 2, SINT16: 2, HALF: 2, UINT32: 4, SINT32: 4, FLOAT: 4}
WRAP, CLAMP, MIRROR, BORDER = range(4)
AS_INTEGER, NORMALIZED = 1, 2
LAYERED, SURFACE = 1, 2
# Width, height, depth as cuArray3DCreate wants them; layers are depth.
TEXTURE_SIZES = {"1d": (8, 0, 0), "2d": (8, 4, 0), "3d": (8, 4, 2), "a1d": (8, 0, 3), "a2d": (8, 4, 3)}
SURFACE_SIZES = {"1d": (32, 0, 0), "2d": (8, 4, 0), "3d": (4, 4, 2), "a1d": (16, 0, 2), "a2d": (4, 4, 2)}


@dataclasses.dataclass(frozen=True)
class Image:
    """An array with its texels, or a row of linear memory, and how a texture of it is sampled; a surface has no sampling."""

    size: tuple
    format: int
    channels: int
    texels: bytes
    layered: bool = False
    linear_memory: bool = False
    surface: bool = False
    # For textures: address mode, filter (0: nearest, 1: linear), flags.
    sampling: tuple = (CLAMP, 0, 0)
    border: tuple = (0.25, -1.0, 3.0, 0.5)

    @property
    def row_bytes(self):
        return self.size[0] * FORMAT_BYTES[self.format] * self.channels


def case(form):
    """The form's case, or None where it is not of this kind."""
    makers = {"tex": sampled, "tld4": sampled, "suld": read, "sust": written, "sured": reduced, "txq": asked, "suq": asked}
    maker = makers.get(form.words[0])
    return maker(form) if maker else None


def geometry(form):
    return next(word for word in form.words if word in TEXTURE_SIZES)


def texels(draw, size, format_, channels):
    """Bytes of all texels; floats are numbers near 1."""
    count = max(size[0], 1) * max(size[1], 1) * max(size[2], 1) * channels
    if format_ in (HALF, FLOAT):
        kind = "f16" if format_ == HALF else "f32"
        return words([encode(kind, draw.fraction() * 8 - 4) for _ in range(count)], FORMAT_BYTES[format_])
    return draw.bytes(count * FORMAT_BYTES[format_])


SAMPLED = {
    "f32": [
        (FLOAT, 1, CLAMP, 0, 0), (FLOAT, 1, CLAMP, 1, 0), (FLOAT, 1, BORDER, 1, 0), (FLOAT, 1, BORDER, 0, 0),
        (FLOAT, 1, WRAP, 1, NORMALIZED), (FLOAT, 1, MIRROR, 1, NORMALIZED), (FLOAT, 1, WRAP, 0, NORMALIZED), (FLOAT, 1, MIRROR, 0, NORMALIZED),
        (FLOAT, 2, CLAMP, 0, NORMALIZED), (FLOAT, 4, CLAMP, 1, NORMALIZED), (UINT8, 4, CLAMP, 1, 0), (UINT8, 1, CLAMP, 0, 0),
        (SINT8, 2, BORDER, 0, 0), (UINT16, 1, WRAP, 1, NORMALIZED), (SINT16, 4, CLAMP, 0, 0), (HALF, 2, CLAMP, 1, 0), (HALF, 1, CLAMP, 0, 0),
    ],
    "u32": [
        (UINT8, 1, CLAMP, 0, AS_INTEGER), (UINT8, 4, WRAP, 0, AS_INTEGER | NORMALIZED), (UINT16, 2, BORDER, 0, AS_INTEGER),
        (UINT32, 1, MIRROR, 0, AS_INTEGER | NORMALIZED), (UINT32, 4, CLAMP, 0, AS_INTEGER),
    ],
    "s32": [
        (SINT8, 1, CLAMP, 0, AS_INTEGER), (SINT8, 4, WRAP, 0, AS_INTEGER | NORMALIZED), (SINT16, 2, BORDER, 0, AS_INTEGER),
        (SINT32, 1, MIRROR, 0, AS_INTEGER | NORMALIZED), (SINT32, 4, CLAMP, 0, AS_INTEGER),
    ],
}  # fmt: skip


def sampled(form):
    """A block for each texture, a lane for each place."""
    which = geometry(form)
    whole = form.types[-1] == "s32"
    kind = form.types[-2]
    size, draw = TEXTURE_SIZES[which], Draw(form.name)
    images, data = [], b""
    for format_, channels, mode, linear, flags in SAMPLED[kind]:
        if whole and (linear or flags & NORMALIZED):
            continue
        images.append(Image(size, format_, channels, texels(draw, size, format_, channels), which[0] == "a", sampling=(mode, linear, flags)))
        data += places(draw, which, size, whole, bool(flags & NORMALIZED))
    if whole and which == "1d":
        format_ = {"f32": FLOAT, "u32": UINT32, "s32": SINT32}[kind]
        flags = 0 if kind == "f32" else AS_INTEGER
        for channels in (1, 4):
            row = texels(draw, size, format_, channels)
            images.append(Image(size, format_, channels, row, linear_memory=True, sampling=(CLAMP, 0, flags)))
            data += places(draw, which, size, True, False)
    text = place("%a1", "%in", "%i", 16) + "\n" + place("%a2", "%out", "%i", 16) + "\n" + place("%a3", "%objects", "%x0", 8)
    text += "\nld.global.u64 %w0, [%a3]; ld.global.v4.b32 {%r4, %r5, %r6, %r7}, [%a1];\n"
    count = 1 if which == "1d" else 2 if which in ("2d", "a1d") else 4
    coordinates = ", ".join(f"%r{4 + i}" for i in range(count))
    level = ", %r9" if "level" in form.words else ""
    if "grad" in form.words:
        parts = {"1": "%r9", "2": "%r9, %r9", "3": "%r9, %r9, %r9, %r9"}[which[-2]]
        level = f", {{{parts}}}, {{{parts}}}"
    text += f"mov.b32 %r9, 0; {form.opcode} {{%r0, %r1, %r2, %r3}}, [%w0, {{{coordinates}}}]{level};\n"
    text += "st.global.v4.b32 [%a2], {%r0, %r1, %r2, %r3};\n"
    return Case(form, text, 16 * LANES * len(images), data, LANES, len(images), result=kind, objects=tuple(images))


def places(draw, which, size, whole, normalized):
    """Four words a lane: the layer first where there are layers."""
    rows = []
    for lane in range(LANES):
        row = []
        if which[0] == "a":
            row.append(draw.below(size[2]))
        for axis in range(int(which[-2])):
            row.append(along(draw, lane, size[axis], whole, normalized))
        rows.append((row + [0, 0, 0])[:4])
    return b"".join(words(row, 4) for row in rows)


def along(draw, lane, texels_, whole, normalized):
    """A place on one axis: within the first sixteen lanes, and from beyond one end to beyond the other in the rest."""
    if whole:
        return draw.below(texels_) if lane < 24 else draw.choice([-1, texels_, texels_ + 3, -7])
    if lane < 16:
        value = draw.below(16 * texels_) / 16 if lane % 2 else draw.fraction() * texels_
    else:
        value = (draw.fraction() * 4 - 1.5) * texels_
    return encode("f32", value / texels_ if normalized else value)


STORED = {"b8": (UINT8, 1), "b16": (UINT16, 1), "b32": (UINT32, 1), "b64": (UINT32, 2)}
STORED |= {"u32": (UINT32, 1), "s32": (SINT32, 1), "u64": (UINT32, 2), "s64": (UINT32, 2)}


def surface(form):
    """The surface's image, the registers of one value, and the places, all of them or those without two lanes at one."""
    which = geometry(form)
    size = SURFACE_SIZES[which]
    format_, per_value = STORED[form.types[-1]]
    count = 4 if "v4" in form.words else 2 if "v2" in form.words else 1
    image = Image(size, format_, per_value * count, texels(Draw(form.name), size, format_, per_value * count), which[0] == "a", surface=True)
    width = size[0]
    beyond = form.words[-1] != "trap"
    columns = [-1, *range(1, width - 1), width] if beyond else range(width)
    step = FORMAT_BYTES[format_] * per_value * count
    data = b""
    for lane in range(LANES):
        x, rest = columns[lane % width] * step, lane // width
        height = max(size[1], 1)
        y, z = rest % height, rest // height
        row = {"1d": [x], "2d": [x, y], "3d": [x, y, z], "a1d": [rest, x], "a2d": [z, x, y]}[which]
        data += words((row + [0, 0, 0])[:4], 4)
    letter = {8: "h", 16: "h", 32: "r", 64: "w"}[bits(form.types[-1])]
    registers = [f"%{letter}{12 + i}" for i in range(count)]
    coordinates = 1 if which == "1d" else 2 if which in ("2d", "a1d") else 4
    where = f"[%w0, {{{', '.join(f'%r{4 + i}' for i in range(coordinates))}}}]"
    return image, registers, bits(form.types[-1]) // 8, data, where


def operand(registers):
    return registers[0] if len(registers) == 1 else "{" + ", ".join(registers) + "}"


HANDLE = "ld.global.u64 %w0, [%objects]; ld.global.v4.b32 {%r4, %r5, %r6, %r7}, [%a1];\n"


def read(form):
    image, registers, size, data, where = surface(form)
    width = max(size, 2) * len(registers)
    text = place("%a1", "%in", "%t", 16) + "\n" + place("%a2", "%out", "%t", width) + "\n" + HANDLE
    text += f"{form.opcode} {operand(registers)}, {where};\n"
    step = max(size, 2)
    text += "".join(f"st.global.b{8 * step} [%a2+{step * i}], {register};\n" for i, register in enumerate(registers))
    return Case(form, text, LANES * width, data, LANES, objects=(image,))


def written(form):
    """The answer is the whole surface afterwards."""
    image, registers, size, data, where = surface(form)
    width = max(size, 2) * len(registers)
    step = max(size, 2)
    data += Draw(form.name + " values").bytes(LANES * width)
    text = place("%a1", "%in", "%t", 16) + "\n" + place("%a2", "%in", "%t", width) + f" add.u64 %a2, %a2, {16 * LANES};\n" + HANDLE
    text += "".join(f"ld.global.b{8 * step} {register}, [%a2+{step * i}];\n" for i, register in enumerate(registers))
    return Case(form, text + f"{form.opcode} {where}, {operand(registers)};\n", 0, data, LANES, objects=(image,))


def reduced(form):
    """Several lanes at one place; the answer is the whole surface afterwards."""
    image, (register,), size, data, where = surface(form)
    kind = f"b{8 * size}"
    data += Draw(form.name + " values").bytes(LANES * size)
    text = place("%a1", "%in", "%t", 16) + "\n" + place("%a2", "%in", "%t", size) + f" add.u64 %a2, %a2, {16 * LANES};\n" + HANDLE
    text += f"ld.global.{kind} {register}, [%a2];\n{form.opcode} {where}, {register};\n"
    return Case(form, text + f"{form.opcode} {where}, {register};\n", 0, data, LANES, objects=(image,))


def asked(form):
    """Of objects of each geometry that has what is asked."""
    known = {"width": ("1d", "2d", "3d", "a1d", "a2d"), "height": ("2d", "3d", "a2d"), "depth": ("3d",)}
    images = []
    for which in known[form.words[1]]:
        draw, size = Draw(form.name + which), TEXTURE_SIZES[which]
        images += [Image(size, FLOAT, 1, texels(draw, size, FLOAT, 1), which[0] == "a", surface=form.words[0] == "suq")]
    text = place("%a2", "%out", "%t", 4) + "\n" + place("%a3", "%objects", "%t", 8) + "\n"
    text += f"ld.global.u64 %w0, [%a3]; {form.opcode} %r0, [%w0]; st.global.b32 [%a2], %r0;\n"
    return Case(form, text, 4 * len(images), b"", len(images), objects=tuple(images))
