"""Tensors made from nothing, or after the shape of another."""

import numpy

from reference.tensor import value


def _shape(shape):
    return tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], (list, tuple)) else tuple(map(int, shape))


def zeros(*shape, dtype="float32", **_):
    return numpy.zeros(_shape(shape), dtype)


def ones(*shape, dtype="float32", **_):
    return numpy.ones(_shape(shape), dtype)


empty = zeros


def randn(*shape, dtype="float32", **_):
    return numpy.random.default_rng(0).standard_normal(_shape(shape)).astype(dtype)


def rand(*shape, dtype="float32", **_):
    return numpy.random.default_rng(0).random(_shape(shape)).astype(dtype)


def randint(*arguments, size=None, low=None, high=None, dtype="int64", **_):
    *bounds, size = [given for given in (low, high, *arguments, size) if given is not None]
    return numpy.random.default_rng(0).integers(*bounds, size=size).astype(dtype)


def manual_seed(_):
    """Each of these is drawn anew from one seed."""


def normal(mean, std, size, **_):
    return numpy.random.default_rng(0).normal(mean, std, size).astype("float32")


def from_numpy(array):
    return array


def full(shape, fill_value, dtype=None, **_):
    return numpy.full(shape, fill_value, dtype or ("float32" if isinstance(fill_value, float) else None))


def zeros_like(x, dtype=None, **_):
    return numpy.zeros_like(value(x), dtype)


def ones_like(x, dtype=None, **_):
    return numpy.ones_like(value(x), dtype)


def full_like(x, fill_value, dtype=None, **_):
    return numpy.full_like(value(x), fill_value, dtype)


def eye(rows, columns=None, dtype="float32", **_):
    return numpy.eye(rows, columns, dtype=dtype)


def arange(*bounds, dtype=None, **_):
    found = numpy.arange(*bounds)
    return found.astype(dtype or ("float32" if found.dtype.kind == "f" else "int64"))


def linspace(first, last, steps, dtype="float32", **_):
    if numpy.dtype(dtype) == bool:
        raise ValueError("of truth values")
    found = numpy.linspace(first, last, steps)
    return (numpy.trunc(found) if numpy.dtype(dtype).kind == "i" else found).astype(dtype)
