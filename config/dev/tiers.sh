# Tiers: the parts of ./dev test. Each leaves lines "passed|failed|skipped<TAB>name" in target/results/TIER.
# shellcheck shell=bash

RESULTS=$HOUSE/target/results
TIERS=(fast shim e2e path vcenter vsphere ui dist conformance cuda library numba cupy warp tinygrad)
# A tier that runs when it is named: it needs root and a Debian to install in.
NAMED_TIERS=(packages)

# tiers [NAME…]: runs the named tiers, or all; the last line sums them up.
tiers() {
    local name
    [ $# -gt 0 ] || set -- "${TIERS[@]}"
    for name in "$@"; do
        [[ " ${TIERS[*]} ${NAMED_TIERS[*]} " == *" $name "* ]] || stop "there is no tier \"$name\"; there are: ${TIERS[*]} ${NAMED_TIERS[*]}"
    done
    # shellcheck disable=SC2046
    need jdk maven gcc make python $(for name in "$@"; do needs_of "$name"; done)
    rm -rf "$RESULTS"
    mkdir -p "$RESULTS"
    for name in "$@"; do run_tier "$name"; done
    [ $# = 1 ] || sum_tiers "$@"
    close "$@"
}

# needs_of TIER: what it needs beyond what all need; named before anything runs.
needs_of() {
    case $1 in
        fast) printf 'cmocka ' ;;
        shim) printf 'clang cmocka ' ;;
        e2e) printf 'ip bwrap ' ;;
        vcenter) printf 'go ' ;;
        library) printf 'clang ' ;;
        dist) printf 'node ' ;;
        ui) printf 'node chromium ' ;;
        vsphere) printf 'go node chromium ' ;;
        packages) printf 'node ip go dpkg debootstrap nspawn openssl ' ;;
    esac
}

# run_tier NAME: one tier with its seconds; what breaks outside a test counts as one failure of the tier.
run_tier() {
    local started=$SECONDS file=$RESULTS/$1
    : >"$file"
    say "tier $1"
    "tier_$1" || grep -q '^failed' "$file" || printf 'failed\t%s: the tier itself\n' "$1" >>"$file"
    judge_skips "$file"
    if [ "${CI:-}" = true ] && ! grep -q '^passed' "$file"; then printf 'failed\t%s: the tier is empty\n' "$1" >>"$file"; fi
    sed -n 's/^failed\t/  FAILED  /p; s/^skipped\t/  skipped /p' "$file"
    say "tier $1: $(count passed "$file") passed, $(count failed "$file") failed, $(count skipped "$file") skipped, $((SECONDS - started)) s"
    printf '%s\n' "$((SECONDS - started))" >"$file.seconds"
}

# judge_skips FILE: with CI=true a skip that config/allowed-skips.txt does not list is a failure.
judge_skips() {
    local name
    [ "${CI:-}" = true ] || return 0
    sed -n 's/^skipped\t//p' "$1" | while read -r name; do
        cut -f1 config/allowed-skips.txt | grep -qxF -- "$name" || printf 'failed\t%s was skipped and is not listed in config/allowed-skips.txt\n' "$name" >>"$1"
    done
}

count() { cat "${@:2}" | grep -c "^$1" || true; }

sum_tiers() {
    local name
    say ''
    for name in "$@"; do
        say "$(printf '%-11s %5d passed %5d failed %6d s' "$name" "$(count passed "$RESULTS/$name")" "$(count failed "$RESULTS/$name")" "$(cat "$RESULTS/$name.seconds")")"
    done
}

