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
    # Classes made ready by an earlier run of the same jars with PENSTOCK_RECORD=lib/COMMAND.aot halve the start; Java
    # looks whether they still fit and does without them otherwise.
    ready=
    if [ -n "${PENSTOCK_RECORD:-}" ]; then
        ready=-XX:AOTCacheOutput=$PENSTOCK_RECORD
        unset PENSTOCK_RECORD
    elif [ -r "$home/lib/${self##*/}.aot" ]; then
        ready=-XX:AOTCache=$home/lib/${self##*/}.aot
    fi
    jars=$(printf ':%s' "$home"/lib/*.jar)
    # One small heap, collected by one thread; no counters in /tmp; native access is what we are for.
    # shellcheck disable=SC2086
    exec "$java" -XX:+UseSerialGC -XX:-UsePerfData $memory -Xlog:disable -Xlog:all=error:stderr \
        --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
        "-Djava.io.tmpdir=${TMPDIR:-/tmp}" ${ready:+"$ready"} \
        -cp "${jars#:}" "$main" "$@"
}
