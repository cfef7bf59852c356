package io.penstock.gpuserver.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.appliance.Revocations;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class LeaseHoldersTest {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final Instant LATER = NOW.plus(LeaseHolders.GRACE);

    private final LeaseHolders holders = new LeaseHolders();

    @Test
    void aLeaseWhoseOnlyConnectionEndedIsAbandonedAfterTheGrace() {
        holders.arrived("lease");
        assertThat(holders.abandoned(LATER)).isEmpty();
        holders.left(List.of("lease"), NOW);
        assertThat(holders.abandoned(LATER.minusMillis(1))).isEmpty();
        assertThat(holders.abandoned(LATER)).containsExactly("lease");
    }

    @Test
    void anAgentThatComesBackInTimeKeepsItsLease() {
        holders.arrived("lease");
        holders.left(List.of("lease"), NOW);
        holders.arrived("lease");
        assertThat(holders.abandoned(LATER)).isEmpty();
    }

    @Test
    void aLeaseWithAnotherConnectionIsNotAbandoned() {
        holders.arrived("lease");
        holders.arrived("lease");
        holders.left(List.of("lease"), NOW);
        assertThat(holders.abandoned(LATER)).isEmpty();
        holders.left(List.of("lease"), NOW);
        assertThat(holders.abandoned(LATER)).containsExactly("lease");
    }

    @Test
    void anAbandonedLeaseIsRepeatedUntilTheApplianceHasHeardIt() {
        holders.arrived("lease");
        holders.left(List.of("lease"), NOW);
        assertThat(holders.abandoned(LATER)).containsExactly("lease");
        holders.told(holders.abandoned(LATER));
        assertThat(holders.abandoned(LATER)).isEmpty();
    }

    @Test
    void aLeaseThatWasGivenBackIsNotWorthAWord() {
        holders.arrived("lease");
        holders.left(List.of("lease"), NOW);
        holders.forget(new Revocations(1, Set.of(), Set.of("lease")));
        assertThat(holders.abandoned(LATER)).isEmpty();
    }
}
