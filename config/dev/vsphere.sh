# The vCenter path as a whole: testkit/vsphere, with a simulated vCenter, real processes and a browser.
# shellcheck shell=bash

# build_vsphere: everything that the story needs.
build_vsphere() {
    build_ui &&
        build_layout &&
        step 'compiling the simulated vCenter' compile_vcsim &&
        step "VMware's Python client (once)" venv pyvmomi
}

# with_vsphere COMMAND…: runs it with the story's surroundings.
with_vsphere() {
    PENSTOCK_HOME=$LAYOUT PENSTOCK_VCSIM=$(vcsim_program) PENSTOCK_PYVMOMI=$(venv pyvmomi)/bin/python PENSTOCK_PICTURES=$HOUSE/target/pictures \
        PENSTOCK_CHROMIUM=$(find_chromium) "$@"
}

tier_vsphere() {
    build_vsphere || return 1
    local status=0
    step 'the vCenter path as a whole' with_vsphere timeout 300 node --test --test-concurrency=1 --test-reporter=tap \
        testkit/vsphere/story.test.mjs testkit/vsphere/interrupted.test.mjs || status=1
    tap_results vsphere <"$LOGS/the-vCenter-path-as-a-whole.log" >>"$RESULTS/vsphere"
    return $status
}
