"""What is done to each number by itself, with PyTorch's rules for the type of the answer."""

import math

import autograd.numpy as np
import numpy
from autograd.extend import defvjp, primitive

from reference.tensor import value

KINDS = "buif"


def _rank(x):
    """How much a type counts: that of an array with dimensions most, a bare number's least."""
    return 0 if isinstance(x, (bool, int, float)) else 2 if np.ndim(x) else 1


def _kind(x):
    return {bool: 0, int: 1, float: 3}[type(x)] if _rank(x) == 0 else KINDS.index(x.dtype.kind)


def _own(x):
    """The type of an operand; of a bare number the one that PyTorch begins with."""
    return {bool: numpy.dtype(bool), int: numpy.dtype("int64"), float: numpy.dtype("float32")}[type(x)] if _rank(x) == 0 else x.dtype


def _common(*operands):
    """The type in which operands meet: of the highest kind, those that count most decide."""
    kinds = [3 if _kind(x) == 3 else min(_kind(x), 1) for x in operands]
    highest = [x for x, kind in zip(operands, kinds) if kind == max(kinds)]
    most = max(map(_rank, highest))
    return numpy.result_type(*[_own(x) for x in highest if _rank(x) == most])


def _cast(x, dtype):
    if _rank(x) == 0:
        return numpy.array(x, dtype)
    return x if x.dtype == dtype else x.astype(dtype)


def _meet(*operands):
    dtype = _common(*operands)
    return [_cast(x, dtype) for x in operands]


def _real(*operands):
    """The operands as numbers with fractions."""
    dtype = _common(*operands, 1.0)
    return [_cast(x, dtype) for x in operands]


def type_(x, dtype):
    return _cast(x, dtype)


def to(x, dtype):
    return _cast(x, dtype) if isinstance(dtype, numpy.dtype) else x


def half(x):
    return _cast(x, "float16")


def float_(x):
    return _cast(x, "float32")


def double(x):
    return _cast(x, "float64")


def int_(x):
    return _cast(x, "int32")


def long(x):
    return _cast(x, "int64")


def bool_(x):
    return x != 0


def add(x, y):
    x, y = _meet(x, y)
    return x | y if x.dtype == bool else x + y


def sub(x, y):
    x, y = _meet(x, y)
    return x - y


def mul(x, y):
    x, y = _meet(x, y)
    return x & y if x.dtype == bool else x * y


def div(x, y, rounding_mode=None):
    if rounding_mode == "floor":
        return floor_divide(x, y)
    whole = _common(x, y)
    x, y = _real(x, y)
    if rounding_mode is None:
        return x / y
    if rounding_mode != "trunc":
        raise ValueError(rounding_mode)
    return _cast(np.trunc(x.astype("float64") / y), whole)


def floor_divide(x, y):
    x, y = _meet(x, y)
    return x // y


def remainder(x, y):
    x, y = _meet(x, y)
    return x % y


def pow_(x, y):
    return _pow(*_meet(x, y))


def _narrowed(gradient, like):
    """The gradient of an operand that was spread over more places than its own."""
    extra = gradient.ndim - numpy.ndim(like)
    gradient = np.sum(gradient, axis=tuple(range(extra)))
    return np.sum(gradient, axis=tuple(d for d, n in enumerate(numpy.shape(like)) if n == 1), keepdims=True)


@primitive
def _pow(x, y):
    return x**y


def _base_gradient(answer, x, y):
    """Nothing where the exponent is 0, whatever the base."""
    return lambda g: _narrowed(np.where(y == 0, 0, g * y * x ** np.where(y == 0, 1, y - 1)).astype(x.dtype), x)


def _exponent_gradient(answer, x, y):
    """Of a base of 0 it is 0 where the power is one, and without bound where it is not."""
    return lambda g: _narrowed(np.where(x == 0, np.where(y < 0, -math.inf, 0), g * answer * np.log(x)).astype(y.dtype), y)


defvjp(_pow, _base_gradient, _exponent_gradient)


def lerp(x, y, weight):
    return x + weight * (y - x)


def copysign(x, y):
    x, y = _meet(x, y)
    flip = numpy.where(numpy.signbit(value(x)) != numpy.signbit(value(y)), -1, 1).astype(x.dtype)
    return np.where(value(x) == 0, numpy.copysign(value(x), value(y)), x * flip)


def where(condition, x, y):
    return np.where(condition, *_meet(x, y))


def masked_fill(x, mask, filling):
    return where(mask, filling, x)


def neg(x):
    return -x


def abs_(x):
    return np.abs(x)


def sign(x):
    return np.sign(x)


def square(x):
    return x * x


def rsqrt(x):
    return 1 / np.sqrt(*_real(x))


def reciprocal(x):
    return 1 / _real(x)[0]


@primitive
def _erf(x):
    return numpy.asarray(numpy.vectorize(math.erf, otypes="d")(x), x.dtype)


defvjp(_erf, lambda answer, x: lambda g: g * numpy.asarray(2 / math.sqrt(math.pi), x.dtype) * np.exp(-x * x))


def erf(x):
    return _erf(*_real(x))


def sigmoid(x):
    return np.exp(-np.logaddexp(numpy.zeros((), _real(x)[0].dtype), -_real(x)[0]))


def relu(x):
    return np.where(x > 0, x, np.zeros_like(x))


def isclose(x, y, rtol=1e-5, atol=1e-8, equal_nan=False):
    return numpy.isclose(value(x), value(y), rtol, atol, equal_nan)


def clip(x, min_=None, max_=None, **bounds):
    min_, max_ = bounds.get("min", min_), bounds.get("max", max_)
    if min_ is None and max_ is None:
        raise ValueError("neither bound")
    # the upper bound wins where they cross, and the gradient flows where neither holds
    if min_ is not None:
        x = where(x < min_, min_, x)
    return x if max_ is None else where(x > max_, max_, x)


clamp = clip


def _table(names, function):
    """By PyTorch's name, which is numpy's own or follows a colon, what function makes of numpy's."""
    return {pair.split(":")[-1]: function(getattr(np, pair.split(":")[0])) for pair in names.split()}


TABLE = {
    **_table(
        "sqrt exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin:asin arccos:acos arctan:atan"
        " sinh cosh tanh arcsinh:asinh arccosh:acosh arctanh:atanh",
        lambda function: lambda x: function(*_real(x)),
    ),
    **_table(
        "maximum minimum logaddexp equal:eq not_equal:ne less:lt less_equal:le greater:gt greater_equal:ge",
        lambda function: lambda x, y: function(*_meet(x, y)),
    ),
    # these have no gradient
    **{
        name: lambda x, function=getattr(numpy, name): function(value(x))
        for name in "trunc floor ceil isnan isinf isfinite logical_not".split()
    },
    **{
        name: lambda x, y, function=getattr(numpy, name): function(*_meet(value(x), value(y)))
        for name in "bitwise_and bitwise_or bitwise_xor".split()
    },
    "bitwise_left_shift": lambda x, y: numpy.left_shift(*_meet(x, y)),
    "bitwise_right_shift": lambda x, y: numpy.right_shift(*_meet(x, y)),
    "round": lambda x: numpy.rint(value(x)),
    "bitwise_not": lambda x: numpy.invert(x),
}
