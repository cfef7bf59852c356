# Steps: how every command of ./dev says what it does, how long it took, and what went wrong.
# shellcheck shell=bash

# shellcheck disable=SC2034
CACHE=${PENSTOCK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/penstock-dev}
LOGS=$HOUSE/target/logs

# say TEXT: one line for the person who watches.
say() { printf '%s\n' "$*"; }

# stop TEXT: what went wrong and what to do about it; ends the command.
stop() {
    printf '\n./dev: %s\n' "$*" >&2
    exit 1
}

# step TITLE COMMAND…: runs COMMAND with its output in a log, shows progress and seconds; a failure shows the log's end.
step() {
    local title=$1 log started=$SECONDS status=0
    shift
    mkdir -p "$LOGS"
    log=$LOGS/$(printf '%s' "$title" | tr -c 'A-Za-z0-9\n' '-' | cut -c1-60).log
    printf '  %-64s' "$title"
    # A shell of its own, so that the first command that fails inside ends the step, whatever called it; and a session of its own, so
    # that everything in it can be ended together.
    setsid "$HOUSE/dev" --inside-a-step "$@" >"$log" 2>&1 </dev/null &
    watch_step $! || status=$?
    if [ "$status" = 0 ]; then
        printf ' %4d s\n' $((SECONDS - started))
        return 0
    fi
    printf ' FAILED after %d s\n' $((SECONDS - started))
    sed 's/^/    | /' "$log" | tail -n 40
    printf '    the whole log: %s\n' "${log#"$HOUSE"/}"
    return "$status"
}

# watch_step PID: a dot every five seconds, then the exit status of PID. Ctrl-C ends all that PID has started.
watch_step() {
    local pid=$1 seconds=0
    # shellcheck disable=SC2064
    trap "end_step $pid; exit 130" INT TERM HUP
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.2
        seconds=$((seconds + 1))
        [ $((seconds % 25)) = 0 ] && printf '.'
    done
    trap - INT TERM HUP
    wait "$pid"
}

# end_step PID: ends the session's processes, those that do not listen after five seconds by force.
end_step() {
    local tenth
    printf ' interrupted\n'
    kill -TERM -- "-$1" 2>/dev/null || return 0
    for tenth in {1..50}; do
        kill -0 -- "-$1" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL -- "-$1" 2>/dev/null || true
}

# hash_of FILE…: the content of the files as sixteen hexadecimal digits, a key for the cache.
hash_of() { cat -- "$@" | sha256sum | cut -c1-16; }

# in_cache FOLDER COMMAND…: runs COMMAND with an empty folder as its last argument and keeps it as FOLDER, all or nothing.
in_cache() {
    local folder=$1 making=$1.making.$$
    shift
    [ -d "$folder" ] && return 0
    mkdir -p "$(dirname "$folder")"
    rm -rf "$making"
    mkdir "$making"
    "$@" "$making" || { rm -rf "$making"; return 1; }
    mv -T "$making" "$folder" 2>/dev/null || rm -rf "$making"
}
