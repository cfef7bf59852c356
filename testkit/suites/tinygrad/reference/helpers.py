"""What tinygrad's tests import of its repository and its source archive lacks, written anew: data, and questions about the machine."""

import os
import pathlib
import types
import unittest

import numpy

from reference.tensor import Lacking

REAL_DEV = "CUDA"
FP8E4M3_MAX = 448.0
FP8E5M2_MAX = 57344.0


def not_support_multi_device():
    return True


def needs_second_gpu(test):
    return unittest.skip("each process has one GPU")(test)


def slow(test):
    return test


def get_uops(sink, renderer=None):
    """What a kernel comes to."""
    from tinygrad import Device
    from tinygrad.codegen import get_program

    return get_program(sink, renderer or Device[Device.DEFAULT].renderer).uops


def rand_for_dtype(dtype, size):
    """Numbers about 0, such as every other type holds too: what a cast makes of others is left open."""
    from tinygrad import dtypes
    from tinygrad.dtype import _to_np_dtype

    some = numpy.random.default_rng(size)
    if dtype == dtypes.bool:
        return some.integers(0, 2, size).astype(bool)
    if dtypes.is_int(dtype):
        return some.integers(0 if dtypes.is_unsigned(dtype) else -100, 100, size).astype(_to_np_dtype(dtype))
    return (some.integers(-40, 40, size) / 4).astype(_to_np_dtype(dtype) or numpy.float32)


def _assert_eq(tensor, dtype, target, tolerance=1e-3):
    found = tensor.numpy()
    assert tensor.dtype == dtype, f"{tensor.dtype} and not {dtype}"
    numpy.testing.assert_allclose(found, target, rtol={"half": tolerance, "__bf16": 0.02}.get(dtype.name, tolerance))


def _types():
    """The types that the device has, and those of them that are whole or have fractions."""
    from tinygrad import dtypes
    from tinygrad.device import is_dtype_supported
    from tinygrad.dtype import DTYPES_DICT

    core = [dtype for name, dtype in DTYPES_DICT.items() if is_dtype_supported(dtype) and not name.startswith("_")]
    whole = [dtype for dtype in core if dtypes.is_int(dtype)]
    return {"core_dtypes": core, "dtype_ints": whole, "dtype_floats": [dtype for dtype in core if dtypes.is_float(dtype)]}


def _missing(name):
    def called(*_, **__):
        raise Lacking(name)

    return called


class Late(types.ModuleType):
    """A module whose names are found out when a test asks, and not before tinygrad may be imported."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _types()[name]


def _module(name, names=(), late=False):
    module = (Late if late else types.ModuleType)(name)
    module.__path__ = []
    module.__dict__.update({one: globals()[one] if one in globals() else _missing(f"{name}.{one}") for one in names})
    return module


def modules():
    """By name. Its package of tests hides Python's own of that name."""
    tests = _module("test")
    tests.__path__ = [str(pathlib.Path(os.environ.get("SUITE_SOURCE", "no-source")) / "test")]
    own = ("REAL_DEV", "not_support_multi_device", "needs_second_gpu", "slow", "get_uops", "rand_for_dtype")
    return {
        "test": tests,
        "test.helpers": _module("test.helpers", own),
        "test.unit": _module("test.unit"),
        "test.unit.test_dtype_spec": _module("test.unit.test_dtype_spec", ("_assert_eq", "FP8E4M3_MAX", "FP8E5M2_MAX"), late=True),
        "extra": _module("extra"),
        "extra.gradcheck": _module("extra.gradcheck", ("numerical_jacobian", "jacobian", "gradcheck")),
        "examples": _module("examples"),
        "examples.gpt2": _module("examples.gpt2", ("Attention",)),
    }


def driver():
    """Where the loader would find the driver: this release of tinygrad looks in fixed folders, or where CUDA_PATH says."""
    folders = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    found = [path for folder in folders if folder and (path := pathlib.Path(folder, "libcuda.so.1")).exists()]
    return str(found[0]) if found else ""
