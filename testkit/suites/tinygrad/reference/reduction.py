"""What makes few numbers out of many, or goes along them: sums, extremes, orders, products of matrices."""

import collections

import autograd.numpy as np
import numpy

from reference.elementwise import _meet, _real
from reference.movement import _axis, diagonal
from reference.tensor import value

Pair = collections.namedtuple("Pair", "values indices")


def _axes(x, dim):
    if dim is None:
        return tuple(range(x.ndim))
    axes = tuple(_axis(x, d) for d in (dim if isinstance(dim, (list, tuple)) else [dim]))
    return axes if axes and x.ndim else tuple(range(x.ndim))


def _typed(x, dtype):
    return x.astype(dtype) if dtype is not None else x.astype("int64") if x.dtype.kind in "bi" else x


def sum_(x, dim=None, keepdim=False, dtype=None):
    return np.sum(_typed(x, dtype), axis=_axes(x, dim), keepdims=keepdim)


def prod(x, dim=None, keepdim=False, dtype=None):
    return np.prod(_typed(x, dtype), axis=_axes(x, dim), keepdims=keepdim)


def mean(x, dim=None, keepdim=False):
    axes = _axes(x, dim)
    return sum_(x, dim, keepdim) / numpy.asarray(numpy.prod([x.shape[d] for d in axes]), x.dtype)


def var(x, dim=None, correction=1, keepdim=False):
    axes = _axes(x, dim)
    apart = x - mean(x, dim, True)
    freedom = max(int(numpy.prod([x.shape[d] for d in axes])) - correction, 0)
    return sum_(apart * apart, dim, keepdim) / numpy.asarray(freedom, x.dtype)


def std(x, dim=None, correction=1, keepdim=False):
    return np.sqrt(var(x, dim, correction, keepdim))


def std_mean(x, dim=None, correction=1, keepdim=False):
    return std(x, dim, correction, keepdim), mean(x, dim, keepdim)


def norm(x, dim=None, keepdim=False):
    return np.sqrt(sum_(x * x, dim, keepdim))


def dist(x, y):
    return norm(x - y)


def any_(x, dim=None, keepdim=False):
    return numpy.any(value(x), _axes(x, dim), keepdims=keepdim)


def all_(x, dim=None, keepdim=False):
    return numpy.all(value(x), _axes(x, dim), keepdims=keepdim)


def amax(x, dim=None, keepdim=False):
    return np.max(x, axis=_axes(x, dim), keepdims=keepdim)


def amin(x, dim=None, keepdim=False):
    return np.min(x, axis=_axes(x, dim), keepdims=keepdim)


def max_(x, dim=None, keepdim=False):
    return amax(x) if dim is None else Pair(amax(x, dim, keepdim), argmax(x, dim, keepdim))


def min_(x, dim=None, keepdim=False):
    return amin(x) if dim is None else Pair(amin(x, dim, keepdim), argmin(x, dim, keepdim))


def argmax(x, dim=None, keepdim=False):
    return numpy.asarray(numpy.argmax(value(x), dim, keepdims=keepdim))


def argmin(x, dim=None, keepdim=False):
    return numpy.asarray(numpy.argmin(value(x), dim, keepdims=keepdim))


def argsort(x, dim=-1, descending=False, stable=True):
    numbers = value(x)
    if not descending:
        return numpy.argsort(numbers, dim, kind="stable")
    # the last of equals comes first when turned round twice
    turned = numpy.flip(numbers, dim)
    return numpy.flip(numbers.shape[dim] - 1 - numpy.argsort(turned, dim, kind="stable"), dim)


def sort(x, dim=-1, descending=False, stable=True):
    order = argsort(x, dim, descending)
    return Pair(numpy.take_along_axis(value(x), order, dim), order)


def topk(x, k, dim=-1, largest=True, sorted=True):
    if k > x.shape[dim]:
        raise RuntimeError(f"{k} of {x.shape[dim]}")
    return Pair(*[numpy.take(part, range(k), dim) for part in sort(x, dim, largest)])


def _along(x, dim):
    """The array with that dimension in front, and how to put it back."""
    dim = _axis(x, dim)
    x = np.moveaxis(x, dim, 0) if x.ndim else np.reshape(x, (1,))
    return x, dim


def _running(x, dim, step):
    """What step makes of each number and the answer before it."""
    if 0 in x.shape or x.ndim == 0:
        _axis(x, dim)
        return x
    x, dim = _along(x, dim)
    parts = [x[0]]
    for index in range(1, x.shape[0]):
        parts.append(step(parts[-1], x[index]))
    return np.moveaxis(np.concatenate([part[None] for part in parts]), 0, dim)


def cumsum(x, dim):
    _axis(x, dim)
    return np.cumsum(x, dim) if x.ndim else x


def cumprod(x, dim):
    return _running(x, dim, lambda before, here: before * here)


def cummax(x, dim):
    return Pair(_running(x, dim, lambda before, here: np.where(value(here) >= value(before), here, before)), None)


def logcumsumexp(x, dim):
    return _running(x, dim, np.logaddexp)


def logsumexp(x, dim, keepdim=False):
    top = value(amax(x, dim, True))
    top = numpy.where(numpy.isfinite(top), top, 0).astype(x.dtype)
    found = np.log(sum_(np.exp(x - top), dim, True)) + top
    return found if keepdim else np.reshape(found, [n for d, n in enumerate(x.shape) if d not in _axes(x, dim)])


def matmul(x, y):
    if x.ndim == 0 or y.ndim == 0:
        raise RuntimeError("a bare number is no matrix")
    return np.matmul(*_meet(x, y))


def dot(x, y):
    return matmul(x, y)


def einsum(formula, *operands):
    operands = operands[0] if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else operands
    parts, arrow, result = formula.replace(" ", "").partition("->")
    if not arrow:
        letters = sorted(set(parts) - set(",."))
        result = "..." * ("..." in parts) + "".join(letter for letter in letters if parts.count(letter) == 1)
    # every dimension gets a letter, so that those under dots may vanish; the last of them are the same for all operands
    spare, most, named = "ZYXWVUTSRQ", 0, []
    for part, x in zip(parts.split(","), operands, strict=True):
        under = x.ndim - len(part.replace(".", ""))
        most = max(most, under)
        named.append(part.replace("...", spare[:under][::-1]))
    result = result.replace("...", spare[:most][::-1])
    if [len(part) for part in named] != [x.ndim for x in operands]:
        raise ValueError(formula)
    pairs = [_undoubled(part, x) for part, x in zip(named, operands)]
    return np.einsum(",".join(part for part, _ in pairs) + "->" + result, *_real(*[x for _, x in pairs]))


def _undoubled(part, x):
    """A letter that stands twice means a diagonal."""
    for letter in sorted(set(part)):
        while part.count(letter) > 1:
            first, second = part.index(letter), part.rindex(letter)
            x = diagonal(x, 0, first, second)
            part = part[:first] + part[first + 1 : second] + part[second + 1 :] + letter
    return part, x
