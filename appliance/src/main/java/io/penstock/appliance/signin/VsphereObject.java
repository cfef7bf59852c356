package io.penstock.appliance.signin;

/**
 * An object of a vCenter's inventory on which a privilege is asked for.
 *
 * @param type its managed object type, such as {@code VirtualMachine}
 * @param moref its managed object's id, such as {@code vm-58}
 */
public record VsphereObject(String type, String moref) {
    /** A VM. */
    public static VsphereObject machine(String moref) {
        return new VsphereObject("VirtualMachine", moref);
    }
}
