#!/usr/bin/env bash
# usage: run-programs.sh RESULTS PROGRAM…   (inside `penstock local`): each program under `penstock run`, one line of result each
set -euo pipefail
results=$1
shift
status=0
for program in "$@"; do
    printf '== %s\n' "$(basename "$program")"
    ended=0
    timeout 300 penstock run -n 1 -- "$program" || ended=$?
    if [ "$ended" = 0 ]; then
        printf 'passed\t%s\n' "$(basename "$program")" >>"$results"
    else
        printf 'failed\t%s (status %s)\n' "$(basename "$program")" "$ended" >>"$results"
        status=1
    fi
done
exit $status
