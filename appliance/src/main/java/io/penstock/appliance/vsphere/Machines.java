package io.penstock.appliance.vsphere;

import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.discovery.Inventory.Machine;
import io.penstock.appliance.vsphere.Vcenters.Joined;

/** VMs by their ids. */
final class Machines {
    private static final String TYPE = "VirtualMachine";

    private Machines() {}

    /** The VM as a vCenter's calls name it. */
    static ObjectRef ref(String moref) {
        return new ObjectRef(TYPE, moref);
    }

    /** What a VM is called; its id where the inventory does not show it. */
    static String name(Joined joined, String moref) {
        Machine machine = joined.link().inventory().machines().get(moref);
        return machine == null ? moref : machine.name();
    }
}
