"""How far sums of matrix products may be off.

PTX ISA, mma and wmma.mma, Precision and rounding: products are exact in single precision; they are summed with at least
single precision, or at least half where both summand and result are halves, in an order and a rounding that are unspecified;
so is what becomes of subnormal inputs. One addition is then off by at most one unit of what is added up, in amounts; and a
result in halves by one unit of its own more.
"""

import math
import re

import matrices
from inputs import EXPONENTS, decode, is_nan

MOST = {"f16": 65504.0, "f32": 3.4028234663852886e38}
UNIT = {"f16": 2.0**-10, "f32": 2.0**-23}
LEAST = {"f16": 2.0**-24, "f32": 2.0**-149}
LEAST_NORMAL = {"f16": 2.0**-14, "bf16": 2.0**-126, "tf32": 2.0**-126, "f32": 2.0**-126}


def rule(case):
    """For rules.py."""
    if case.result == "f64":
        return lambda number, wanted, given: False
    layout = (Fragments if case.form.words[0] == "mma" else Memory)(case.form)
    bound = Sum(case.result, layout.kinds["c"])

    def allowed(number, wanted, given):
        place = layout.place(number)
        if place is None:
            return False
        pairs, summand = layout.terms(case.inputs, *place)
        return all(bound.holds(one, layout.kinds, pairs, summand) for one in (wanted, given))

    return allowed


class Sum:
    """What a sum of products may be."""

    def __init__(self, result, summand):
        self.result = result
        self.inner = "f16" if result == summand == "f16" else "f32"

    def holds(self, raw, kinds, pairs, summand):
        terms = [a * b for a, b in pairs] + [summand]
        special = [term for term in terms if not math.isfinite(term)]
        if special:
            exact = sum(special)
            return is_nan(self.result, raw) if math.isnan(exact) else decode(self.result, raw) == exact
        amount = math.fsum(map(abs, terms))
        if amount > MOST[self.inner]:
            return True  # may overflow on the way
        if is_nan(self.result, raw):
            return False
        value, exact = decode(self.result, raw), math.fsum(terms)
        if not math.isfinite(value):
            return abs(exact) * 1.001 > MOST[self.result]
        most = len(pairs) * (UNIT[self.inner] * amount + LEAST[self.inner]) + self.lost(kinds, pairs, summand)
        if self.result != self.inner:
            most += UNIT[self.result] * abs(exact) + LEAST[self.result]
        return abs(value - exact) <= most

    @staticmethod
    def lost(kinds, pairs, summand):
        """What there is of subnormal inputs."""
        least = LEAST_NORMAL[kinds["a"]]
        lost = sum(abs(a * b) for a, b in pairs if abs(a) < least or abs(b) < least)
        return lost + (abs(summand) if abs(summand) < LEAST_NORMAL[kinds["c"]] else 0)


def number(kind, data, index):
    """Element number `index` of packed bytes."""
    size = matrices.bits(kind) // 8
    raw = int.from_bytes(data[index * size : (index + 1) * size], "little")
    return decode("f32" if kind == "tf32" else kind, raw)


class Fragments:
    """mma: the elements of a fragment by lane and register, as the ISA's figures of each shape place them."""

    def __init__(self, form):
        self.m, self.n, self.k = matrices.shape(form)
        d, a, b, c = form.types
        self.kinds = {"d": d, "a": a, "b": b, "c": c}
        counts = {"a": self.m * self.k, "b": self.k * self.n, "c": self.m * self.n, "d": self.m * self.n}
        self.each = {part: counts[part] // matrices.LANES for part in counts}
        self.bytes = {part: self.each[part] * matrices.bits(self.kinds[part]) // 8 for part in counts}
        self.slots = sum(self.bytes[part] for part in "abc")

    def place(self, number_):
        """The round, row and column of a value of the answer."""
        lane, element = divmod(number_ % (self.each["d"] * matrices.LANES), self.each["d"])
        return number_ // (self.each["d"] * matrices.LANES), lane // 4 + 8 * (element // 2), lane % 4 * 2 + element % 2

    def element(self, part, row, column):
        """The lane and the element within its fragment."""
        if part == "c":
            return row % 8 * 4 + column // 2, row // 8 * 2 + column % 2
        along, across = (column, row) if part == "a" else (row, column)
        group = 1 if self.kinds[part] == "tf32" else 2  # neighbours along k in one register
        lane, block = along // group % 4, along // (4 * group)
        register = block * 2 + across // 8 if part == "a" else block
        return across % 8 * 4 + lane, register * group + along % group

    def at(self, inputs, turn, part, row, column):
        lane, element = self.element(part, row, column)
        start = (turn * matrices.LANES + lane) * self.slots + sum(self.bytes[before] for before in "abc"[: "abc".index(part)])
        return number(self.kinds[part], inputs[start : start + self.bytes[part]], element)

    def terms(self, inputs, turn, row, column):
        pairs = [(self.at(inputs, turn, "a", row, i), self.at(inputs, turn, "b", i, column)) for i in range(self.k)]
        return pairs, self.at(inputs, turn, "c", row, column)


class Memory:
    """wmma: matrices in memory, one after another, round by round."""

    def __init__(self, form):
        self.pipe = matrices.pipeline(form)
        self.kinds = self.pipe.kinds
        self.turn_bytes = sum(self.pipe.bytes(part) for part in "abc")

    def place(self, number_):
        size = self.pipe.bytes("d") * 8 // matrices.bits(self.kinds["d"])
        turn, rest = divmod(number_, size)
        row, column = divmod(rest, self.pipe.leading("d"))
        rows, columns = self.pipe.dimensions["d"]
        return (turn, row, column) if row < rows and column < columns else None

    def at(self, inputs, turn, part, row, column):
        start = turn * self.turn_bytes + sum(self.pipe.bytes(before) for before in "abc"[: "abc".index(part)])
        outer, inner = (row, column) if self.pipe.layouts[part] == "row" else (column, row)
        index = outer * self.pipe.leading(part) + inner
        return number(self.kinds[part], inputs[start : start + self.pipe.bytes(part)], index)

    terms = Fragments.terms

    @property
    def k(self):
        return self.pipe.dimensions["a"][1]
