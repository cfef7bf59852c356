"""What moves numbers and leaves them as they are: shapes, parts, orders."""

import autograd.numpy as np
import numpy

from reference.tensor import value


def _axes(shape):
    return shape[0] if len(shape) == 1 and isinstance(shape[0], (list, tuple)) else shape


def _axis(x, dim):
    """A dimension counted from the front; of a bare number 0 and -1 are good too."""
    count = max(x.ndim, 1)
    if not -count <= dim < count:
        raise IndexError(f"dimension {dim} of {x.ndim}")
    return dim % count


def getitem(x, index):
    """Bare numbers choose before arrays do, so that arrays on both sides of one stay neighbours."""
    index = list(index) if isinstance(index, tuple) else [index]
    index = [int(one) if isinstance(one, numpy.ndarray) and one.ndim == 0 and one.dtype.kind in "iu" else one for one in index]
    numbers = [type(one) is int for one in index]
    if any(numbers) and any(isinstance(one, (list, numpy.ndarray)) for one in index):
        x = x[tuple(one if number else one if one is Ellipsis else slice(None) for one, number in zip(index, numbers) if one is not None)]
        index = [one for one, number in zip(index, numbers) if not number]
    return x[tuple(index)]


def reshape(x, *shape):
    if isinstance(shape[0], numpy.dtype):
        return value(x).view(shape[0])
    return np.reshape(x, _axes(shape))


view = reshape


def view_as(x, like):
    return np.reshape(x, like.shape)


def permute(x, *dims):
    return np.transpose(x, [d % max(x.ndim, 1) for d in _axes(dims)])


def transpose(x, dim0=0, dim1=1):
    return np.swapaxes(x, _axis(x, dim0), _axis(x, dim1)) if x.ndim else x


def t(x):
    return np.transpose(x)


def flatten(x, start_dim=0, end_dim=-1):
    start, end = _axis(x, start_dim), _axis(x, end_dim)
    return np.reshape(x, (*x.shape[:start], int(numpy.prod(x.shape[start : end + 1])), *x.shape[end + 1 :]))


def unflatten(x, dim, sizes):
    dim = _axis(x, dim)
    return np.reshape(x, (*x.shape[:dim], *sizes, *x.shape[dim + 1 :]))


def squeeze(x, dim=None):
    if dim is None:
        return np.reshape(x, [n for n in x.shape if n != 1])
    gone = [_axis(x, d) for d in (dim if isinstance(dim, (list, tuple)) else [dim])]
    return np.reshape(x, [n for d, n in enumerate(x.shape) if n != 1 or d not in gone])


def unsqueeze(x, dim):
    if not -x.ndim - 1 <= dim <= x.ndim:
        raise IndexError(f"dimension {dim} of {x.ndim + 1}")
    return np.expand_dims(x, dim)


def expand(x, *shape):
    shape = list(_axes(shape))
    own = [1] * (len(shape) - x.ndim) + list(x.shape)
    shape = [o if n == -1 else n for o, n in zip(own, shape)]
    return np.reshape(x, own) * numpy.ones(shape, x.dtype) if x.dtype != bool else numpy.broadcast_to(x, shape)


def repeat(x, *times):
    times = _axes(times)
    return np.tile(np.reshape(x, [1] * (len(times) - x.ndim) + list(x.shape)), times)


def repeat_interleave(x, repeats, dim=None):
    x, dim = (np.reshape(x, -1), 0) if dim is None else (x, dim)
    return index_select(x, dim, numpy.repeat(numpy.arange(x.shape[dim]), repeats))


def cat(tensors, dim=0):
    return np.concatenate(tensors, _axis(tensors[0], dim))


def stack(tensors, dim=0):
    return np.concatenate([unsqueeze(x, dim) for x in tensors], dim if dim >= 0 else dim + tensors[0].ndim + 1)


