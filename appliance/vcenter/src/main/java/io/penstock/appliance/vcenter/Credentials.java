package io.penstock.appliance.vcenter;

import io.penstock.protocol.config.Secret;

/**
 * An account of a vCenter.
 *
 * @param user as {@code user@domain} or {@code DOMAIN\\user}
 */
public record Credentials(String user, Secret password) {
    /** An account. */
    public static Credentials of(String user, String password) {
        return new Credentials(user, new Secret(password));
    }
}
