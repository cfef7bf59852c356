package io.penstock.appliance.vcenter;

import java.time.Instant;

/**
 * How the connection to a vCenter stands.
 *
 * @param text why it is not connected and what to do, for people; empty while it is
 * @param since when it came to this
 */
public record LinkState(Kind kind, String text, Instant since) {
    /** The states. */
    public enum Kind {
        /** Not yet, or after a change of its settings. */
        CONNECTING,
        /** The service account is logged in. */
        CONNECTED,
        /** It does not answer; it is tried again. */
        UNREACHABLE,
        /** It presents another certificate than the one that was confirmed; it is tried again. */
        CERTIFICATE_CHANGED,
        /** The service account is refused; it is not tried again, so that the account is not locked. */
        LOGIN_REFUSED
    }
}
