# The web UI: built from vcenter-plugin with the packages of its lock file, tested in headless Chromium.
# shellcheck shell=bash

UI=$HOUSE/vcenter-plugin

# build_ui: leaves target/ui (static files) and target/plugin.json under vcenter-plugin; does nothing while they are of these sources.
build_ui() {
    need node
    step 'the packages of the web UI' ui_packages && step 'building the web UI' build_pages
}

build_pages() {
    local built=$UI/target/built key
    key=$(ui_key)
    if [ -f "$UI/target/ui/index.html" ] && [ "$(cat "$built" 2>/dev/null)" = "$key" ]; then
        return 0
    fi
    rm -f "$built"
    ui_npm run build
    printf '%s' "$key" >"$built"
}

# ui_key: names and contents of everything that the pages are made of.
ui_key() {
    find "$UI"/{ui,tools,angular.json,package.json,package-lock.json,plugin.json,tsconfig.json} "$HOUSE/appliance/src/main/resources/openapi.yaml" \
        -path "$UI/ui/generated" -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16
}

# lay_out_ui HOME: the page's files where the appliance of that installation looks for them.
lay_out_ui() {
    cp -r "$UI/target/ui" "$1/ui"
    cp "$UI/target/plugin.json" "$1/ui/"
}

# ui_packages: kept in the cache under the lock file's hash, and linked to where Node looks for them.
ui_packages() {
    local folder
    folder=$CACHE/node/ui-$(hash_of "$UI/package-lock.json" "$UI/package.json")
    in_cache "$folder" install_ui_packages
    [ -L "$UI/node_modules" ] || rm -rf "$UI/node_modules"
    ln -sfn "$folder/node_modules" "$UI/node_modules"
}

install_ui_packages() {
    cp "$UI/package.json" "$UI/package-lock.json" "$1/"
    npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund
}

ui_npm() { NG_CLI_ANALYTICS=false npm --prefix "$UI" "$@"; }

format_ui() { ui_packages && ui_npm run fmt; }

tier_ui() {
    build_ui || return 1
    local status=0
    step 'the form of the web UI' ui_npm run lint || status=1
    [ "$status" = 1 ] || printf 'passed\tui: formatted\n' >>"$RESULTS/ui"
    step 'the web UI in headless Chromium' ui_tests || status=1
    tap_results ui <"$LOGS/the-web-UI-in-headless-Chromium.log" >>"$RESULTS/ui"
    return $status
}

# tap_results TIER: Node's test reports as a tier's results.
tap_results() {
    sed -n "/# SKIP/{s/^ *ok [0-9]* - \\(.*\\) # SKIP.*/skipped\\t$1: \\1/p;d}; s/^ *ok [0-9]* - /passed\\t$1: /p; s/^ *not ok [0-9]* - /failed\\t$1: /p"
}

ui_tests() {
    cd "$UI" || return 1
    PENSTOCK_CHROMIUM=$(find_chromium) timeout 300 node --test --test-concurrency=1 --test-reporter=tap test/*.test.mjs
}
