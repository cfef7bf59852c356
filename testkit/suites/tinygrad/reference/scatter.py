"""What is written to places that an index names."""

import math

import autograd.numpy as np
import numpy

from reference.movement import _axis
from reference.tensor import value as bare


def _spread(index, x, dim):
    """For each place of x along dim, in a new last dimension, whether a place of the index means it."""
    if index.ndim != x.ndim:
        raise RuntimeError("the index is of another shape")
    return index[..., None] == numpy.arange(x.shape[dim])


def _sized(part, x, filling):
    """As large as x: beyond where the index goes is the filling."""
    widths = [(0, n - own) for own, n in zip(part.shape, x.shape)]
    if not any(high for _, high in widths):
        return part
    inside = numpy.pad(numpy.ones(part.shape, bool), widths)
    return np.where(inside, np.pad(part, widths, "constant"), numpy.asarray(filling, part.dtype))


def _source(src, index, x):
    if numpy.ndim(bare(src)) == 0:
        return numpy.full(index.shape, bare(src), x.dtype)
    if src.dtype != x.dtype:
        raise RuntimeError(f"{src.dtype} into {x.dtype}")
    return src[tuple(map(slice, index.shape))]


def _gathered(x, dim, index, src, neutral, reduced):
    """What reduced makes, at every place of x, of the sources that belong there, and how many they are."""
    hits = _spread(index, x, dim)
    parts = np.where(hits, src[..., None], numpy.asarray(neutral, x.dtype))
    counts = _sized(numpy.moveaxis(hits.sum(dim), -1, dim), x, 0)
    return _sized(np.moveaxis(reduced(parts, axis=dim), -1, dim), x, neutral), counts


KINDS = {
    "sum": (0, np.sum, lambda x, y: x + y),
    "prod": (1, np.prod, lambda x, y: x * y),
    "amax": (-math.inf, np.max, np.maximum),
    "amin": (math.inf, np.min, np.minimum),
}


def scatter(x, dim, index, src=None, reduce=None, value=None):
    dim, src = _axis(x, dim), _source(src if value is None else value, index, x)
    if reduce is not None:
        return scatter_reduce(x, dim, index, src, {"add": "sum", "multiply": "prod"}[reduce])
    order = numpy.arange(index.shape[dim]).reshape([-1 if d == dim else 1 for d in range(x.ndim)])[..., None]
    hits = _spread(index, x, dim)
    # the last of several that are written to one place stays
    last = hits & (order == numpy.where(hits, order, -1).max(dim, keepdims=True))
    parts = np.sum(np.where(last, src[..., None], numpy.zeros((), x.dtype)), axis=dim)
    return np.where(_sized(numpy.moveaxis(last.any(dim), -1, dim), x, False), _sized(np.moveaxis(parts, -1, dim), x, 0), x)


def scatter_add(x, dim, index, src):
    return scatter_reduce(x, dim, index, src, "sum")


def scatter_reduce(x, dim, index, src, reduce, include_self=True):
    dim, src = _axis(x, dim), _source(src, index, x)
    neutral, reduced, joined = KINDS["sum" if reduce == "mean" else reduce]
    found, counts = _gathered(x, dim, index, src, neutral, reduced)
    if include_self:
        found = joined(x, found)
    if reduce == "mean":
        found = found / numpy.maximum(counts + include_self, 1).astype(x.dtype)
    return np.where(counts > 0, found, x)
