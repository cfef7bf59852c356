"""How far approximations may be off, as the notes of each instruction in the PTX ISA say. Exact values come from doubles,
whose own error is nothing beside the bounds."""

import decimal
import math

from inputs import decode, is_nan

DIGITS = {"f16": (10, -24), "f32": (23, -149)}  # of a mantissa, and the exponent of the least number
LEAST_NORMAL = {"f16": 2.0**-14, "f32": 2.0**-126}


def rule(case, columns):
    """For rules.py, with the operands' bits."""
    kind = case.result.removesuffix("x2")
    if kind == "f64":
        return gross if case.form.has("ftz") else lambda number, *both: all(nearest_root(columns[0][number], one) for one in both)
    halves = 2 if case.result.endswith("x2") else 1
    flush, holds = case.form.has("ftz"), BOUNDS[kind, case.form.words[0]]
    full = case.form.has("full")

    def allowed(number, wanted, given):
        if is_nan(kind, wanted) or is_nan(kind, given):
            # which NaN is unspecified (rules.py)
            return is_nan(kind, wanted) and is_nan(kind, given)
        raw = [column[number // halves] >> 16 * (number % halves) for column in columns]
        arguments = [decode(kind, one & (0xFFFF if kind == "f16" else 0xFFFFFFFF)) for one in raw]
        if flush:
            arguments = [math.copysign(0.0, one) if abs(one) < LEAST_NORMAL[kind] else one for one in arguments]
        if full:
            arguments.append("full")
        return all(holds(decode(kind, one), *arguments) for one in (wanted, given))

    return allowed


def gross(number, wanted, given):
    """rcp and rsqrt.approx.ftz.f64 are gross approximations for which the ISA has no bound; one unit of the upper word is all that
    an H100's answers are off by, and all that is allowed."""
    return wanted & 0xFFFFFFFF == given & 0xFFFFFFFF == 0 and abs((wanted >> 32) - (given >> 32)) == 1


def nearest_root(argument, result):
    """rsqrt.approx.f64, for which the ISA has no bound: one unit, as the CUDA C++ Programming Guide, Mathematical Functions, has it
    of rsqrt, which is made of it."""
    a, value = decode("f64", argument), decode("f64", result)
    if not (positive(a) and positive(value)):
        return False
    with decimal.localcontext() as context:
        context.prec = 50
        return abs(decimal.Decimal(value) - 1 / decimal.Decimal(a).sqrt()) <= decimal.Decimal(math.ulp(value))


def unit(kind, value):
    """One unit in the last place at a value."""
    digits, least = DIGITS[kind]
    return 2.0 ** max(math.frexp(value)[1] - 1 - digits, least) if value else 2.0**least


def within(value, exact, most):
    """A difference is no larger than a bound; infinities have none."""
    return math.isfinite(value) and math.isfinite(exact) and abs(value - exact) <= most


def reciprocal(value, a):
    return a != 0 and within(value, 1 / a, unit("f32", 1 / a)) or flushes(value, a and 1 / a)


def flushes(value, exact):
    """A result that is subnormal is zero where .ftz says so; an approximation need not tell on which side of the limit it is."""
    return value == 0 and 0 < abs(exact) < LEAST_NORMAL["f32"]


def quotient(value, a, b, full=None):
    """div.full: 2 units. div.approx: for a divisor from 2^-126 to 2^126."""
    usual = full or 2.0**-126 <= abs(b) <= 2.0**126
    return bool(usual) and b != 0 and math.isfinite(b) and (within(value, a / b, 2 * unit("f32", a / b)) or flushes(value, a / b))


def relative(most, function, domain):
    return lambda value, a: domain(a) and within(value, function(a), most * abs(function(a)))


def logarithm(value, a):
    """Within 2^-22 of the logarithm between 0.5 and 2, elsewhere of its amount."""
    if not (a > 0 and math.isfinite(a)):
        return False
    exact = math.log2(a)
    return within(value, exact, 2.0**-22 * (1 if 0.5 < a < 2 else abs(exact)))


def power(value, a):
    """At most 2 units from the correctly rounded result."""
    if not abs(a) < 200:
        return False
    exact = 2.0**a
    return within(value, exact, 2.5 * unit("f32", exact)) or flushes(value, exact)


def half_power(value, a):
    """Within 2^-9.9 of its amount; where halves are too coarse for that, being subnormal, within one unit, which an H100 needs."""
    if not abs(a) < 32:
        return False
    exact = 2.0**a
    return exact < 65520 and within(value, exact, 2.0**-9.9 * exact if exact >= LEAST_NORMAL["f16"] else 2.0**-24)


def circular(function):
    """2^-20.5 up to two pi, 2^-14.7 up to a hundred pi; beyond there is no guarantee."""

    def holds(value, a):
        if not math.isfinite(a):
            return False
        if abs(a) > 100 * math.pi:
            return abs(value) <= 1
        return within(value, function(a), 2.0**-20.5 if abs(a) <= 2 * math.pi else 2.0**-14.7)

    return holds


def positive(a):
    return a > 0 and math.isfinite(a)


BOUNDS = {
    ("f32", "rcp"): reciprocal,
    ("f32", "div"): quotient,
    ("f32", "sqrt"): relative(2.0**-23, math.sqrt, positive),
    ("f32", "rsqrt"): relative(2.0**-22.9, lambda a: 1 / math.sqrt(a), positive),
    ("f32", "sin"): circular(math.sin),
    ("f32", "cos"): circular(math.cos),
    ("f32", "lg2"): logarithm,
    ("f32", "ex2"): power,
    ("f32", "tanh"): relative(2.0**-11, math.tanh, math.isfinite),
    ("f16", "ex2"): half_power,
    ("f16", "tanh"): lambda value, a: within(value, math.tanh(a), 2.0**-10.987),
}
