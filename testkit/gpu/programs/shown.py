"""What the programs print: lines that a native and a remote run can be compared by.

`exact` prints a digest of every byte, `about` prints numbers that may differ in the last digits, `told` prints how a call ended.
"""

import hashlib
import os


def torch_ready():
    """PyTorch with a fixed seed and deterministic algorithms wherever it has them."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    import torch

    torch.manual_seed(7)
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False
    return torch


def _array(value):
    """The value's bytes on the host as a NumPy array, whichever library made it."""
    import numpy

    if hasattr(value, "detach"):
        import torch

        host = value.detach().cpu().contiguous()
        return host.reshape(-1).view(torch.uint8).numpy()
    if hasattr(value, "get"):
        value = value.get()
    return numpy.ascontiguousarray(numpy.asarray(value)).reshape(-1).view(numpy.uint8)


def exact(name, value):
    digest = hashlib.sha256(_array(value).tobytes()).hexdigest()[:16]
    print(f"{name} = {digest} {value.dtype} {tuple(value.shape)}", flush=True)


def about(name, *numbers):
    """Numbers, or one tensor by its first three elements, its mean and its norm."""
    if len(numbers) == 1 and hasattr(numbers[0], "detach"):
        import torch

        flat = numbers[0].detach().to("cpu")
        flat = (torch.view_as_real(flat) if flat.is_complex() else flat).double().reshape(-1)
        numbers = [*flat[:3].tolist(), flat.mean().item(), flat.norm().item()]
    print(f"{name} ~", *(f"{float(number):.7g}" for number in numbers), flush=True)


def told(name, call):
    """How the call ended: its result's text, or the class of its exception."""
    try:
        print(f"{name}: {call()}", flush=True)
    except Exception as failure:  # whatever the library raises is what is compared
        print(f"{name}: {type(failure).__name__}", flush=True)
