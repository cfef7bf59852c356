"""Operands for the vectors: the values at which instructions tend to be wrong, and drawn ones, the same on every machine."""

import hashlib
import itertools
import math
import struct

MASK64 = (1 << 64) - 1

SINGLES = [
    0x00000000, 0x80000000, 0x3F800000, 0xBF800000, 0x00000001, 0x807FFFFF, 0x00800000, 0x7F7FFFFF, 0xFF7FFFFF, 0x7F800000,
    0xFF800000, 0x7FC00000, 0xFFC12345, 0x7F800001, 0x3F000000, 0x3FC00000, 0x40200000, 0xC0200000, 0x3F800001, 0x33800000,
    0x4B800001, 0x4B000001, 0x4F000000, 0xCF000000, 0x4F800000, 0x5F000000, 0x5F800000, 0x477FE000, 0x477FF000, 0x477FEFFF,
    0x3DCCCCCD, 0x40490FDB, 0x33000000, 0x33000001, 0x387FC000, 0x38800000, 0xBF000000, 0x437F8000, 0xC3000000, 0x47000000,
    0x4EFFFFFF, 0xDF000000, 0x7F7F8000, 0x3F808000, 0x3F818000, 0x3F801000, 0x3F803000,
]  # fmt: skip
DOUBLES = [
    0x0000000000000000, 0x8000000000000000, 0x3FF0000000000000, 0xBFF0000000000000, 0x0000000000000001, 0x800FFFFFFFFFFFFF,
    0x0010000000000000, 0x7FEFFFFFFFFFFFFF, 0xFFEFFFFFFFFFFFFF, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000,
    0xFFF8123456789ABC, 0x7FF0000000000001, 0x3FE0000000000000, 0x3FF8000000000000, 0x4004000000000000, 0xC004000000000000,
    0x3FF0000000000001, 0x3CA0000000000000, 0x4330000000000001, 0x41DFFFFFFFC00000, 0x41DFFFFFFFE00000, 0xC1E0000000000000,
    0xC1E0000000100000, 0x41EFFFFFFFE00000, 0x41F0000000000000, 0x43E0000000000000, 0xC3E0000000000000, 0x43F0000000000000,
    0x47EFFFFFE0000000, 0x47EFFFFFF0000000, 0x36A0000000000000, 0x3690000000000001, 0x3810000000000000, 0x380FFFFFFFFFFFFF,
    0x3FB999999999999A, 0xBFE0000000000000, 0x3FF0000010000000, 0x3FF0000030000000,
]  # fmt: skip
HALVES = [
    0x0000, 0x8000, 0x3C00, 0xBC00, 0x0001, 0x83FF, 0x0400, 0x7BFF, 0xFBFF, 0x7C00, 0xFC00, 0x7E00, 0xFE12, 0x7D01, 0x3800, 0x3E00,
    0x4100, 0xC100, 0x3C01, 0x1000, 0x6401, 0x77FF, 0x0200, 0x3BFF, 0xB800, 0x5BF8, 0x4248, 0x2E66,
]  # fmt: skip
BRAINS = [
    0x0000, 0x8000, 0x3F80, 0xBF80, 0x0001, 0x807F, 0x0080, 0x7F7F, 0xFF7F, 0x7F80, 0xFF80, 0x7FC0, 0xFFC1, 0x7F81, 0x3F00, 0x3FC0,
    0x4020, 0xC020, 0x3F81, 0x3380, 0x4301, 0x4F00, 0x0040, 0x3F7F, 0xBF00, 0x4049, 0x3DCD, 0x4380,
]  # fmt: skip
COUNTS = [0, 1, 5, 7, 8, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 127, 255, 256, 0x101, 0x11F, 0x80000001, 0xFFFFFFFF, 0x10000]
CORE = 13  # so many of the first edges are combined with each other


def integers(width):
    """The edges of an integer's width, the most important first."""
    full = (1 << width) - 1
    most = full >> 1
    edges = [0, 1, full, most + 1, most, full - 1, 2, 7, 0x80, 0x5555555555555555, 0xAAAAAAAAAAAAAAAA, 0xFF, most + 2, width - 1]
    edges += [width, width + 1, 0x7F, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000, most - 1]
    edges += [0x0123456789ABCDEF, 0xFEDCBA9876543210, 10, full - 9, 0x01010101, 0x80808080, 0x00FF00FF, 0xFFFFFF80, 0xFFFF8000]
    return list(dict.fromkeys(edge & full for edge in edges))


