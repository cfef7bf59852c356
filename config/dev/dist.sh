# Dist: one archive that runs on any x86-64 Linux with glibc 2.28 or newer and no Java.
# shellcheck shell=bash

DIST=$HOUSE/target/dist
DIST_BYTES_MAX=$((45 * 1024 * 1024))
GLIBC_MAX=GLIBC_2.28

# What the jars of lib need of Java (jdeps), and jdk.crypto.ec's and the locale data's absence is meant: English and the JDK's own curves.
RUNTIME_MODULES=java.base,java.logging,java.management,java.naming,java.rmi,java.sql,java.xml,jdk.jfr,jdk.unsupported

# dist [--deb]: the archive, or the Debian packages.
dist() {
    need jdk maven gcc make python node
    case ${1:-} in
        '') ;;
        --deb) need dpkg ;;
        *) stop "dist knows no \"$1\"; there is --deb" ;;
    esac
    step 'compiling the Java modules' compile_java
    if [ "${1:-}" = --deb ]; then
        make_installation
        make_debs
        for package in "${DEB_PACKAGES[@]}"; do deb_path "$package" && say ''; done
    else
        make_archive
        say "$(archive_path)"
    fi
}

make_archive() {
    make_installation
    step "compressing $(du -sm "$DIST/penstock" | cut -f1) MB, the longest of these steps" dist_pack
}

# make_installation: from the compiled jars to what a machine gets, in target/dist/penstock.
make_installation() {
    step "zig's C compiler (100 MB, once)" venv zig
    build_ui
    step 'compiling the shim against glibc 2.28' dist_shim
    step 'linking a Java runtime of the modules needed' dist_runtime
    step 'gathering programs, jars and licences' dist_gather
    step 'making the classes ready' dist_ready
    step "reading every ELF file: none above $GLIBC_MAX" "$(find_python)" config/dev/archive.py floor "$DIST/penstock" "$GLIBC_MAX"
}

archive_path() { printf '%s/penstock-%s-linux-x86_64.tar.xz' "$DIST" "$(version)"; }

version() { sed -n 's|^    <version>\(.*\)</version>|\1|p' pom.xml | head -n 1; }

dist_shim() {
    rm -rf "$DIST"
    mkdir -p "$DIST/shim"
    local python
    python=$(venv zig)/bin/python
    make -C guest-client/shim -j2 OUT="$DIST/shim" OPTIMISE='-O2' CC="$python -m ziglang cc -target x86_64-linux-gnu.2.28"
}

dist_runtime() {
    local needed
    # jaxb-api names a module that we do without
    needed=$(find testkit/endtoend/target/lib -name '*.jar' ! -name 'jakarta.xml.bind-*' -print0 |
        xargs -0 "$JAVA_HOME/bin/jdeps" --ignore-missing-deps --multi-release 25 --print-module-deps || true)
    echo "jdeps finds: $needed"
    "$JAVA_HOME/bin/jlink" --add-modules "$RUNTIME_MODULES" --strip-debug --no-man-pages --no-header-files --compress zip-0 \
        --output "$DIST/penstock/runtime"
    # A tool that nobody calls.
    rm -f "$DIST/penstock/runtime/bin/keytool"
}

dist_gather() {
    mkdir -p "$DIST"/penstock/{bin,lib,shim}
    cp -p guest-client/cli/src/main/dist/bin/* "$DIST/penstock/bin/"
    cp -a "$DIST/shim/lib/." "$DIST/penstock/shim/"
    lay_out_ui "$DIST/penstock"
    install -m 644 LICENSE NOTICE "$DIST/penstock/"
    "$(find_python)" config/dev/archive.py slim testkit/endtoend/target/lib "$DIST/penstock/lib"
}

# The archive's own time on every file first: classes that were made ready from other times would not be used.
dist_ready() {
    find "$DIST/penstock" -type f -exec touch -d "@$(archive_time)" {} +
    make_ready "$DIST/penstock"
}

archive_time() { "$(find_python)" -c 'import sys; sys.path.append("config/dev"); import archive; print(archive.TIME)'; }

dist_pack() {
    local archive bytes
    archive=$(archive_path)
    "$(find_python)" config/dev/archive.py pack "$DIST/penstock" "penstock-$(version)" "$archive"
    bytes=$(stat -c %s "$archive")
    echo "$bytes bytes"
    [ "$bytes" -le "$DIST_BYTES_MAX" ] || { echo "the archive has $bytes bytes, the limit is $DIST_BYTES_MAX"; return 1; }
}

# gpu_test [FOLDER]: the archive (unpacked in FOLDER, or made here) against this machine's NVIDIA GPUs: testkit/gpu.
gpu_test() {
    local home=${1:-} results=$HOUSE/target/results/gpu
    need gcc
    [ -e /dev/nvidiactl ] || stop 'this machine has no NVIDIA GPU: there is no /dev/nvidiactl'
    if [ -z "$home" ]; then
        dist ''
        rm -rf "$DIST/unpacked"
        mkdir -p "$DIST/unpacked"
        tar -xf "$(archive_path)" -C "$DIST/unpacked"
        home=$(echo "$DIST"/unpacked/penstock-*)
    fi
    [ -x "$home/bin/penstock" ] || stop "$home is no unpacked archive: it has no bin/penstock"
    rm -rf "$results"
    # The machine's own Python: it is the one that has PyTorch and the rest.
    python3 testkit/gpu/run.py --penstock "$home/bin/penstock" --out "$results"
}
