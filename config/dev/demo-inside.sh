#!/usr/bin/env bash
# usage: demo-inside.sh C_PROGRAM PYTHON TRAINING_PROGRAM CPU_LOSSES   (inside `penstock local`)
set -euo pipefail

# show TITLE COMMAND…: prints the command as a person would type it, then runs it.
show() {
    printf '\n── %s\n' "$1"
    shift
    printf '$ %s\n' "$*"
    "$@"
}

show 'the pool, as this machine sees it' penstock list
show 'a C program of the CUDA driver API; before it: what was leased and who is at both ends; after it: its calls and what they waited for' \
    penstock run -n 1 --verbose --stats -- "$1"
export DEV=CUDA:PTX
show 'tinygrad, which nobody here wrote, trains a small network (DEV=CUDA:PTX), its steps as CUDA graphs' penstock run -n 1 --stats -- "$2" "$3" --compare "$4"
show 'the pool again: every GPU is free' penstock list
