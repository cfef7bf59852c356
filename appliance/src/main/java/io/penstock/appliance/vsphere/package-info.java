/**
 * The pool's half of vCenter: which vCenters it belongs to, what their inventories mean for its members, and how VMs are let
 * in. How to talk to a vCenter is known by {@code io.penstock.appliance.vcenter} alone.
 */
@NullMarked
package io.penstock.appliance.vsphere;

import org.jspecify.annotations.NullMarked;
