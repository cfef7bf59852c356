# Python: virtual environments from lock files with hashes, each kept in the cache under its lock file's hash.
# shellcheck shell=bash

# venv NAME…: makes sure of an environment with the packages of config/python/NAME.lock and prints its folder.
venv() {
    local name files=()
    for name in "$@"; do files+=("config/python/$name.lock"); done
    local folder
    folder=$CACHE/python/$*-$(hash_of "${files[@]}")
    folder=${folder// /+}
    printf '%s' "$folder"
    [ -e "$folder/complete" ] && return 0
    make_venv "$folder" "${files[@]}" >&2
}

# make_venv FOLDER LOCK…: in place, since an environment cannot be moved; `complete` is written last.
make_venv() {
    local folder=$1 lock requirements=()
    shift
    for lock in "$@"; do requirements+=(-r "$lock"); done
    rm -rf "$folder"
    mkdir -p "$(dirname "$folder")"
    "$(find_python)" -m venv "$folder"
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes "${requirements[@]}"
    touch "$folder/complete"
}

# sdist NAME: downloads and unpacks the source archive of config/python/NAME.lock and prints its folder.
sdist() {
    local lock=config/python/$1.lock folder
    folder=$CACHE/python/$1-$(hash_of "$lock")
    in_cache "$folder" unpack_sdist "$lock" >&2
    find "$folder" -mindepth 1 -maxdepth 1 -type d
}

unpack_sdist() {
    local lock=$1 folder=$2
    "$(venv tinygrad)/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps --no-binary "$(sed -n 's/==.*//p' "$lock")" --require-hashes -r "$lock" -d "$folder"
    tar -xzf "$folder"/*.tar.gz -C "$folder"
}
