"""The modules that tests import: torch, torch.nn, torch.nn.functional and torch.autograd, each an open namespace over the operations."""

import numpy

from reference import create, elementwise, image, movement, network, reduction, scatter
from reference.tensor import LackingName, Tensor, grad, operation, tensor


def functions(*modules):
    """The operations of these modules by PyTorch's name: a name of Python's own has a line behind it here."""
    found = {}
    for one in modules:
        for name, value in vars(one).items():
            if getattr(value, "__module__", None) == one.__name__ and not name.startswith("_"):
                found[name.rstrip("_")] = operation(value, name)
    return found


class Namespace:
    """Names found in it, else in the namespace behind it."""

    def __init__(self, title, names, behind=None):
        self.__title, self.__behind = title, behind
        self.__dict__.update(names)

    def __getattr__(self, name):
        if self.__behind is not None:
            return getattr(self.__behind, name)
        raise LackingName(f"{self.__title} has no {name}")


OPERATIONS = functions(create, elementwise, movement, reduction, scatter)
OPERATIONS |= {name: operation(function, name) for name, function in elementwise.TABLE.items()}
Tensor.operations.update(OPERATIONS)
TYPES = {name: numpy.dtype(name) for name in "uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 float32 float64 bool".split()}
SHORT = {"half": "float16", "float": "float32", "double": "float64", "short": "int16", "int": "int32", "long": "int64"}
TYPES |= {name: TYPES[long] for name, long in SHORT.items()}

# These stand for a layer: called with its options they give what is called with its input.
LAYERS = {"Softmax": "softmax", "LogSoftmax": "log_softmax", "CrossEntropyLoss": "cross_entropy", "ReLU": "relu"}


def layer(name):
    function = getattr(FUNCTIONAL, name)
    return lambda **options: lambda *inputs: function(*inputs, **options)


AUTOGRAD = Namespace("torch.autograd", {"grad": grad})
OPEN = Namespace("torch", {**OPERATIONS, **TYPES, "Tensor": Tensor, "tensor": tensor, "as_tensor": tensor, "autograd": AUTOGRAD})
FUNCTIONAL = Namespace("torch.nn.functional", functions(network, image), OPEN)
NN = Namespace("torch.nn", {"functional": FUNCTIONAL, **{name: layer(function) for name, function in LAYERS.items()}})
SHARED = {name: getattr(FUNCTIONAL, name) for name in ("softmax", "log_softmax")}
Tensor.operations.update(SHARED)
TORCH = Namespace("torch", {"nn": NN, "linalg": Namespace("torch.linalg", {}), **SHARED}, OPEN)

MODULES = {"torch": TORCH, "torch.nn": NN, "torch.nn.functional": FUNCTIONAL, "torch.autograd": AUTOGRAD}
