package io.penstock.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When a connection is kept awake for a reply. */
final class VigilTest {
    private static final long MICROSECOND = TimeUnit.MICROSECONDS.toNanos(1);
    private static final long BEGUN = -5 * MICROSECOND; // the clock may be negative

    private final Vigil vigil = new Vigil();

    @Test
    void nobodyWaitsSoNothingIsDue() {
        assertThat(vigil.isDue(BEGUN)).isFalse();
        vigil.began(BEGUN);
        vigil.ended();
        assertThat(vigil.isDue(BEGUN + 1_000 * MICROSECOND)).isFalse();
    }

    @Test
    void oneIsDueEverySoOften() {
        vigil.began(BEGUN);
        assertThat(vigil.isDue(BEGUN + 100 * MICROSECOND)).isFalse();
        assertThat(vigil.isDue(BEGUN + 150 * MICROSECOND)).isTrue();
        assertThat(vigil.isDue(BEGUN + 151 * MICROSECOND)).isFalse();
        assertThat(vigil.isDue(BEGUN + 300 * MICROSECOND)).isTrue();
    }

    @Test
    void notForEver() {
        vigil.began(BEGUN);
        assertThat(vigil.isDue(BEGUN + 49_000 * MICROSECOND)).isTrue();
        assertThat(vigil.isDue(BEGUN + 50_001 * MICROSECOND)).isFalse();
        vigil.began(BEGUN + 60_000 * MICROSECOND);
        assertThat(vigil.isDue(BEGUN + 60_200 * MICROSECOND)).isTrue();
    }

    @Test
    void asLongAsOneOfSeveralWaits() {
        vigil.began(BEGUN);
        vigil.began(BEGUN);
        vigil.ended();
        assertThat(vigil.isDue(BEGUN + 200 * MICROSECOND)).isTrue();
        vigil.ended();
        vigil.ended();
        assertThat(vigil.isDue(BEGUN + 400 * MICROSECOND)).isFalse();
        vigil.began(BEGUN + 400 * MICROSECOND);
        assertThat(vigil.isDue(BEGUN + 600 * MICROSECOND)).isTrue();
    }
}
