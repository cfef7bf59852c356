"""notebook.py WHAT: executes a notebook whose cells compute on the GPU, in a kernel of its own as Jupyter starts it; the kernel is a
grandchild of `penstock run`. WHAT is what happens to it: `shutdown` (nothing, until it ends), `interrupt`, `kill`, or `stay`."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

import nbformat
from cuda import say
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

HERE = pathlib.Path(__file__).resolve().parent
PATIENCE = 120
RELEASE_SECONDS = 15

HOLD = f"""
import os, pathlib, sys
sys.path.insert(0, {str(HERE)!r})
from cuda import Cuda, add_vectors
cuda = Cuda()
held = cuda.alloc(40 << 20)
print(os.getpid(), os.getppid(), cuda.name())
"""
SUMS = """
add_vectors(cuda)
print("sums are right")
"""
# Calls the GPU for as long as it may; the file tells that it has begun.
BUSY = """
pathlib.Path({!r}).touch()
while True:
    cuda.synchronize()
    cuda.download(held, 4)
"""


class Notebook:
    """A kernel and what its cells print."""

    def __init__(self, *cells):
        self.content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        self.client = NotebookClient(self.content, timeout=PATIENCE, kernel_name="python3")

    def execute(self, number):
        cell = self.client.execute_cell(self.content.cells[number], number)
        return "".join(output.get("text", "") for output in cell.outputs).strip()


def signalled(pid, number, begun):
    """A thread that signals the kernel once its cell has begun."""

    def wait_and_signal():
        while not begun.exists():
            time.sleep(0.05)
        time.sleep(0.3)
        os.kill(pid, number)

    thread = threading.Thread(target=wait_and_signal, daemon=True)
    thread.start()


def mebibytes():
    """How much of the lease's memory another process can take."""
    done = subprocess.run(["python3", HERE / "fill.py"], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[-3])


def say_what_is_left():
    """The server takes a process's memory back when it hears of its end, which is a moment later."""
    started = time.monotonic()
    while (free := mebibytes()) < 60 and time.monotonic() < started + RELEASE_SECONDS:
        time.sleep(0.1)
    say(f"after {time.monotonic() - started:.1f} s {free} MiB are free")


def first_two_cells(notebook):
    pid, parent, name = notebook.execute(0).split(" ", 2)
    say(f"kernel {pid} of {parent}, we are {os.getpid()}, on {name}")
    say(notebook.execute(1))
    return int(pid)


def shutdown(_):
    notebook = Notebook(HOLD, SUMS)
    with notebook.client.setup_kernel():
        first_two_cells(notebook)
        say(f"while it runs {mebibytes()} MiB are free")
    say_what_is_left()


def interrupt(begun):
    notebook = Notebook(HOLD, SUMS, BUSY.format(str(begun)), SUMS)
    with notebook.client.setup_kernel():
        signalled(first_two_cells(notebook), signal.SIGINT, begun)
        try:
            notebook.execute(2)
        except CellExecutionError as error:
            say(f"interrupted: {error.ename}")
        say("afterwards " + notebook.execute(3))
    say_what_is_left()


def kill(begun):
    notebook = Notebook(HOLD, SUMS, BUSY.format(str(begun)))
    try:
        with notebook.client.setup_kernel():
            signalled(first_two_cells(notebook), signal.SIGKILL, begun)
            notebook.execute(2)
    except DeadKernelError:
        say("the kernel died")
    say_what_is_left()
    again = Notebook(HOLD, SUMS)
    with again.client.setup_kernel():
        first_two_cells(again)


def stay(begun):
    notebook = Notebook(HOLD, SUMS, BUSY.format(str(begun)))
    with notebook.client.setup_kernel():
        first_two_cells(notebook)
        notebook.execute(2)


with tempfile.TemporaryDirectory(prefix="notebook-") as folder:
    {"shutdown": shutdown, "interrupt": interrupt, "kill": kill, "stay": stay}[sys.argv[1]](pathlib.Path(folder, "begun"))
