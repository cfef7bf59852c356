# Demo: the whole path on one machine, with nothing faked between the program and the (software) GPU.
# shellcheck shell=bash

demo() {
    need jdk maven gcc make python clang
    say 'Penstock: an unmodified CUDA program runs on a GPU that is not in its machine. Here the GPUs are two software GPUs,'
    say 'which really run PTX on this CPU; the appliance, the GPU server and the client are separate processes over mutual TLS.'
    say ''
    build_layout
    step 'compiling the C program' compile_driver_programs
    step 'tinygrad 0.14.0 into a virtual environment (once)' venv tinygrad
    step 'training on the CPU, for the losses to compare with' train_on_cpu
    say ''
    local started=$SECONDS
    "$LAYOUT/bin/penstock" local --gpus software:2 -- config/dev/demo-inside.sh \
        "$(driver_program testkit/programs/three_kernels.c)" "$(venv tinygrad)/bin/python" testkit/programs/train.py "$HOUSE/target/cpu-losses.json" ||
        stop "the demo ended with status $?; what it printed above says where. ./dev test e2e looks closer."
    say ''
    say "Both programs ran on GPUs behind the network and found what the CPU finds. ($((SECONDS - started)) s)"
    say 'Next: README.md shows the same on three machines.'
}

train_on_cpu() { DEV=CPU "$(venv tinygrad)/bin/python" testkit/programs/train.py --write "$HOUSE/target/cpu-losses.json"; }
