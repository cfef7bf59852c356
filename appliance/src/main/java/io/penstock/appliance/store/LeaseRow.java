package io.penstock.appliance.store;

import io.penstock.protocol.identity.Lease;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A lease as it is kept.
 *
 * @param lease what its newest signature says
 * @param granted when it was granted
 * @param renewBy when it ends unless it is renewed
 * @param ended why it ended; null while in force
 */
public record LeaseRow(
        Lease lease,
        Instant granted,
        Instant renewBy,
        @Nullable String ended) {
    /** Whether it is in force. */
    public boolean inForce() {
        return ended == null;
    }
}
