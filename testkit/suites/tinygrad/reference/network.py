"""What torch.nn.functional adds: activations, losses, attention."""

import math

import autograd.numpy as np
import numpy

from reference.elementwise import erf, sigmoid, where
from reference.movement import _axis, repeat_interleave
from reference.reduction import logsumexp, matmul, mean, sum_


def leaky_relu(x, negative_slope=0.01):
    return np.where(x > 0, x, x * numpy.float32(negative_slope))


def elu(x, alpha=1.0):
    return np.where(x > 0, x, numpy.float32(alpha) * (np.exp(np.where(x > 0, 0, x)) - 1)).astype(x.dtype)


def celu(x, alpha=1.0):
    return np.where(x > 0, x, numpy.float32(alpha) * (np.exp(np.where(x > 0, 0, x) / numpy.float32(alpha)) - 1)).astype(x.dtype)


def selu(x):
    return numpy.float32(1.0507009873554805) * elu(x, 1.6732632423543772)


def silu(x):
    return x * sigmoid(x)


def relu6(x):
    return hardtanh(x, 0.0, 6.0)


def hardtanh(x, min_val=-1.0, max_val=1.0):
    return where(x <= min_val, min_val, where(x >= max_val, max_val, x))


def hardsigmoid(x):
    return hardtanh(x / 6 + 0.5, 0.0, 1.0)


def hardswish(x):
    return x * hardsigmoid(x)


def softplus(x, beta=1.0):
    return np.logaddexp(x * numpy.float32(beta), numpy.float32(0)) / numpy.float32(beta)


def mish(x):
    return x * np.tanh(softplus(x))


def softsign(x):
    return x / (1 + np.abs(x))


def logsigmoid(x):
    return -softplus(-x)


def gelu(x, approximate="none"):
    if approximate == "none":
        return x * (1 + erf(x / numpy.float32(math.sqrt(2)))) / 2
    return x * (1 + np.tanh(numpy.float32(math.sqrt(2 / math.pi)) * (x + numpy.float32(0.044715) * x * x * x))) / 2


def log_softmax(x, dim=-1, dtype=None):
    _axis(x, dim)
    x = x if dtype is None else x.astype(dtype)
    return x - logsumexp(x, dim, True)


def softmax(x, dim=-1, dtype=None):
    return np.exp(log_softmax(x, dim, dtype))


def one_hot(x, num_classes=-1):
    count = num_classes if num_classes > 0 else int(x.max()) + 1
    return (x[..., None] == numpy.arange(count)).astype("int64")


def _reduced(losses, reduction, weights=None):
    if reduction == "none":
        return losses
    if reduction == "sum":
        return sum_(losses)
    if reduction != "mean":
        raise ValueError(reduction)
    return mean(losses) if weights is None else sum_(losses) / np.sum(weights)


def binary_cross_entropy(x, target, weight=None, reduction="mean"):
    losses = -(target * np.maximum(np.log(x), -100) + (1 - target) * np.maximum(np.log(1 - x), -100))
    return _reduced(losses if weight is None else losses * weight, reduction)


def binary_cross_entropy_with_logits(x, target, weight=None, reduction="mean", pos_weight=None):
    factor = 1 if pos_weight is None else pos_weight
    losses = -(target * factor * logsigmoid(x) + (1 - target) * logsigmoid(-x))
    return _reduced(losses if weight is None else losses * weight, reduction)


def nll_loss(x, target, weight=None, ignore_index=-100, reduction="mean"):
    classes = x.shape[1] if x.ndim > 1 else x.shape[0]
    x = np.moveaxis(x, 1, -1) if x.ndim > 1 else x
    counted = (target != ignore_index).astype(x.dtype)
    chosen = (numpy.where(target == ignore_index, 0, target)[..., None] == numpy.arange(classes)).astype(x.dtype)
    weights = counted if weight is None else counted * np.sum(chosen * weight, -1)
    return _reduced(-np.sum(x * chosen, -1) * weights, reduction, weights)


def cross_entropy(x, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    if target.shape != (x.shape if target.dtype.kind == "f" else x.shape[:1] + x.shape[2:]):
        raise RuntimeError(f"{target.shape} for {x.shape}")
    dim = 1 if x.ndim > 1 else 0
    logs = log_softmax(x, dim)
    shape = [-1 if d == dim else 1 for d in range(x.ndim)]
    weights = numpy.ones(x.shape[dim], x.dtype) if weight is None else weight
    if target.dtype.kind == "f":
        target = target * (1 - label_smoothing) + label_smoothing / x.shape[dim]
        losses = -np.sum(logs * target * np.reshape(weights, shape), dim)
        return sum_(losses) / (losses.size // 1) if reduction == "mean" else _reduced(losses, reduction)
    plain = nll_loss(logs, target, weight, ignore_index, "none")
    counted = (target != ignore_index).astype(x.dtype)
    smooth = -np.sum(logs * np.reshape(weights, shape), dim) * counted
    losses = (1 - label_smoothing) * plain + label_smoothing / x.shape[dim] * smooth
    return _reduced(losses, reduction, counted * weights[numpy.where(target == ignore_index, 0, target)])


def scaled_dot_product_attention(query, key, value, attn_mask=None, is_causal=False, enable_gqa=False, dropout_p=0.0):
    if enable_gqa:
        key, value = [repeat_interleave(x, query.shape[-3] // x.shape[-3], -3) for x in (key, value)]
    weights = matmul(query, np.swapaxes(key, -1, -2)) / numpy.asarray(math.sqrt(query.shape[-1]), query.dtype)
    if is_causal and attn_mask is not None:
        raise RuntimeError("two masks")
    if is_causal:
        attn_mask = numpy.tri(query.shape[-2], key.shape[-2], dtype=bool)
    if attn_mask is not None:
        weights = np.where(attn_mask, weights, -math.inf) if attn_mask.dtype == bool else weights + attn_mask
    return matmul(softmax(weights, -1), value)
