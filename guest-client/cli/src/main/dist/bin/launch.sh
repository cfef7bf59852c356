# Read by the commands beside it; they set self to their own path.
# class_path HOME: the jars in their order, which counts where classes are made ready (config/dev/ready.sh). Java looks for
# a class in one jar after the other, and picocli's classes are too old a format to be made ready: its jar comes first.
class_path() {
    printf '%s' "$1"/lib/picocli-*.jar
    LC_ALL=C
    for jar in "$1"/lib/*.jar; do
        case $jar in
            */picocli-*) ;;
            *) printf ':%s' "$jar" ;;
        esac
    done
}

# rehearses: whether Java will find 8 cores here and let threads stay awake on them (Spin.standard).
rehearses() {
    case ${PENSTOCK_SPIN_US:-} in
        [0-9]*)
            [ "$PENSTOCK_SPIN_US" -ge 50 ]
            return
            ;;
    esac
    cores=$(nproc 2>/dev/null || echo 1)
    if read -r quota period </sys/fs/cgroup/cpu.max && [ "$quota" != max ] && [ $((quota / period)) -lt "$cores" ]; then
        cores=$((quota / period))
    fi 2>/dev/null
    [ "$cores" -ge 8 ]
}

# launch MAIN MEMORY [ARGUMENT…]: becomes Java running MAIN; MEMORY holds the options that bound its memory.
launch() {
    home=${PENSTOCK_HOME:-${self%/bin/*}}
    java=$home/runtime/bin/java
    if [ ! -x "$java" ]; then
        java=${JAVA_HOME:+$JAVA_HOME/bin/}java
    fi
    main=$1 memory=$2
    shift 2
    # Classes made ready for these very jars (config/dev/ready.sh) halve the start; Java does without them where they do
    # not fit, for instance after a copy that gave the jars new times, and says nothing of it. Where they lie in memory is then the same in every process, so that they are there once.
    ready=
    if [ -r "$home/lib/penstock.jsa" ]; then
        ready="-XX:SharedArchiveFile=$home/lib/penstock.jsa"
        memory="$memory -XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0"
    fi
    # One small heap, collected by one thread; no counters in /tmp; no events for a flight recorder, which take 50 ms to
    # declare; native access is what we are for.
    # shellcheck disable=SC2086
    exec "$java" -XX:+UseSerialGC -XX:-UsePerfData $memory -Xlog:disable -Xlog:all=error,cds*=off,aot*=off:stderr \
        --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
        -Dio.netty.jfr.enabled=false "-Djava.io.tmpdir=${TMPDIR:-/tmp}" "-Dpenstock.home=$home" "-Djava.library.path=$home/lib/native" \
        ${ready:+"$ready"} \
        -cp "$(class_path "$home")" "$main" "$@"
}
