package io.penstock.appliance.signin;

import io.vertx.core.Future;

/** Finds out who uses the vSphere Client. */
public interface VsphereUsers {
    /**
     * The user of a session of the vSphere Client.
     *
     * @param shown what is shown of it; vCenters that this appliance does not belong to are refused
     * @param from the address of whoever shows it, good or not
     */
    Future<VsphereUser> of(VsphereSession shown, String from);
}
