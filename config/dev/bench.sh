# Bench: the measured promises. Every figure of ours stands beside a floor taken in the same run on the same machine.
# shellcheck shell=bash

BENCH=$HOUSE/target/bench
BENCHES=(path ratios software gpu)

# bench [NAME…]: path when nothing is named.
bench() {
    local name
    [ $# -gt 0 ] || set -- path
    for name in "$@"; do
        [[ " ${BENCHES[*]} " == *" $name "* ]] || stop "there is no bench \"$name\"; there are: ${BENCHES[*]}"
    done
    for name in "$@"; do "bench_$name"; done
}

# The road to a driver, with the driver's own time taken away: the stand-in driver natively and behind a worker.
bench_path() {
    need jdk maven gcc make python
    build_layout
    step 'compiling the stand-in driver and the measuring programs' compile_bench
    step 'compiling the TLS floor' maven -Pquick -DskipTests -pl bench -am package dependency:build-classpath \
        -Dmdep.outputFile="$BENCH/classpath" -Dmdep.includeScope=runtime
    step 'floor: a blocking TCP echo between two C processes' measure tcp "$BENCH/tcp_echo"
    step 'floor: BoringSSL between two JVMs, echo and stream' measure tls tls_floor
    step 'the stand-in driver, natively' measure native env LD_LIBRARY_PATH="$BENCH/standin" "$BENCH/path"
    step 'the stand-in driver behind a worker' measure remote env LD_LIBRARY_PATH="$BENCH/standin" \
        "$LAYOUT/bin/penstock" local --gpus nvidia -- penstock run -n 1 -- "$BENCH/path"
    step 'starting and ending without a program' measure start \
        "$LAYOUT/bin/penstock" local --gpus software:1 -- "$(find_python)" config/dev/start_figures.py
    "$(find_python)" config/dev/path_table.py "$BENCH"
}

# What a call costs beside its floor, as ./dev test path compares it: renews bench/path.ratios.
bench_ratios() {
    need jdk maven gcc make python
    build_layout
    measure_ratios
    "$(find_python)" config/dev/path_ratios.py renew "$BENCH/ratios.figures" bench/path.ratios
    say 'bench/path.ratios'
}

# tier_path: that cost is held to the ratios of the last time that somebody looked at it. What the software GPU promises for a
# machine that does nothing else is held to a quarter of it, by medians: a machine with other things to do is no fault.
tier_path() {
    build_layout || return 1
    local status=0
    measure_ratios || return 1
    for _ in 1 2; do
        # what else the machine does makes a way longer and never shorter: a miss is measured again, twice at most
        judge_ratios && break
        measure_ratios || return 1
    done
    judge_ratios "$RESULTS/path" || status=1
    step 'what the software GPU promises, within a factor of 4' measure software software_promises 4 || return 1
    sed -n 's/^kept\t/passed\t/p; s/^missed\t/failed\t/p' "$BENCH/software.figures" | sed 's/: [0-9.e+-]* [a-z-].*//' >>"$RESULTS/path"
    ! grep '^missed' "$BENCH/software.figures" || status=1
    return $status
}

# judge_ratios [RESULTS]
judge_ratios() { "$(find_python)" config/dev/path_ratios.py judge "$BENCH/ratios.figures" bench/path.ratios "$@"; }

measure_ratios() {
    step 'compiling the stand-in driver and the measuring programs' compile_bench &&
        step 'a call beside its floor, five runs in one pool' measure ratios ratios
}

# ratios: everything on one processor, where nobody's waking up and no spinning is measured: what is left is the length of the way.
ratios() {
    local standin=$BENCH/standin run="penstock run -n 1 -- $BENCH/ratios $BENCH/standin/libcuda.so.1"
    LD_LIBRARY_PATH=$standin taskset -c "$(any_processor)" \
        "$LAYOUT/bin/penstock" local --gpus nvidia -- sh -euc "for run in 1 2 3 4 5; do $run; done"
}

# any_processor: the number of one that this process may use.
any_processor() { "$(find_python)" -c 'import os; print(min(os.sched_getaffinity(0)))'; }

# How fast the software GPU is once it is warm, in PTX instructions that its threads execute, compiling, and launching nothing.
bench_software() {
    need jdk maven gcc make python
    build_layout
    step 'compiling the measuring programs' compile_bench
    step 'four kernels, a module of a hundred and empty launches on one software GPU' measure software software_promises 1
    cat "$BENCH/software.figures"
}

# software_promises FACTOR: a line "kept|missed<TAB>what" for each promise, kept within that factor.
software_promises() { "$LAYOUT/bin/penstock" local --gpus software:1 -- penstock run -n 1 -- "$BENCH/software" "$1"; }

# Whole programs on this machine's NVIDIA GPU, natively and remotely in turn; each visit adds to target/bench/gpu/results.jsonl.
# BENCH_GPU_OPTIONS: further options of bench/gpu/bench.py measure, for instance "--rows gpt2 --round-trips 100 1000".
bench_gpu() {
    local missing=() options=()
    [ -e /dev/nvidiactl ] || missing+=('an NVIDIA GPU (/dev/nvidiactl)')
    python3 -c 'import torch' 2>/dev/null || missing+=("PyTorch in this machine's python3")
    command -v gcc >/dev/null || missing+=('gcc')
    [ ${#missing[@]} = 0 ] || stop "bench gpu needs what this machine lacks: $(printf '%s; ' "${missing[@]}" | sed 's/; $//')"
    [ -n "${PENSTOCK_HOME:-}" ] || build_layout
    read -ra options <<<"${BENCH_GPU_OPTIONS:-}"
    python3 bench/gpu/bench.py measure --penstock "${PENSTOCK_HOME:-$LAYOUT}/bin/penstock" --out "$BENCH/gpu" "${options[@]}"
    python3 bench/gpu/bench.py page "$BENCH/gpu/results.jsonl" >docs/benchmarks.md
    say 'docs/benchmarks.md'
}

compile_bench() {
    local program
    mkdir -p "$BENCH"
    make -C testkit/standin BUILD="$BENCH/standin"
    for program in tcp_echo path ratios software; do
        gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -o "$BENCH/$program" "bench/src/main/c/$program.c" -ldl
    done
}

# measure NAME COMMAND…: keeps the command's figures in a file of that name.
measure() {
    local name=$1
    shift
    "$@" | tee "$BENCH/$name.figures"
    [ -s "$BENCH/$name.figures" ]
}

# Two JVMs; the server serves until its standard input, a pipe that this function holds open, ends.
tls_floor() {
    local folder=$BENCH/tls java=("$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow)
    rm -rf "$folder"
    mkdir -p "$folder"
    java+=(-cp "$(bench_class_path)" io.penstock.bench.Main)
    mkfifo "$folder/alive"
    "${java[@]}" serve "$folder" <"$folder/alive" >&2 &
    local server=$!
    exec 8>"$folder/alive"
    "${java[@]}" measure "$folder"
    exec 8>&-
    wait "$server"
}

bench_class_path() { printf '%s:%s' "$HOUSE/bench/target/classes" "$(cat "$BENCH/classpath")"; }
