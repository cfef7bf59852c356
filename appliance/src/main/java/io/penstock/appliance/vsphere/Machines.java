package io.penstock.appliance.vsphere;

import io.penstock.appliance.store.MemberVmRow;
import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.discovery.Inventory.Machine;
import io.penstock.appliance.vsphere.Vcenters.Joined;
import java.util.Optional;

/** VMs by their ids. */
final class Machines {
    private static final String TYPE = "VirtualMachine";

    private Machines() {}

    /** The VM as a vCenter's calls name it. */
    static ObjectRef ref(String moref) {
        return new ObjectRef(TYPE, moref);
    }

    /** The VM that a member is, by the id that it has now; by the one that it had when it was let in where the vCenter shows it no more. */
    static String moref(Joined joined, MemberVmRow member) {
        return find(joined, member.instanceUuid()).map(Machine::id).orElse(member.moref());
    }

    /** The VM with this instance UUID, where its vCenter shows it. */
    static Optional<Machine> find(Joined joined, String instanceUuid) {
        return joined.link().inventory().machines().values().stream()
                .filter(machine -> machine.instanceUuid().equals(instanceUuid))
                .findFirst();
    }

    /** What a VM is called; its id where the inventory does not show it. */
    static String name(Joined joined, String moref) {
        Machine machine = joined.link().inventory().machines().get(moref);
        return machine == null ? moref : machine.name();
    }
}
