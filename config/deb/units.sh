# The build puts this into the maintainer scripts, at the line "#UNITS#".
# shellcheck shell=sh

# begin_units OLD UNIT…: enables at the first installation what the machine's preset policy allows; what was disabled since stays so.
begin_units() {
    command -v systemctl >/dev/null || return 0
    old=$1
    shift
    if [ -z "$old" ]; then
        systemctl preset "$@" >/dev/null 2>&1 || true
    fi
    [ -d /run/systemd/system ] || return 0
    systemctl daemon-reload || true
    for unit in "$@"; do
        if systemctl --quiet is-enabled "$unit" 2>/dev/null; then
            systemctl restart "$unit" || true
        fi
    done
}

end_units() {
    if [ -d /run/systemd/system ]; then
        systemctl stop "$@" || true
    fi
}

forget_units() {
    for unit in "$@"; do
        rm -f "/etc/systemd/system/multi-user.target.wants/$unit"
    done
    if [ -d /run/systemd/system ]; then
        systemctl daemon-reload || true
    fi
}
