# Prerequisites: finds what the machine must bring, and names everything that is missing at once.
# shellcheck shell=bash

# find_jdk: prints the home of a JDK 25, looking at JAVA_HOME, the usual folders and PATH.
find_jdk() {
    local home
    for home in "${JAVA_HOME:-}" /usr/lib/jvm/* /opt/*jdk* /opt/java/* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* "$(path_jdk)"; do
        if [ -x "$home/bin/javac" ] && [ -x "$home/bin/jlink" ] && is_25 "$home"; then
            printf '%s' "$home"
            return 0
        fi
    done
    return 1
}

path_jdk() {
    local javac
    javac=$(command -v javac) || return 0
    dirname "$(dirname "$(readlink -f "$javac")")"
}

# is_25 HOME: whether the JDK's release file says 25.
is_25() { grep -q '^JAVA_VERSION="25[."]' "$1/release" 2>/dev/null; }

# need NAME…: every named tool is there, or the command ends with one text that names all that are missing.
# Names: jdk maven gcc make python clang cmocka ip bwrap go node chromium dpkg debootstrap nspawn openssl.
need() {
    local missing=() packages=()
    look_for "$@"
    [ ${#missing[@]} = 0 ] && return 0
    read -ra packages <<<"$(packages_of "${missing[@]}")"
    if [ "${CI:-}" = true ] && [ "$(id -u)" = 0 ] && [ ${#packages[@]} -gt 0 ] && command -v apt-get >/dev/null; then
        step "installing ${packages[*]}" install_packages "${packages[@]}" || true
        look_for "$@"
    fi
    [ ${#missing[@]} = 0 ] || name_missing "${missing[@]}"
}

# look_for NAME…: fills its caller's list `missing`.
look_for() {
    local name
    missing=()
    for name in "$@"; do
        [[ " ${missing[*]} " == *" $name "* ]] || has "$name" || missing+=("$name")
    done
}

install_packages() {
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}

has() {
    case $1 in
        jdk) JAVA_HOME=$(find_jdk) && export JAVA_HOME && PATH=$JAVA_HOME/bin:$PATH ;;
        maven) [ -n "$(find_maven)" ] ;;
        gcc | make | clang) command -v "$1" >/dev/null ;;
        python) [ -n "$(find_python)" ] ;;
        dpkg) command -v dpkg-deb >/dev/null ;;
        debootstrap) PATH=$PATH:/usr/sbin:/sbin command -v debootstrap >/dev/null ;;
        nspawn) command -v systemd-nspawn >/dev/null ;;
        openssl) command -v openssl >/dev/null ;;
        node) command -v npm >/dev/null && node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null ;;
        chromium) [ -n "$(find_chromium)" ] ;;
        # a Go of 1.21 or newer fetches the one that a module asks for
        go) PATH=$PATH:/usr/local/go/bin && go env GOVERSION 2>/dev/null | grep -Eq '^go1\.(2[1-9]|[3-9][0-9])' && export PATH ;;
        ip) PATH=$PATH:/usr/sbin:/sbin command -v ip >/dev/null ;;
        # there and allowed to: some machines let nobody but root make a user namespace
        bwrap) bwrap --unshare-user --ro-bind / / true 2>/dev/null ;;
        cmocka) [ -e /usr/include/cmocka.h ] || echo '#include <cmocka.h>' | gcc -include stdarg.h -include stddef.h -include setjmp.h -include stdint.h -E - >/dev/null 2>&1 ;;
        *) stop "no such prerequisite: $1" ;;
    esac
}

find_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome || true; }

find_maven() { command -v mvn || true; }

# find_python: prints a Python of 3.9 or newer that can make a virtual environment.
find_python() {
    local python
    for python in python3 /usr/bin/python3 python3.13 python3.12 python3.11; do
        if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
            command -v "$python"
            return 0
        fi
    done
}

# packages_of NAME…: Debian's and Ubuntu's packages for it; nothing where they have none.
packages_of() {
    local name packages=()
    for name in "$@"; do
        case $name in
            maven | make | clang | dpkg | debootstrap | openssl) packages+=("$name") ;;
            gcc) packages+=(gcc g++ libc6-dev) ;;
            python) packages+=(python3 python3-venv) ;;
            ip) packages+=(iproute2) ;;
            bwrap) packages+=(bubblewrap) ;;
            nspawn) packages+=(systemd-container) ;;
            node) packages+=(nodejs npm) ;;
            chromium) packages+=(chromium) ;;
            cmocka) packages+=(libcmocka-dev) ;;
        esac
    done
    printf '%s' "${packages[*]}"
}

describe() {
    case $1 in
        jdk) printf 'JDK 25 (looked at JAVA_HOME, /usr/lib/jvm, /opt and PATH): https://adoptium.net/temurin/releases/?version=25' ;;
        maven) printf 'Apache Maven 3.8 or newer: https://maven.apache.org/download.cgi' ;;
        gcc) printf 'gcc 9 or newer with the C library headers: https://gcc.gnu.org/install/' ;;
        make) printf 'GNU make 4: https://www.gnu.org/software/make/' ;;
        python) printf 'Python 3.9 or newer with its venv module: https://www.python.org/downloads/' ;;
        clang) printf 'clang 14 or newer (the CPU back end of tinygrad calls it): https://releases.llvm.org/' ;;
        node) printf 'Node.js 20 or newer with npm (the web UI; Debian 13 and Ubuntu 25.04 have it): https://nodejs.org/' ;;
        chromium) printf 'Chromium (the tests of the web UI): https://www.chromium.org/getting-involved/download-chromium/' ;;
        ip) printf 'the ip command of iproute2 (network namespaces of the end-to-end tests): https://wiki.linuxfoundation.org/networking/iproute2' ;;
        bwrap) printf 'bubblewrap, and user namespaces that it may make (a container of the end-to-end tests): https://github.com/containers/bubblewrap' ;;
        go) printf 'Go 1.21 or newer (the simulated vCenter of the tests; Debian 13 has it as golang-go, Debian 12 has an older one): https://go.dev/dl/' ;;
        dpkg) printf 'dpkg-deb (builds the Debian packages): https://wiki.debian.org/Teams/Dpkg' ;;
        debootstrap) printf 'debootstrap (a Debian to install the packages in): https://wiki.debian.org/Debootstrap' ;;
        nspawn) printf 'systemd-nspawn (boots that Debian): https://systemd.io/' ;;
        openssl) printf 'the openssl command (certificates for tests): https://openssl-library.org/' ;;
        cmocka) printf 'cmocka 1.1 with its header: https://cmocka.org/' ;;
    esac
}

name_missing() {
    local name packages
    printf './dev needs what this machine does not have:\n' >&2
    for name in "$@"; do
        printf '  %s\n' "$(describe "$name")" >&2
    done
    packages=$(packages_of "$@")
    if [ -n "$packages" ]; then
        printf 'On Debian and Ubuntu: apt-get install %s\n' "$packages" >&2
    fi
    exit 1
}
