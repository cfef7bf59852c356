# Demo: the whole path on one machine, with nothing faked between the program and the (software) GPU.
# shellcheck shell=bash

# demo [--vcenter]: on this machine alone, or the same with a simulated vCenter around it.
demo() {
    case ${1:-} in
        '') demo_path ;;
        --vcenter) demo_vcenter ;;
        *) stop "there is no demo \"$1\"; there is ./dev demo and ./dev demo --vcenter" ;;
    esac
}

demo_path() {
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

# demo_ended STATUS: early; who ended it himself knows why.
demo_ended() {
    [ "$1" -gt 128 ] && exit "$1"
    stop 'the demo ended early; what it printed above says where. ./dev test vsphere looks closer.'
}

demo_vcenter() {
    need jdk maven gcc make python go node chromium
    say 'Penstock in vSphere: an appliance, a simulated vCenter, and two virtual machines that know nothing but their guestinfo.'
    say 'What follows is done in a browser, in the page of the appliance and in an emulated vSphere Client, as people would do it.'
    say ''
    build_vsphere
    say ''
    local started=$SECONDS
    with_vsphere node testkit/vsphere/demo.mjs || demo_ended $?
    say ''
    say "From an empty pool to an empty vCenter in $((SECONDS - started)) s. The screens are in target/pictures: story-lease.png shows the lease."
}