def split(x, sizes, dim=0):
    dim = _axis(x, dim)
    if isinstance(sizes, int):
        sizes = [min(sizes, x.shape[dim] - at) for at in range(0, x.shape[dim], sizes)]
    ends = numpy.cumsum(sizes)
    if ends[-1] != x.shape[dim]:
        raise RuntimeError(f"parts of {ends[-1]} in {x.shape[dim]}")
    return tuple(x[(slice(None),) * dim + (slice(int(end - size), int(end)),)] for size, end in zip(sizes, ends))


def chunk(x, chunks, dim=0):
    return split(x, -(-x.shape[dim] // chunks), dim)


def flip(x, *dims):
    axes = {_axis(x, d) for d in _axes(dims)}
    if len(axes) != len(_axes(dims)):
        raise RuntimeError("a dimension stands twice")
    return x[tuple(slice(None, None, -1 if d in axes else None) for d in range(x.ndim))]


def roll(x, shifts, dims=None):
    if dims is None:
        return np.reshape(roll(np.reshape(x, -1), shifts, 0), x.shape)
    for by, dim in zip(*[given if isinstance(given, (list, tuple)) else [given] for given in (shifts, dims)], strict=True):
        x = index_select(x, dim, numpy.roll(numpy.arange(x.shape[dim]), by))
    return x


def tril(x, diagonal=0):
    return np.where(numpy.tri(*x.shape[-2:], diagonal, dtype=bool), x, numpy.zeros(x.shape, x.dtype))


def triu(x, diagonal=0):
    return np.where(numpy.tri(*x.shape[-2:], diagonal - 1, dtype=bool), numpy.zeros(x.shape, x.dtype), x)


def diag(x, diagonal=0):
    return np.diag(x, diagonal)


def diagonal(x, offset=0, dim1=0, dim2=1):
    x = np.moveaxis(x, (dim1, dim2), (-2, -1))
    size = min(x.shape[-2] + min(offset, 0), x.shape[-1] - max(offset, 0))
    rows = numpy.arange(size)
    return x[..., rows - min(offset, 0), rows + max(offset, 0)]


def meshgrid(*tensors, indexing="ij"):
    if indexing not in ("ij", "xy"):
        raise RuntimeError(indexing)
    count, order = len(tensors), list(range(len(tensors)))
    if indexing == "xy" and count > 1:
        order[:2] = [1, 0]
    sizes = [int(numpy.size(value(tensors[d]))) for d in order]
    return tuple(expand(np.reshape(x, [-1 if order[d] == i else 1 for d in range(count)]), *sizes) for i, x in enumerate(tensors))


def unfold(x, dimension, size, step):
    dimension = _axis(x, dimension)
    if step <= 0 or size > x.shape[dimension]:
        raise RuntimeError(f"windows of {size}, {step} apart, of {x.shape[dimension]}")
    starts = numpy.arange((x.shape[dimension] - size) // step + 1) * step
    windows = x[(slice(None),) * dimension + (starts[:, None] + numpy.arange(size)[None, :],)]
    return np.moveaxis(windows, dimension + 1, -1)


def _places(index, dim):
    """The index of every number along dim, together with where it stands itself in the others."""
    dim = dim % max(index.ndim, 1)
    return tuple(index if d == dim else place for d, place in enumerate(numpy.indices(index.shape, sparse=True)))


def gather(x, dim, index):
    _axis(x, dim)
    if x.ndim != index.ndim or any(i > n for d, (i, n) in enumerate(zip(index.shape, x.shape)) if d != dim % max(x.ndim, 1)):
        raise RuntimeError("the index is of another shape")
    return x[_places(index, dim)] if x.ndim else x


def index_select(x, dim, index):
    return x[(slice(None),) * _axis(x, dim) + (index,)]


def masked_select(x, mask):
    return np.reshape(expand(x, *numpy.broadcast_shapes(x.shape, mask.shape)), -1)[
        numpy.flatnonzero(numpy.broadcast_to(mask, numpy.broadcast_shapes(x.shape, mask.shape)))
    ]
