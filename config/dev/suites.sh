# Suites: the tests of libraries that nobody here wrote, on software GPUs. testkit/suites says which of them, runs and judges them.
# shellcheck shell=bash

tier_numba() { suite_tier numba 1; }
tier_cupy() { suite_tier cupy 2; }
tier_warp() { suite_tier warp 1; }

# What tinygrad's tests compare with is tested first.
tier_tinygrad() {
    local status=0
    step 'the reference by numpy' reference_tests || status=1
    suite_tier tinygrad 1 || status=1
    return $status
}

reference_tests() {
    PYTHONPATH=testkit/suites/tinygrad "$(suite_venv tinygrad)/bin/python" config/dev/run_unittests.py "$RESULTS/tinygrad" reference \
        testkit/suites/tinygrad/reference/test_reference.py
}

# suite_venv NAME: its environment; the one called tinygrad is that of the tier library.
suite_venv() { if [ "$1" = tinygrad ]; then venv tinygrad-suite; else venv "$1"; fi; }

# suite_tier NAME GPUS: two processes at a time, each with a lease of GPUS software GPUs.
suite_tier() {
    local name=$1 gpus=$2 status=0
    build_layout || return 1
    step "$name and its own tests (once)" fetch_suite "$name" || return 1
    step "$name's own tests on software GPUs" run_suite "$name" "$gpus" || status=1
    "$(suite_venv "$name")/bin/python" testkit/suites/suite.py judge "$name" "$(suite_folder "$name")" >>"$RESULTS/$name" || status=1
    return $status
}

suite_folder() { printf '%s/target/suites/%s' "$HOUSE" "$1"; }

# fetch_suite NAME: its packages, and its source archive where the wheel is without the tests.
fetch_suite() {
    suite_venv "$1"
    [ ! -f "config/python/$1-tests.lock" ] || sdist "$1-tests"
}

run_suite() {
    local name=$1 gpus=$2 folder source=
    folder=$(suite_folder "$name")
    rm -rf "$folder"
    mkdir -p "$folder" "$CACHE/suites/$name"
    [ ! -f "config/python/$name-tests.lock" ] || source=$(sdist "$name-tests")
    # What the libraries compile is kept: NVRTC takes longer than everything else together.
    SUITE_SOURCE=$source SUITE_CACHE=$CACHE/suites/$name \
        "$LAYOUT/bin/penstock" local --gpus "software:$((2 * gpus))" -- \
        "$(suite_venv "$name")/bin/python" testkit/suites/suite.py run "$name" "$folder" penstock run -n "$gpus" --
}