# close NAME…: the line that everything is judged by.
close() {
    local files=("${@/#/$RESULTS/}") passed failed
    passed=$(count passed "${files[@]}")
    failed=$(count failed "${files[@]}")
    say "$passed passed, $failed failed"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

# java_reports TIER TITLE ARGUMENT…: runs Maven and collects the reports that it wrote.
java_reports() {
    local tier=$1 title=$2 marker=$RESULTS/$1.started status=0
    shift 2
    touch "$marker"
    step "$title" maven -fae "$@" || status=$?
    "$(find_python)" config/dev/results.py reports "$marker" >>"$RESULTS/$tier"
    return $status
}

tier_fast() {
    local status=0
    step 'the tools of ./dev' "$(find_python)" config/dev/run_unittests.py "$RESULTS/fast" dev config/dev || status=1
    step 'the runner of the GPU corpus' "$(find_python)" config/dev/run_unittests.py "$RESULTS/fast" gpu-corpus testkit/gpu || status=1
    step 'the judge of the third-party suites' "$(find_python)" config/dev/run_unittests.py "$RESULTS/fast" suites testkit/suites || status=1
    step 'the arithmetic of the GPU bench' "$(find_python)" config/dev/run_unittests.py "$RESULTS/fast" gpu-bench bench/gpu || status=1
    step 'the stand-in driver exports every name' make -C testkit/standin check || status=1
    [ "$status" = 1 ] || printf 'passed\tstand-in: exports every name of both libraries\n' >>"$RESULTS/fast"
    java_reports fast 'unit tests, formatting, static analysis and room rules' verify -DskipITs || status=1
    return $status
}

tier_shim() {
    local status=0
    step 'generating the C sources of the calls' generate_shim || return 1
    step 'shim: C tests' make -C guest-client/shim test || status=1
    "$(find_python)" config/dev/results.py cmocka shim <"$LOGS/shim--C-tests.log" >>"$RESULTS/shim"
    step 'shim: C tests under sanitizers' make -C guest-client/shim sanitize || status=1
    "$(find_python)" config/dev/results.py cmocka sanitized <"$LOGS/shim--C-tests-under-sanitizers.log" >>"$RESULTS/shim"
    return $status
}

# Java's *IT, then the product's own commands as real processes, four of them in network namespaces.
tier_e2e() {
    build_layout || return 1
    local status=0
    java_reports e2e 'integration tests: real sockets and processes' -Pquick verify -Dskip.unit=true || status=1
    step 'nbclient and a Python kernel (once)' venv notebook || return 1
    step 'gpustat and nvitop (once)' monitors || return 1
    step 'pools of real processes' env PENSTOCK_HOME="$LAYOUT" PENSTOCK_NOTEBOOK="$(venv notebook)/bin/python" \
        PENSTOCK_MONITORS="$(venv monitors)/bin/python" PENSTOCK_GPUSTAT="$(sdist gpustat)" "$(find_python)" config/dev/run_unittests.py "$RESULTS/e2e" e2e testkit/e2e || status=1
    step 'the delaying proxy' "$(find_python)" config/dev/run_unittests.py "$RESULTS/e2e" proxy testkit/proxy || status=1
    run_driver_programs || status=1
    return $status
}

monitors() { venv monitors && sdist gpustat; }

# run_driver_programs: the C programs of the driver API, and the same with every call made to wait.
run_driver_programs() {
    local programs=() source
    step 'compiling the C programs' compile_driver_programs || return 1
    for source in testkit/programs/*.c; do programs+=("$(driver_program "$source")"); done
    run_programs e2e "${programs[@]}" && PENSTOCK_SYNC=1 run_programs e2e "${programs[@]}"
}

# The archive as a stranger gets it: unpacked somewhere else, run without any Java of this machine.
tier_dist() {
    step 'compiling the Java modules' compile_java || return 1
    make_archive || return 1
    printf 'passed\tarchive: every ELF file is content with %s\n' "$GLIBC_MAX" >>"$RESULTS/dist"
    printf 'passed\tarchive: at most %s bytes\n' "$DIST_BYTES_MAX" >>"$RESULTS/dist"
    step 'unpacking the archive and running a program by it' try_archive || return 1
    printf 'passed\tarchive: a program runs on a software GPU without a Java of this machine\n' >>"$RESULTS/dist"
}

# The Debian packages in a bare Debian: what they bring, what an upgrade keeps, what a purge leaves, and their services alive.
tier_packages() {
    [ "$(id -u)" = 0 ] || { printf 'failed\tpackages: the tier needs root, for debootstrap and chroot\n' >>"$RESULTS/packages"; return 1; }
    local status=0
    step 'compiling the Java modules' compile_java || return 1
    make_installation || return 1
    make_debs || return 1
    step 'packing the same installation again' pack_again || status=1
    [ "$status" = 1 ] || printf 'passed\tpackages: the same installation gives the same bytes\n' >>"$RESULTS/packages"
    step 'a bare Debian (80 MB, once)' bare_debian || return 1
    step 'a program for them' packages_program || return 1
    step 'compiling the simulated vCenter' compile_vcsim || return 1
    step 'the packages in it' packages_tests || status=1
    return $status
}

# pack_again: from the files of the installation to packages that are compared with those there are.
pack_again() {
    local folder package
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"; trap - RETURN' RETURN
    for package in "${DEB_PACKAGES[@]}"; do
        make_deb "$package" "$DIST/penstock" "$folder"
        cmp "$(deb_path "$package")" "$(deb_path "$package" "$folder")"
    done
}

DEBIAN_SUITE=bookworm
debian_root() { printf '%s/debian/%s-1' "$CACHE" "$DEBIAN_SUITE"; }

bare_debian() { in_cache "$(debian_root)" debootstrap_debian; }

debootstrap_debian() {
    PATH=$PATH:/usr/sbin:/sbin debootstrap --variant=minbase --include=systemd,passwd "$DEBIAN_SUITE" "$1"
    rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/*
}

# packages_program: against an old glibc, since the Debian may be older than this machine.
packages_program() {
    mkdir -p target/packages
    "$(venv zig)/bin/python" -m ziglang cc -target x86_64-linux-gnu.2.28 -std=c11 -D_GNU_SOURCE -O2 -o target/packages/three_kernels \
        testkit/programs/three_kernels.c -ldl -lm
}

packages_tests() {
    PENSTOCK_DEBIAN=$(debian_root) PENSTOCK_DEBS=$DIST PENSTOCK_PROGRAM=$HOUSE/target/packages/three_kernels \
        PENSTOCK_VCSIM=$(vcsim_program) \
        "$(find_python)" config/dev/run_unittests.py "$RESULTS/packages" packages testkit/packages
}

try_archive() {
    local folder program
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"; trap - RETURN' RETURN
    tar -xf "$(archive_path)" -C "$folder"
    compile_driver_programs
    program=$(driver_program testkit/programs/three_kernels.c)
    env -i HOME="$folder" PATH=/usr/bin:/bin "$folder"/penstock-*/bin/penstock version | grep -F "Penstock $(version),"
    env -i HOME="$folder" PATH=/usr/bin:/bin "$folder"/penstock-*/bin/penstock local --gpus software:1 -- penstock run -n 1 -- "$program"
}

# Every form of PTX that the software GPU claims, against the answers of a GPU that testkit/conformance keeps.
tier_conformance() {
    build_layout || return 1
    step 'replaying the answers of a GPU' "$LAYOUT/bin/penstock" local --gpus software:1 -- "$LAYOUT/bin/penstock" run -n 1 -- \
        "$(find_python)" config/dev/run_unittests.py "$RESULTS/conformance" conformance testkit/conformance
}

# The programs under testkit/programs/cuda, compiled by nvcc with the static CUDA runtime.
tier_cuda() {
    build_layout || return 1
    step 'nvcc and the static CUDA runtime (100 MB, once)' venv cuda || return 1
    step 'prototypes, layouts and constants against cuda.h' header_test || return 1
    printf 'passed\theader: ours says what cuda.h says\n' >>"$RESULTS/cuda"
    step 'compiling the CUDA programs' compile_cuda_programs || return 1
    local programs=() source
    for source in testkit/programs/cuda/*.cu; do programs+=("$(cuda_program "$source")"); done
    run_programs cuda "${programs[@]}"
}

header_test() {
    make -C guest-client/shim header-test PENSTOCK_CUDA_INCLUDE="$(echo "$(venv cuda)"/lib/python3*/site-packages/nvidia/cu13/include)"
}

