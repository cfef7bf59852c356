# Deb: the installation of the archive as four Debian packages, by dpkg-deb alone; what only packages have lies in config/deb.
# shellcheck shell=bash

DEB_PACKAGES=(penstock-common penstock-client penstock-server penstock-appliance)

# deb_version: a snapshot sorts before the release that it becomes.
deb_version() { version | sed 's/-SNAPSHOT$/~snapshot/'; }

# deb_path PACKAGE [FOLDER]: where the package lies once it is built.
deb_path() { printf '%s/%s_%s_amd64.deb' "${2:-$DIST}" "$1" "$(deb_version)"; }

# make_debs: all of them, in $DIST, from the installation there.
make_debs() {
    local package
    for package in "${DEB_PACKAGES[@]}"; do
        step "packing $package" make_deb "$package" "$DIST/penstock" "$DIST" || return 1
    done
}

# make_deb PACKAGE HOME FOLDER: from the installation in HOME; the same installation gives the same bytes.
make_deb() {
    local stage=$3/stage/$1
    rm -rf "$stage"
    mkdir -p "$stage/DEBIAN"
    [ ! -d "config/deb/$1/root" ] || cp -r "config/deb/$1/root/." "$stage/"
    "stage_${1#penstock-}" "$2" "$stage"
    stage_control "$1" "$stage"
    build_deb "$stage" "$(deb_path "$1" "$3")"
}

# stage_NAME HOME STAGE: which files of the installation go into that package.
stage_common() {
    local home=$2/usr/lib/penstock
    mkdir -p "$home/bin" "$2/var/lib/penstock"
    cp -a "$1/runtime" "$1/lib" "$1/shim" "$home/"
    cp -a "$1/bin/launch.sh" "$1/bin/penstock-enroll" "$home/bin/"
    stage_licence penstock-common "$1" "$2"
}

stage_client() {
    stage_command "$1" "$2" penstock
    stage_licence penstock-client "$1" "$2"
}

stage_server() {
    stage_command "$1" "$2" penstock-gpu-server
    stage_licence penstock-server "$1" "$2"
}

stage_appliance() {
    stage_command "$1" "$2" penstock-appliance
    cp -a "$1/ui" "$2/usr/lib/penstock/"
    stage_licence penstock-appliance "$1" "$2"
}

stage_command() {
    mkdir -p "$2/usr/lib/penstock/bin" "$2/usr/bin"
    cp -a "$1/bin/$3" "$2/usr/lib/penstock/bin/"
    ln -s "../lib/penstock/bin/$3" "$2/usr/bin/$3"
}

stage_licence() {
    mkdir -p "$3/usr/share/doc/$1"
    cat "$2/NOTICE" "$2/LICENSE" >"$3/usr/share/doc/$1/copyright"
}

# stage_control PACKAGE STAGE: the control file, the conffiles and the maintainer scripts.
stage_control() {
    local control=$2/DEBIAN script bytes
    bytes=$(find "$2" -path "$control" -prune -o -type f -printf '%s\n' | awk '{ sum += $1 } END { print int((sum + 1023) / 1024) }')
    # shellcheck disable=SC2016
    sed -e '/^Description:/i Version: '"$(deb_version)"'\nInstalled-Size: '"$bytes" -e 's/\${version}/'"$(deb_version)"'/' \
        "config/deb/$1/control" >"$control/control"
    [ ! -d "$2/etc" ] || (cd "$2" && find etc -type f | LC_ALL=C sort | sed 's|^|/|') >"$control/conffiles"
    for script in preinst postinst prerm postrm; do
        [ -f "config/deb/$1/$script" ] || continue
        sed -e '/^#UNITS#$/{r config/deb/units.sh' -e 'd}' -e '/^#SETTINGS#$/{r config/deb/settings.sh' -e 'd}' \
            "config/deb/$1/$script" >"$control/$script"
        chmod 755 "$control/$script"
    done
}

# build_deb STAGE FILE: modes from the execute bit, one time stamp, owner root, one thread. -z6 takes four times as long for an eighth less.
build_deb() {
    find "$1" -type d -exec chmod 755 {} +
    find "$1" -type f -perm -u+x -exec chmod 755 {} +
    find "$1" -type f ! -perm -u+x -exec chmod 644 {} +
    find "$1" -exec touch -h -d "@$(archive_time)" {} +
    SOURCE_DATE_EPOCH=$(archive_time) DPKG_DEB_THREADS_MAX=1 dpkg-deb --root-owner-group -Zxz -z2 --build "$1" "$2"
}
