package io.penstock.appliance.signin;

import io.vertx.core.Future;

/** Finds out who uses the vSphere Client. */
public interface VsphereUsers {
    /**
     * The user of a session of the vSphere Client.
     *
     * @param token the session's token, a secret
     * @param vcenter the instance UUID of the vCenter that is asked; one that this appliance does not belong to is refused
     * @param from the address of whoever shows it, good or not
     */
    Future<VsphereUser> of(String token, String vcenter, String from);
}