class Draw:
    """Numbers from a name (SplitMix64), so that they are the same wherever Python runs."""

    def __init__(self, name):
        self.state = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")

    def word(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK64
        mixed = self.state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK64
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK64
        return mixed ^ (mixed >> 31)

    def below(self, limit):
        return self.word() % limit

    def choice(self, values):
        return values[self.below(len(values))]

    def fraction(self):
        """From 0 to below 1."""
        return (self.word() >> 11) / (1 << 53)

    def bytes(self, count):
        return b"".join(self.word().to_bytes(8, "little") for _ in range(count // 8 + 1))[:count]

    def of(self, kind):
        """A drawn value of a type, as its bits."""
        if kind in ("f32", "f64", "f16", "bf16"):
            return self.floating(kind)
        if kind in ("f16x2", "bf16x2"):
            return self.floating(kind[:-2]) | self.floating(kind[:-2]) << 16
        if kind == "count":
            return self.below(70)
        if kind == "offset":
            return self.below(67) - 33
        width = 1 if kind == "pred" else int(kind.lstrip("subf"))
        word = self.word() & ((1 << width) - 1)
        return word >> self.below(width) if self.below(3) == 0 else word

    def floating(self, kind):
        """One of four: any bits, a small whole number, or a number near 1."""
        which = self.below(4)
        if which == 0:
            return self.word() & ((1 << WIDTHS[kind]) - 1)
        if which == 1:
            return encode(kind, self.below(65) - 32)
        return encode(kind, (self.fraction() * 2 - 1) * 2.0 ** (self.below(24) - 12))


WIDTHS = {"f16": 16, "bf16": 16, "f32": 32, "f64": 64}


def encode(kind, value):
    """The bits of a number in a floating type, rounded to the nearest; what is too large is an infinity."""
    if kind == "f64":
        return struct.unpack("<Q", struct.pack("<d", value))[0]
    if kind == "bf16":
        single = encode("f32", value)
        return (single + 0x7FFF + (single >> 16 & 1)) >> 16 & 0xFFFF
    form, infinite = ("<f", 0x7F800000) if kind == "f32" else ("<e", 0x7C00)
    try:
        raw = struct.pack(form, value)
    except OverflowError:
        return infinite | (value < 0) << (WIDTHS[kind] - 1)
    return int.from_bytes(raw, "little")


def decode(kind, raw):
    """The number that bits in a floating type stand for."""
    if kind == "bf16":
        return decode("f32", raw << 16)
    form, size = {"f64": ("<d", 8), "f32": ("<f", 4), "f16": ("<e", 2)}[kind]
    return struct.unpack(form, raw.to_bytes(size, "little"))[0]


# The bits of an infinity, above which are NaNs.
EXPONENTS = {"f16": 0x7C00, "bf16": 0x7F80, "f32": 0x7F800000, "f64": 0x7FF << 52}


def is_nan(kind, raw):
    """Whether bits in a floating type stand for no number."""
    return raw & ~(1 << WIDTHS[kind] - 1) > EXPONENTS[kind]


def edges(kind):
    """The edges of a type as bits, the most important first."""
    plain = {"f32": SINGLES, "tf32": SINGLES, "f64": DOUBLES, "f16": HALVES, "bf16": BRAINS, "count": COUNTS, "pred": [0, 1]}
    if kind == "offset":
        return [0, 1, -1, 2, -2, 31, 32, 33, -31, -32, -33, 0x7FFFFFFF, 0x80000000]
    if kind in plain:
        return plain[kind]
    if kind in ("f16x2", "bf16x2"):
        ones = edges(kind[:-2])
        return [low | ones[(3 * i + 5) % len(ones)] << 16 for i, low in enumerate(ones)]
    return integers(int(kind.lstrip("sub")))


def columns(draw, kinds, count):
    """`count` operand tuples, as one list for each operand: edges with each other first, then drawn ones."""
    rows = []
    if len(kinds) == 1:
        rows = [(edge,) for edge in edges(kinds[0])]
    elif len(kinds) == 2:
        rows = list(itertools.product(edges(kinds[0])[:CORE], edges(kinds[1])[:CORE]))
    else:
        rows = [tuple(draw.choice(edges(kind)) for kind in kinds) for _ in range(count * 5 // 8)]
        rows += cancelling(draw, kinds)
    rows = rows[: count - count // 8]
    while len(rows) < count:
        row = tuple(draw.choice(edges(kind)) if draw.below(4) == 0 else draw.of(kind) for kind in kinds)
        rows.append(row)
    return [list(column) for column in zip(*rows)]


def cancelling(draw, kinds):
    """Where the third operand is what the product of the first two rounds to, negated: what remains shows a second rounding."""
    kind = kinds[0]
    if kind not in ("f32", "f64") or len(set(kinds)) != 1 or len(kinds) != 3:
        return []
    rows = []
    for _ in range(24):
        a, b = encode(kind, 1 + draw.fraction()), encode(kind, (1 + draw.fraction()) * 2.0 ** (draw.below(9) - 4))
        c = encode(kind, -(decode(kind, a) * decode(kind, b)))
        rows.append((a, b, c + draw.below(3) - 1))
    return rows


def sweep(draw, kind, low, high, count):
    """`count` numbers of a floating type drawn evenly between two numbers."""
    return [encode(kind, low + (high - low) * draw.fraction()) for _ in range(count)]


def magnitudes(draw, kind, least, most, count):
    """`count` positive numbers whose exponents of two are drawn evenly between two numbers."""
    return [encode(kind, math.ldexp(1 + draw.fraction(), int(least + draw.below(most - least)))) for _ in range(count)]
