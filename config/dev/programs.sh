# Programs: compiles the test programs into the cache, under the hash of everything that goes into them.
# shellcheck shell=bash

CUDA_FLAGS=(-O2 -std=c++17 -cudart static -gencode "arch=compute_80,code=compute_80")

# cuda_program SOURCE: where the program made from SOURCE lies.
cuda_program() {
    printf '%s/programs/%s/%s' "$CACHE" "$(hash_of "$1" testkit/programs/cuda/check.h config/python/cuda.lock)" "$(basename "$1" .cu)"
}

compile_cuda_programs() {
    local source program
    for source in testkit/programs/cuda/*.cu; do
        program=$(cuda_program "$source")
        in_cache "$(dirname "$program")" compile_cuda "$source" || return 1
    done
}

compile_cuda() {
    local source=$1 folder=$2 toolkit
    toolkit=$(echo "$(venv cuda)"/lib/python3*/site-packages/nvidia/cu13)
    echo "nvcc $source"
    "$toolkit/bin/nvcc" "${CUDA_FLAGS[@]}" -L"$toolkit/lib" -o "$folder/$(basename "$source" .cu)" "$source"
}

# driver_program SOURCE: where the C program of the driver API made from SOURCE lies.
driver_program() {
    printf '%s/programs/%s/%s' "$CACHE" "$(hash_of "$1" testkit/programs/*.h)" "$(basename "$1" .c)"
}

compile_driver_programs() {
    local source program
    for source in testkit/programs/*.c; do
        program=$(driver_program "$source")
        in_cache "$(dirname "$program")" compile_driver "$source" || return 1
    done
}

compile_driver() {
    gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -o "$2/$(basename "$1" .c)" "$1" -ldl -lm
}
