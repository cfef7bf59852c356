#!/usr/bin/env bash
# usage: rest.sh SYMBOLS OBJECT RESULT   a function that answers RESULT for every name of SYMBOLS that OBJECT does not define
set -euo pipefail
printf '#define REST(name) __attribute__((visibility("default"))) int name(void); int name(void) { return %s; }\n' "$3"
comm -23 <(grep -v '^#' "$1" | sort -u) <(nm --defined-only "$2" | awk '$2 == "T" { print $3 }' | sort -u) | sed 's/.*/REST(&)/'
