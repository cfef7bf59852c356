# The build puts this into the maintainer scripts, at the line "#SETTINGS#".
# shellcheck shell=sh

# keep_settings NAME…: what somebody wrote into /etc/penstock before the package came, as the first boot of a machine's image does, is
# put aside, since dpkg would stop and ask whose file counts.
keep_settings() {
    for name in "$@"; do
        file=/etc/penstock/$name.properties
        if [ -e "$file" ]; then
            mv "$file" "$file.kept"
        fi
    done
}

# return_settings NAME…: and it counts.
return_settings() {
    for name in "$@"; do
        file=/etc/penstock/$name.properties
        if [ -e "$file.kept" ]; then
            mv "$file.kept" "$file"
        fi
    done
}
