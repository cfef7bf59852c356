package io.penstock.appliance.vcenter;

/**
 * A managed object; unique within one vCenter only.
 *
 * @param type such as {@code VirtualMachine}
 * @param id such as {@code vm-58}
 */
public record ObjectRef(String type, String id) {
    @Override
    public String toString() {
        return type + ":" + id;
    }
}
