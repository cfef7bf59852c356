# Ready: the classes that the processes of a pool load, parsed and verified once for all of them (class data sharing).
# shellcheck shell=bash

# make_ready HOME: writes HOME/lib/penstock.jsa from the jars and the runtime of HOME.
make_ready() {
    local home=$1 list
    # Which classes: asked of a real pool, once for every change of the dependencies or the Java.
    list=$CACHE/ready/$(hash_of pom.xml ./*/pom.xml ./*/*/pom.xml "$home/runtime/release" config/dev/ready.sh)
    in_cache "$list" record_classes "$home"
    local jars
    # shellcheck source=/dev/null
    jars=$(. "$home/bin/launch.sh" && class_path "$home")
    # What every process is started with (launch.sh), where it decides about the archive.
    "$home/runtime/bin/java" -Xshare:dump -XX:+AOTClassLinking -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED \
        "-XX:SharedClassListFile=$list/classes" "-XX:SharedArchiveFile=$home/lib/penstock.jsa" -cp "$jars"
}

# record_classes HOME FOLDER: runs a program in a local pool and gathers the classes of all its processes.
record_classes() {
    local home=$1 folder=$2 program
    program=$(driver_program testkit/programs/three_kernels.c)
    in_cache "$(dirname "$program")" compile_driver testkit/programs/three_kernels.c
    mkdir "$folder/lists"
    JDK_JAVA_OPTIONS="-XX:DumpLoadedClassList=$folder/lists/%p" \
        "$home/bin/penstock" local --gpus software:1 -- penstock run -n 1 -- "$program"
    # Numbers and origins of classes mean something in one process only.
    sed -E -e '/^#/d' -e '/ source: /d' -e 's/ id: [0-9]+$//' "$folder"/lists/* | awk '!seen[$0]++' >"$folder/classes"
    rm -r "$folder/lists"
    [ -s "$folder/classes" ]
}
