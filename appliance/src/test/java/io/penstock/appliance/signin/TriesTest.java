package io.penstock.appliance.signin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TriesTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private final Tries tries = new Tries();

    @Test
    void fiveTriesOfOneSourceMakeItWaitAndNobodyElse() {
        for (int second = 0; second < 5; second++) {
            assertThat(tries.pause("a", NOON.plusSeconds(second))).isZero();
            tries.heard("a", NOON.plusSeconds(second));
        }
        assertThat(tries.pause("a", NOON.plusSeconds(5))).isEqualTo(Duration.ofSeconds(55));
        assertThat(tries.pause("b", NOON.plusSeconds(5))).isZero();
        assertThat(tries.pause("a", NOON.plusSeconds(60))).isZero();
    }

    @Test
    void rightOneForgivesAndIsRemembered() {
        for (int count = 0; count < 5; count++) {
            tries.heard("a", NOON);
        }
        assertThat(tries.isKnown("a")).isFalse();
        tries.right("a");
        assertThat(tries.pause("a", NOON)).isZero();
        assertThat(tries.isKnown("a")).isTrue();
    }

    @Test
    void manySourcesTogetherMakeStrangersTakeTurnsForAMinute() {
        for (int source = 0; source < 30; source++) {
            assertThat(tries.areMany(NOON)).as("after %d", source).isFalse();
            tries.heard("a" + source, NOON);
        }
        assertThat(tries.areMany(NOON.plusSeconds(59))).isTrue();
        assertThat(tries.areMany(NOON.plusSeconds(60))).isFalse();
        assertThat(tries.pause("the right person", NOON.plusSeconds(1))).isZero();
    }

    @Test
    void strangersCannotFillTheMemoryOrMakeTheKnownForgotten() {
        tries.heard("home", NOON);
        tries.right("home");
        for (int source = 0; source < 10_000; source++) {
            tries.heard("a" + source, NOON);
        }
        assertThat(tries.areMany(NOON)).isTrue();
        assertThat(tries.isKnown("home")).isTrue();
        assertThat(tries.pause("home", NOON)).isZero();
    }

    /** Whoever has one address of an IPv6 network has all of it. */
    @ParameterizedTest
    @CsvSource({
        "192.0.2.7, 192.0.2.8, false",
        "192.0.2.7, 192.0.2.7, true",
        "::ffff:192.0.2.7, 192.0.2.7, true",
        "2001:db8:1:2::1, 2001:db8:1:2:ffff:1:2:3, true",
        "2001:db8:1:2::1, 2001:db8:1:3::1, false",
        "local socket, local socket, true"
    })
    void addressesOfOneNetworkAreOneSource(String one, String other, boolean same) {
        assertThat(Tries.source(one).equals(Tries.source(other))).isEqualTo(same);
    }
}
