# The simulated vCenter of the tests: testkit/vcsim, on govmomi's simulator, built into the cache.
# shellcheck shell=bash

# vcsim_program: where it lies.
vcsim_program() { printf '%s/vcsim/%s/vcsim' "$CACHE" "$(hash_of testkit/vcsim/*.go testkit/vcsim/go.mod testkit/vcsim/go.sum)"; }

compile_vcsim() { in_cache "$(dirname "$(vcsim_program)")" build_vcsim; }

# Without the C library, so that it runs on any Linux, such as a stand-in guest.
build_vcsim() { CGO_ENABLED=0 go -C testkit/vcsim build -trimpath -o "$1/vcsim" .; }

check_vcsim() {
    local unformatted
    unformatted=$(gofmt -l testkit/vcsim)
    [ -z "$unformatted" ] || { printf 'gofmt would change:\n%s\n' "$unformatted"; return 1; }
    go -C testkit/vcsim vet .
}

# The appliance against a simulated vCenter: Java's tests tagged "vcenter".
tier_vcenter() {
    step 'compiling the simulated vCenter' compile_vcsim || return 1
    local status=0
    step 'the simulated vCenter: gofmt and go vet' check_vcsim || status=1
    [ "$status" = 1 ] || printf 'passed\tvcsim: formatted and vetted\n' >>"$RESULTS/vcenter"
    java_reports vcenter 'the appliance with a simulated vCenter' -Pquick -pl appliance/vcenter,appliance -am verify -Dskip.unit=true \
        -Dit.groups=vcenter -Dit.groups.excluded= -Dpenstock.vcsim="$(vcsim_program)" || status=1
    return $status
}
