package io.penstock.appliance.signin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class TriesTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private final Tries tries = new Tries();

    @Test
    void fiveWrongTriesOfOneAddressMakeItWait() {
        for (int second = 0; second < 5; second++) {
            assertThat(tries.pause("a", NOON.plusSeconds(second))).isZero();
            tries.wrong("a", NOON.plusSeconds(second));
        }
        assertThat(tries.pause("a", NOON.plusSeconds(5))).isEqualTo(Duration.ofSeconds(55));
        assertThat(tries.pause("b", NOON.plusSeconds(5))).isZero();
        assertThat(tries.pause("a", NOON.plusSeconds(60))).isZero();
    }

    @Test
    void rightOneForgives() {
        for (int count = 0; count < 4; count++) {
            tries.wrong("a", NOON);
        }
        tries.right("a");
        tries.wrong("a", NOON);
        assertThat(tries.pause("a", NOON)).isZero();
    }

    @Test
    void manyAddressesTogetherMakeAllWait() {
        for (int address = 0; address < 30; address++) {
            tries.wrong("a" + address, NOON);
        }
        assertThat(tries.pause("nobody yet", NOON.plusSeconds(1))).isEqualTo(Duration.ofSeconds(59));
    }

    @Test
    void strangersCannotFillTheMemoryOrPushOutTheSum() {
        for (int address = 0; address < 10_000; address++) {
            tries.wrong("a" + address, NOON);
        }
        assertThat(tries.pause("nobody yet", NOON)).isPositive();
    }
}