# run_programs TIER PROGRAM…: each under `penstock run` in one local pool; a program passes when it ends with 0.
run_programs() {
    local tier=$1
    shift
    step "running $# programs on software GPUs" "$LAYOUT/bin/penstock" local --gpus software:2 -- config/dev/run-programs.sh "$RESULTS/$tier" "$@"
}

tier_library() {
    build_layout || return 1
    step 'tinygrad 0.14.0 and its tests' fetch_tinygrad || return 1
    local status=0
    step 'tinygrad test_tiny.py on a software GPU' tinygrad_tests "$(sdist tinygrad-source)/test/test_tiny.py" || status=1
    # 21 tests; two of them want an image type that only OpenCL has (config/allowed-skips.txt).
    [ "$(grep -c . "$RESULTS/library")" = 21 ] || printf 'failed\ttinygrad: test_tiny.py has 21 tests\n' >>"$RESULTS/library"
    return $status
}

fetch_tinygrad() { venv tinygrad && sdist tinygrad-source; }

tinygrad_tests() {
    DEV=CUDA:PTX CACHELEVEL=0 "$LAYOUT/bin/penstock" local --gpus software:1 -- \
        penstock run -n 1 -- "$(venv tinygrad)/bin/python" config/dev/run_unittests.py "$RESULTS/library" tinygrad "$1"
}
