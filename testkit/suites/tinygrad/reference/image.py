"""What torch.nn.functional does over images: padding, windows, convolutions, other sizes."""

import itertools
import math

import autograd.numpy as np
import numpy

from reference.movement import index_select
from reference.tensor import Lacking, value


def pad(x, pad=(), mode="constant", value=0):
    """What is negative cuts, and last: what lies beyond the edges is made of the whole."""
    widths = [(0, 0)] * (x.ndim - len(pad) // 2) + [tuple(pad[at : at + 2]) for at in range(0, len(pad), 2)][::-1]
    if len(pad) % 2 or len(widths) > x.ndim:
        raise ValueError(pad)
    more = [(max(low, 0), max(high, 0)) for low, high in widths]
    if mode == "constant":
        x = _filled(x, more, value)
    else:
        x = _indexed(x, more, {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}[mode])
    return x[tuple(slice(max(-low, 0), n - max(-high, 0)) for n, (low, high) in zip(x.shape, widths))]


def _filled(x, widths, filling):
    if not any(map(any, widths)):
        return x
    padded = np.pad(x, widths, "constant")
    if isinstance(filling, float) and x.dtype.kind != "f":
        padded = padded.astype("float32")
    inside = numpy.pad(numpy.ones(x.shape, bool), widths)
    return padded if filling == 0 else np.where(inside, padded, numpy.asarray(filling, padded.dtype))


def _indexed(x, widths, mode):
    """The array by indices that numpy itself padded: an index carries the gradient back."""
    for dim, (n, width) in enumerate(zip(x.shape, widths)):
        if width == (0, 0):
            continue
        if mode == "reflect" and max(width) >= n or mode == "wrap" and max(width) > n:
            raise RuntimeError(f"{mode} of {width} at {n}")
        x = index_select(x, dim, numpy.pad(numpy.arange(n), width, mode))
    return x


def _each(given, count):
    return tuple(given) if isinstance(given, (list, tuple)) else (given,) * count


def _windows(x, kernel, stride, dilation):
    """For each place in the kernel, what lies under it at every stop of the window; x has as many dimensions in front as it likes."""
    count = len(kernel)
    sizes = [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(x.shape[-count:], kernel, stride, dilation)]
    if min(sizes) <= 0:
        raise RuntimeError("the kernel is larger than what it goes over")
    for place in itertools.product(*map(range, kernel)):
        yield place, x[(..., *[slice(p * d, p * d + (n - 1) * s + 1, s) for p, n, s, d in zip(place, sizes, stride, dilation)])]


def _convolved(x, weight, bias, stride, dilation, groups):
    batch, outs, kernel = x.shape[0], weight.shape[0], weight.shape[2:]
    weight = np.reshape(weight, (groups, outs // groups, *weight.shape[1:]))
    if groups * weight.shape[2] != x.shape[1]:
        raise RuntimeError("the channels do not match")
    total = 0
    for place, part in _windows(x, kernel, stride, dilation):
        flat = np.reshape(part, (batch, groups, weight.shape[2], -1))
        total = total + np.matmul(weight[(slice(None), slice(None), slice(None), *place)][None], flat)
        shape = part.shape[2:]
    total = np.reshape(total, (batch, outs, *shape))
    return total if bias is None else total + np.reshape(bias, (1, -1) + (1,) * len(kernel))


def _conv(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    count = weight.ndim - 2
    stride, padding, dilation = _each(stride, count), _each(padding, count), _each(dilation, count)
    if len(padding) != count:
        raise RuntimeError(padding)
    x = np.pad(x, [(0, 0), (0, 0), *[(p, p) for p in padding]], "constant")
    return _convolved(x, weight, bias, stride, dilation, groups)


def conv1d(*arguments, **options):
    return _conv(*arguments, **options)


conv2d = conv3d = conv1d


def _apart(x, dim, stride):
    """The numbers along dim with zeros between them."""
    widths = [(0, 0)] * (x.ndim + 1)
    widths[dim + 1] = (0, stride - 1)
    spread = np.pad(np.expand_dims(x, dim + 1), widths, "constant")
    spread = np.reshape(spread, (*x.shape[:dim], x.shape[dim] * stride, *x.shape[dim + 1 :]))
    return spread[(slice(None),) * dim + (slice(0, spread.shape[dim] - stride + 1),)]


def _conv_transpose(x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    count = weight.ndim - 2
    stride, padding, dilation, output_padding = [_each(given, count) for given in (stride, padding, dilation, output_padding)]
    for dim, s in enumerate(stride, 2):
        if s > 1:
            x = _apart(x, dim, s)
    margins = [d * (k - 1) - p for d, k, p in zip(dilation, weight.shape[2:], padding)]
    x = pad(x, [m for margin, more in reversed(list(zip(margins, output_padding))) for m in (margin, margin + more)])
    ins, outs = weight.shape[:2]
    weight = np.swapaxes(np.reshape(weight, (groups, ins // groups, outs, *weight.shape[2:])), 1, 2)
    weight = np.reshape(weight, (groups * outs, ins // groups, *weight.shape[3:]))
    weight = weight[(slice(None), slice(None)) + (slice(None, None, -1),) * count]
    return _convolved(x, weight, bias, (1,) * count, dilation, groups)


def conv_transpose1d(*arguments, **options):
    return _conv_transpose(*arguments, **options)


conv_transpose2d = conv_transpose3d = conv_transpose1d


def _stops(n, k, s, p, d, ceil_mode):
    """How many stops a window makes: the last one begins inside what it goes over."""
    span = n + 2 * p - d * (k - 1) - 1
    stops = (-(-span // s) if ceil_mode else span // s) + 1
    return stops - 1 if ceil_mode and (stops - 1) * s >= n + p else stops


def _pooled(x, kernel, stride, padding, dilation, ceil_mode, filling):
    """The windows in one new last dimension; beyond the edges is the filling."""
    count = len(kernel)
    widths = []
    for n, k, s, p, d in zip(x.shape[-count:], kernel, stride, padding, dilation):
        stops = _stops(n, k, s, p, d, ceil_mode)
        widths += [p, max((stops - 1) * s + d * (k - 1) + 1 - n - p, 0)]
    widths = [width for at in range(len(widths) - 2, -1, -2) for width in widths[at : at + 2]]
    x = pad(x, widths, value=filling)
    return np.concatenate([part[..., None] for _, part in _windows(x, kernel, stride, dilation)], -1)


def _max_pool(count, x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    kernel, padding, dilation = _each(kernel_size, count), _each(padding, count), _each(dilation, count)
    stride = _each(kernel if stride is None else stride, count)
    if len(padding) != count or any(p > k // 2 for p, k in zip(padding, kernel)):
        raise RuntimeError("padding of more than half the kernel")
    lowest = -math.inf if x.dtype.kind == "f" else int(numpy.iinfo(x.dtype).min) if x.dtype.kind in "iu" else False
    windows = _pooled(x, kernel, stride, padding, dilation, ceil_mode, lowest)
    best = numpy.argmax(value(windows), -1)
    found = np.sum(np.where(best[..., None] == numpy.arange(windows.shape[-1]), windows, 0), -1).astype(x.dtype)
    if not return_indices:
        return found
    places = numpy.arange(math.prod(x.shape[-count:])).reshape(x.shape[-count:])
    spots = _pooled(places, kernel, stride, padding, dilation, ceil_mode, -1)
    return found, numpy.take_along_axis(numpy.broadcast_to(spots, windows.shape), best[..., None], -1)[..., 0]


def _avg_pool(count, x, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    kernel, padding = _each(kernel_size, count), _each(padding, count)
    stride, dilation = _each(kernel if stride is None else stride, count), (1,) * count
    windows = _pooled(x, kernel, stride, padding, dilation, ceil_mode, 0)
    inside = numpy.ones(x.shape[-count:], x.dtype)
    if count_include_pad:
        inside = numpy.pad(inside, [(p, p) for p in padding], constant_values=1)
        counts = _pooled(inside, kernel, stride, (0,) * count, dilation, ceil_mode, 0)
    else:
        counts = _pooled(inside, kernel, stride, padding, dilation, ceil_mode, 0)
    sizes = windows.shape[-count - 1 : -1]
    counts = numpy.sum(counts, -1)[tuple(slice(0, n) for n in sizes)]
    return np.sum(windows, -1) / counts


def max_pool1d(x, *arguments, **options):
    return _max_pool(1, x, *arguments, **options)


def max_pool2d(x, *arguments, **options):
    return _max_pool(2, x, *arguments, **options)


def max_pool3d(x, *arguments, **options):
    return _max_pool(3, x, *arguments, **options)


def avg_pool1d(x, *arguments, **options):
    return _avg_pool(1, x, *arguments, **options)


def avg_pool2d(x, *arguments, **options):
    return _avg_pool(2, x, *arguments, **options)


def avg_pool3d(x, *arguments, **options):
    return _avg_pool(3, x, *arguments, **options)


def _unpooled(count, x, indices, kernel_size, stride=None, padding=0, output_size=None):
    """Each number back at the place it came from."""
    kernel, padding = _each(kernel_size, count), _each(padding, count)
    stride = _each(kernel if stride is None else stride, count)
    sizes = [(n - 1) * s - 2 * p + k for n, s, p, k in zip(x.shape[-count:], stride, padding, kernel)]
    sizes = sizes if output_size is None else list(output_size)[-count:]
    lead = x.shape[:-count]
    flat, places = np.reshape(x, (math.prod(lead), -1)), numpy.reshape(indices, (math.prod(lead), -1))
    origin = numpy.full((math.prod(lead), math.prod(sizes)), -1)
    numpy.put_along_axis(origin, places, numpy.arange(places.shape[1])[None, :], 1)
    found = flat[numpy.arange(origin.shape[0])[:, None], numpy.maximum(origin, 0)]
    return np.reshape(np.where(origin >= 0, found, numpy.zeros((), x.dtype)), (*lead, *sizes))


def max_unpool2d(x, *arguments, **options):
    return _unpooled(2, x, *arguments, **options)


def _positions(n, size, mode, align_corners):
    """Where in n numbers each of size lies, by the centre of its pixel or by its edge."""
    stops = numpy.arange(size)
    if align_corners:
        return stops * ((n - 1) / (size - 1) if size > 1 else 0)
    if mode == "nearest":
        return numpy.floor(stops * numpy.float32(n / size))
    if mode == "nearest-exact":
        return numpy.floor((stops + 0.5) * (n / size))
    return numpy.maximum((stops + 0.5) * (n / size) - 0.5, 0)


def interpolate(x, size, mode="nearest", align_corners=False):
    count = x.ndim - 2
    if x.dtype.kind == "u" and "linear" in mode:
        raise Lacking("interpolation between whole numbers")
    for dim, wanted in enumerate(_each(size, count), 2):
        places = _positions(x.shape[dim], wanted, mode, align_corners)
        low = places.astype(int)
        if "nearest" in mode:
            x = index_select(x, dim, low)
            continue
        part = (places - low).astype(x.dtype).reshape([-1 if d == dim else 1 for d in range(x.ndim)])
        high = numpy.minimum(low + 1, x.shape[dim] - 1)
        x = index_select(x, dim, low) * (1 - part) + index_select(x, dim, high) * part
    return x
