# Build: Maven with the right JDK, the C parts with make, and the layout in which Penstock runs.
# shellcheck shell=bash

LAYOUT=$HOUSE/target/penstock

# maven ARGUMENT…: quiet, reproducible in its output, never asks.
maven() {
    MAVEN_OPTS="-XX:+UseSerialGC -XX:TieredStopAtLevel=1 --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED ${MAVEN_OPTS:-}" \
        "$(find_maven)" -B -ntp -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dstyle.color=never "$@"
}

# build_layout: compiles what a machine gets and lays it out under target/penstock.
build_layout() {
    need jdk maven gcc make python
    step 'compiling the Java modules' compile_java &&
        step 'compiling the shim' build_shim &&
        step 'laying out target/penstock' lay_out &&
        step 'making its classes ready' ready_layout
}

# compile_java: every jar that a machine gets, and the C sources that the shim is made from.
compile_java() { maven -Pquick -DskipTests -pl testkit/endtoend,guest-client/shim -am package; }

# generate_shim: the C sources alone, for the shim's own tests.
generate_shim() { maven -Pquick -DskipTests -pl guest-client/shim -am package; }

build_shim() { make -C guest-client/shim -j2; }

# lay_out: the archive's shape: bin, lib, shim, and this machine's JDK as the runtime.
lay_out() {
    rm -rf "$LAYOUT"
    mkdir -p "$LAYOUT/bin" "$LAYOUT/lib" "$LAYOUT/shim"
    cp -p guest-client/cli/src/main/dist/bin/* "$LAYOUT/bin/"
    "$(find_python)" config/dev/archive.py slim testkit/endtoend/target/lib "$LAYOUT/lib"
    cp -a guest-client/shim/target/lib/. "$LAYOUT/shim/"
    # the page is part of it when it was built (./dev dist does); nothing else here needs Node
    [ ! -d "$UI/target/ui" ] || lay_out_ui "$LAYOUT"
    ln -s "$JAVA_HOME" "$LAYOUT/runtime"
}

# ready_layout: kept for as long as no jar changes.
ready_layout() {
    local key kept=$HOUSE/target/ready
    key=$kept/$(hash_of "$LAYOUT"/lib/*.jar).jsa
    if [ ! -f "$key" ]; then
        rm -rf "$kept"
        mkdir -p "$kept"
        make_ready "$LAYOUT"
        mv "$LAYOUT/lib/penstock.jsa" "$key"
    fi
    ln "$key" "$LAYOUT/lib/penstock.jsa"
}

# quick MODULE: the inner loop.
quick() {
    [ -f "${1:-}/pom.xml" ] || stop "quick wants the folder of one module, for instance: ./dev quick protocol/codec"
    need jdk maven gcc make
    maven -Pquick -pl "$1" -am test -Dsurefire.failIfNoSpecifiedTests=false -Dsurefire.reportFormat=plain -DtrimStackTrace=true
    say "$1: compiled, unit tests passed"
}

format() {
    need jdk maven node
    step 'formatting the TypeScript sources' format_ui
    step 'formatting the Java sources' maven spotless:apply
    step 'renewing golden bytes and docs/supported-calls.md' maven -Pquick -pl protocol/generator compile exec:java@facts
}
