package io.penstock.appliance.store;

/**
 * A member that is a VM of a vCenter.
 *
 * @param peer the member's id
 * @param vcenter the vCenter's instance UUID
 * @param instanceUuid the VM's
 * @param moref the VM's managed object id
 * @param vmName the VM's name, as it was last seen
 */
public record MemberVmRow(String peer, String vcenter, String instanceUuid, String moref, String vmName) {}
