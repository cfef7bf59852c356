package io.penstock.appliance.lease;

import io.penstock.protocol.config.Durations;
import java.time.Duration;

/**
 * How long leases last.
 *
 * @param validity how long a signature is a licence to open sessions while no appliance answers
 * @param renewEvery how often holders renew
 */
public record LeaseTerms(Duration validity, Duration renewEvery) {
    /** A lease ends when this many renewals were due and none came. */
    public static final int RENEWALS_MISSED_MAX = 4;

    /** Checks that a signature outlives its renewals. */
    public LeaseTerms {
        if (renewEvery.compareTo(Duration.ofSeconds(1)) < 0 || validity.compareTo(renewEvery.multipliedBy(2)) < 0) {
            throw new IllegalArgumentException(
                    "leases are renewed every second or less often, and valid for at least two renewals; not every "
                            + Durations.text(renewEvery) + " and for " + Durations.text(validity));
        }
    }

    /** How long a lease lives without a renewal. */
    public Duration patience() {
        return renewEvery.multipliedBy(RENEWALS_MISSED_MAX);
    }
}
