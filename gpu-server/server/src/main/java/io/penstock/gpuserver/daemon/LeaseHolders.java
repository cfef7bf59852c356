package io.penstock.gpuserver.daemon;

import io.penstock.protocol.appliance.Revocations;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which leases have an agent here, by its connection, and which have lost theirs. A lease whose last connection ended
 * without another in the {@link #GRACE} after it is abandoned: its holder was killed and can give nothing back. The
 * daemon's event loop only.
 */
final class LeaseHolders {
    /** How long an agent has to come back after its connection was cut. */
    static final Duration GRACE = Duration.ofSeconds(3);

    private static final int TOLD_AT_ONCE_MAX = 1024;

    private final Map<String, Integer> connections = new HashMap<>();
    private final Map<String, Instant> lost = new HashMap<>();

    /** A connection showed this lease for the first time. */
    void arrived(String lease) {
        connections.merge(lease, 1, Integer::sum);
        lost.remove(lease);
    }

    /** A connection that had shown these leases ended. */
    void left(Collection<String> leases, Instant now) {
        for (String lease : leases) {
            if (connections.computeIfPresent(lease, (id, count) -> count == 1 ? null : count - 1) == null) {
                lost.put(lease, now);
            }
        }
    }

    /** What the appliance should hear of, oldest or not, at most 1024 at a time. */
    List<String> abandoned(Instant now) {
        return lost.entrySet().stream()
                .filter(entry -> !entry.getValue().plus(GRACE).isAfter(now))
                .limit(TOLD_AT_ONCE_MAX)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The appliance has heard of these. */
    void told(List<String> leases) {
        lost.keySet().removeAll(leases);
    }

    /** The appliance has ended these itself, as it does when they are given back. */
    void forget(Revocations revocations) {
        lost.keySet().removeAll(revocations.leases());
    }
}
