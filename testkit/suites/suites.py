"""The third-party suites: where the tests of each lie, which of them are run, and what they need around them."""

import dataclasses
import os
import pathlib
import sysconfig

HERE = pathlib.Path(__file__).resolve().parent
PACKAGES = pathlib.Path(sysconfig.get_path("purelib"))
# Where the source archive of a library lies whose wheel is without its tests.
SOURCE = pathlib.Path(os.environ.get("SUITE_SOURCE", "no-source"))
# What the libraries compile on the client is kept here from run to run; without it, in the folder of the run.
CACHE = os.environ.get("SUITE_CACHE")


@dataclasses.dataclass(frozen=True)
class Suite:
    """One library's own tests.

    library: its name and version; about: what is run of it, for people.
    tests: the folder that the tests' names are relative to; modules: patterns of files in it, but those of `without`; a process
    runs `together` of them; the tests of a module in `dealt` are dealt out to that many processes of their own.
    counted: at least so many tests that pass must be such as no idle device passes, a number that may only rise; share: of those
    neither skipped nor idle, at least this part passes.
    options: pytest's; beyond: an expression that finds, in a failure's text, what is missing and no GPU brings: that is a skip;
    surroundings: the variables of a process, given a folder to put files in.
    """

    library: str
    about: str
    tests: pathlib.Path
    modules: tuple
    counted: int
    share: float = 0.95
    without: tuple = ()
    together: int = 8
    dealt: dict = dataclasses.field(default_factory=dict)
    options: tuple = ()
    beyond: str = ""
    surroundings: object = lambda folder: {}

    def groups(self):
        """For each process its modules and, as "0/1", which part of their tests; neighbours come apart, since they take alike long."""
        found = {path.relative_to(self.tests).as_posix() for pattern in self.modules for path in self.tests.glob(pattern)}
        parts = [([module], f"{part}/{of}") for module, of in self.dealt.items() for part in range(of)]
        chosen = sorted(found - {*self.without} - {*self.dealt})
        count = -(-len(chosen) // self.together)
        return parts + [(chosen[first::count], "0/1") for first in range(count)]


CUPY_MODULES = tuple(
    f"cupy_tests/{folder}_tests/test_{module}.py"
    for folder, modules in {
        "binary": "elementwise packing",
        "core": "dlpack flags function ndarray ndarray_complex_ops ndarray_contiguity ndarray_indexing ndarray_math reduction scan",
        "creation": "matrix ranges",
        "indexing": "iterate",
        "logic": "comparison",
    }.items()
    for module in modules.split()
)

TINYGRAD_MODULES = (
    "ops arange assign const_folding custom_kernel dtype dtype_alu edgecases fusion_op linearizer opt_gemm outerworld outerworld_range"
    " randomness rangeify setitem softmax_fusion stunning symbolic_ops tensor tensor_variable tiny to_numpy transcendental uops zero_copy"
)


def libraries(*folders):
    """LD_LIBRARY_PATH with these folders first."""
    return ":".join([*map(str, folders), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])])


def toolkit(folder):
    """A CUDA toolkit of links, as numba looks for one: libNVVM, libdevice, the runtime and NVRTC with its built-ins."""
    links = {
        "nvvm/lib64/libnvvm.so.4": "cuda_nvcc/nvvm/lib64/libnvvm.so",
        "nvvm/lib64/libnvvm.so": "cuda_nvcc/nvvm/lib64/libnvvm.so",
        "nvvm/libdevice/libdevice.10.bc": "cuda_nvcc/nvvm/libdevice/libdevice.10.bc",
        "lib64/libcudart.so": "cuda_runtime/lib/libcudart.so.12",
        "lib64/libcudart.so.12": "cuda_runtime/lib/libcudart.so.12",
        "lib64/libnvrtc.so": "cuda_nvrtc/lib/libnvrtc.so.12",
        "lib64/libnvrtc.so.12": "cuda_nvrtc/lib/libnvrtc.so.12",
        "lib64/libnvrtc-builtins.so.12.6": "cuda_nvrtc/lib/libnvrtc-builtins.so.12.6",
    }
    for link, target in links.items():
        (folder / link).parent.mkdir(parents=True, exist_ok=True)
        if not (folder / link).is_symlink():
            (folder / link).symlink_to(PACKAGES / "nvidia" / target)
    return {"CUDA_HOME": str(folder), "LD_LIBRARY_PATH": libraries(folder / "lib64")}


