# Read by the commands beside it; they set self to their own path.
# launch MAIN MEMORY [ARGUMENT…]: becomes Java running MAIN; MEMORY holds the options that bound its memory.
launch() {
    home=${PENSTOCK_HOME:-${self%/bin/*}}
    java=$home/runtime/bin/java
    if [ ! -x "$java" ]; then
        java=${JAVA_HOME:+$JAVA_HOME/bin/}java
    fi
    main=$1 memory=$2
    shift 2
    # One small heap, collected by one thread; no counters in /tmp; native access is what we are for.
    # shellcheck disable=SC2086
    exec "$java" -XX:+UseSerialGC -XX:-UsePerfData $memory -Xlog:disable -Xlog:all=error:stderr \
        --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
        "-Djava.io.tmpdir=${TMPDIR:-/tmp}" -cp "$home/lib/*" "$main" "$@"
}
