"""The programs that are run natively and behind Penstock, and what each needs."""

import ast
import dataclasses
import importlib.util
import pathlib
import re
import shutil

HERE = pathlib.Path(__file__).resolve().parent
OWN = HERE / "programs"
HOUSE = HERE.parent / "programs"


@dataclasses.dataclass(frozen=True)
class Program:
    """One entry. `judged_by` is "lines" (standard output must be equal) or "status" (the program judges itself)."""

    name: str
    source: pathlib.Path
    needs: tuple = ()
    limit: int = 60
    environment: dict = dataclasses.field(default_factory=dict)
    refused: tuple = ()
    error_lines: str = ""
    judged_by: str = "lines"
    alone: bool = False

    def missing(self):
        """What this machine lacks for it, or an empty text."""
        modules = [name for name in self.needs if importlib.util.find_spec(name) is None]
        if self.source.suffix == ".cu" and nvcc() is None:
            modules.append("nvcc")
        return ", ".join(modules)

    def about(self):
        """The first sentence of what the program says about itself."""
        text = self.source.read_text()
        if self.source.suffix == ".py":
            text = ast.get_docstring(ast.parse(text)) or ""
        else:
            comment = re.match(r"/\*(.*?)\*/|((?://[^\n]*\n)+)", text, re.S)
            text = re.sub(r"\n \*|//", " ", comment[1] or comment[2]) if comment else ""
        return re.split(r"\.\s", " ".join(text.split()))[0].rstrip(".")


def nvcc():
    return shutil.which("nvcc") or shutil.which("/usr/local/cuda/bin/nvcc")


def torch(name, *needs, **options):
    return Program(f"torch_{name}", OWN / f"torch_{name}.py", ("torch", *needs), **options)


def allocator(setting):
    environment = {"PYTORCH_CUDA_ALLOC_CONF": setting} if setting else {}
    name = f"torch_allocator, {setting.replace(':', ' ') or 'as it is'}"
    return Program(name, OWN / "torch_allocator.py", ("torch",), environment=environment)


def python(name, *needs, **options):
    return Program(name, OWN / f"{name}.py", needs, **options)


PROGRAMS = [
    Program("errors", HOUSE / "errors.c", limit=120),
    Program("order", HOUSE / "order.c"),
    Program("mapped", HOUSE / "mapped.c"),
    Program("printf_and_assert", OWN / "printf_and_assert.cu", error_lines="Assertion"),
    torch("products"),
    torch("streams"),
    torch("autograd"),
    torch("loader", limit=90),
    torch("nccl"),
    torch("graphs"),
    torch("attention"),
    torch("convolutions"),
    torch("solvers"),
    torch("elementwise"),
    torch("training"),
    torch("processes", limit=90),
    torch("faults", limit=90),
    torch("lease", alone=True),
    allocator(""),
    allocator("expandable_segments:True"),
    allocator("backend:cudaMallocAsync"),
    torch("compiled", "triton", limit=120),
    python("triton_kernels", "torch", "triton"),
    python("cupy_kernels", "cupy"),
    python("cupy_arrays", "cupy"),
    python("jax_arrays", "jax", limit=90),
    torch("models", "torchvision", "transformers", limit=90),
    python("nvml"),
    python("nvml_python", "pynvml"),
    python("numba_kernels", "numba"),
    torch("profiled"),
    torch("shared", limit=90, refused=("cuIpcGetMemHandle",)),
    python("cupy_textures", "cupy"),
    python("cupy_managed", "cupy", refused=("cuMemAllocManaged",)),
    Program("managed", OWN / "managed.cu", refused=("cuMemAllocManaged",)),
    *(Program(f"cuda/{source.stem}", source, judged_by="status") for source in sorted((HOUSE / "cuda").glob("*.cu"))),
    Program("captured", HOUSE / "captured.c", judged_by="status"),
    Program("graphs", HOUSE / "graphs.c", judged_by="status"),
    Program("host_nodes", HOUSE / "host_nodes.c", judged_by="status"),
    Program("three_kernels", HOUSE / "three_kernels.c", judged_by="status"),
    Program("textures", HOUSE / "textures.c", judged_by="status"),
]