def nvrtc(folder):
    """CuPy compiles to PTX, and takes no machine code of CUB's for its reductions."""
    return {
        "CUPY_COMPILE_WITH_PTX": "1",
        "CUPY_ACCELERATORS": "",
        "CUPY_CACHE_DIR": str(CACHE or folder),
        "CUDA_PATH": str(PACKAGES / "nvidia/cuda_runtime"),
        "LD_LIBRARY_PATH": libraries(PACKAGES / "nvidia/cuda_nvrtc/lib"),
    }


SUITES = {
    "numba": Suite(
        library="numba 0.61.2, its own CUDA target, libNVVM 12.6",
        about="All its tests of the driver and of compiled kernels. It links PTX with cuLink, its built-in functions among it.",
        tests=PACKAGES / "numba/cuda/tests",
        modules=("cudapy/test_*.py", "cudadrv/test_*.py"),
        counted=690,
        # its tests are methods; functions called test_… are what they compile
        options=("-o", "python_functions=no_function"),
        surroundings=toolkit,
    ),
    "cupy": Suite(
        library="CuPy 13.6.0, NVRTC 12.6",
        about=(
            "A part of its tests of arrays. CuPy compiles element-wise kernels and reductions by NVRTC, here to PTX, and uses the static"
            " CUDA runtime; each process has two GPUs. What needs a library that is machine code alone (cuBLAS, cuSOLVER, thrust for"
            " sorting) is skipped or not chosen."
        ),
        tests=SOURCE / "tests",
        modules=CUPY_MODULES,
        counted=400,
        together=4,
        beyond=r"lib(cublas|cusolver|cusparse|curand|cufft|nvJitLink)\.so\.\d+: cannot open shared object file",
        surroundings=nvrtc,
    ),
    "warp": Suite(
        library="Warp 1.10.1, its NVRTC 12.9",
        about="A part of its tests on a CUDA device. Warp compiles whole modules by an NVRTC of its own, here to PTX.",
        tests=PACKAGES / "warp/tests",
        modules=tuple(
            f"test_{module}.py"
            for module in "atomic atomic_bitwise atomic_cas bool func generics lerp lvalue print quat rand rounding special_values struct tuple".split()
        ),
        counted=190,
        together=4,
        # each test is there once for every device; those of the CPU show nothing here
        options=("-p", "warp_ptx", "-k", "cuda_0", "-o", "python_functions=no_function"),
        # never kept: what Warp finds compiled it does not check again, and tests expect its errors
        surroundings=lambda folder: {"WARP_CACHE_PATH": str(folder)},
    ),
    "tinygrad": Suite(
        library="tinygrad 0.12.0, its own PTX",
        about=(
            "Its tests of operators and their gradients, of types, indices, symbolic shapes and random numbers; 0.12.0 is the last"
            " release whose source archive has them. It writes PTX itself and needs nothing of NVIDIA's. Where a test compares with"
            " PyTorch, numpy stands in for it here (testkit/suites/tinygrad/reference); what that lacks is skipped."
        ),
        tests=SOURCE / "test",
        modules=tuple(f"test_{module}.py" for module in TINYGRAD_MODULES.split()),
        counted=630,
        together=3,
        dealt={"test_ops.py": 4},
        options=("-p", "reference"),
        beyond=r"the reference lacks this: [^\n]*",
        # its own CI leaves tests out
        surroundings=lambda folder: {
            **dict(DEV="CUDA", CUDA_PTX="1", CI="", CACHELEVEL="0", DERANDOMIZE_CI="1"),
            "XDG_CACHE_HOME": str(folder),
        },
    ),
}
