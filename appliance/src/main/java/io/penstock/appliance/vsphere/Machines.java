package io.penstock.appliance.vsphere;

import io.penstock.appliance.vcenter.discovery.Inventory.Machine;
import io.penstock.appliance.vsphere.Vcenters.Joined;

/** VMs by their ids. */
final class Machines {
    private Machines() {}

    /** What a VM is called; its id where the inventory does not show it. */
    static String name(Joined joined, String moref) {
        Machine machine = joined.link().inventory().machines().get(moref);
        return machine == null ? moref : machine.name();
    }
}
