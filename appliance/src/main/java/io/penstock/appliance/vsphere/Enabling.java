package io.penstock.appliance.vsphere;

import io.penstock.appliance.store.HandOverRow;
import io.penstock.appliance.store.PeerRow;
import io.penstock.appliance.vcenter.discovery.Inventory.Machine;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether a VM can be let in or put out, and if not, why and what would change that; a pure function. */
final class Enabling {
    private Enabling() {}

    /**
     * Why the VM cannot be let in; empty when it can.
     *
     * @param kind {@code client} or {@code server}
     * @param member what the VM is in the pool, if it is a member
     * @param handOver the last time it was to be let in
     */
    static Optional<String> whyNot(
            String kind, Machine machine, @Nullable PeerRow member, @Nullable HandOverRow handOver, Instant now) {
        if (handOver != null && handOver.open() && now.isBefore(handOver.expires())) {
            return Optional.of("it is being let in; the offer stands until " + handOver.expires());
        }
        if (member != null && member.enabled()) {
            return Optional.of(
                    member.kind().equals(kind)
                            ? "it is enabled already"
                            : "it is a " + member.kind() + " of the pool; disable it first");
        }
        if (machine.template()) {
            return Optional.of("it is a template; enable the VMs that are made of it");
        }
        if (machine.instanceUuid().isEmpty()) {
            return Optional.of("vCenter cannot read its configuration; see its state in the vSphere Client");
        }
        if (!machine.power().equals("poweredOn")) {
            return Optional.of("it does not run; power it on");
        }
        if (!machine.guest().linux()) {
            return Optional.of("it does not run Linux"
                    + (machine.guest().system().isEmpty()
                            ? ""
                            : " but " + machine.guest().system()));
        }
        if (!machine.guest().tools().equals("running")) {
            return Optional.of(
                    "VMware Tools do not run in it; start open-vm-tools, or use penstock enroll in the guest");
        }
        if (kind.equals("server") && machine.gpus().isEmpty()) {
            return Optional.of("it holds no GPU; give it one by DirectPath I/O or vGPU");
        }
        return Optional.empty();
    }

    /** Why the VM cannot be put out; empty when it can. */
    static Optional<String> whyNotOut(@Nullable PeerRow member, @Nullable HandOverRow handOver, Instant now) {
        boolean offered = handOver != null && handOver.open() && now.isBefore(handOver.expires());
        if (offered || (member != null && member.enabled())) {
            return Optional.empty();
        }
        return Optional.of(member == null ? "it is not enabled" : "it is disabled already");
    }
}
