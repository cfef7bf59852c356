package io.penstock.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class BackOffTest {
    private static final long LATER = BackOff.MOST.toNanos();

    @Test
    void pausesDoubleUpToHalfAMinute() {
        assertThat(pauses(new BackOff(() -> 0), 8))
                .containsExactly(500L, 1000L, 2000L, 4000L, 8000L, 16_000L, 30_000L, 30_000L);
    }

    @Test
    void aRandomPartOfUpToAHalfIsTakenAway() {
        assertThat(pauses(new BackOff(() -> 1), 3)).containsExactly(250L, 500L, 1000L);
        assertThat(pauses(new BackOff(() -> 0.5), 1)).containsExactly(375L);
    }

    @Test
    void whatWorkedForLongBeginsAnew() {
        BackOff backOff = new BackOff(() -> 0);
        pauses(backOff, 6);
        backOff.worked(0);
        backOff.worked(LATER - 1);
        assertThat(backOff.failed(LATER)).isEqualTo(BackOff.FIRST);
        assertThat(backOff.failed(2 * LATER)).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void whatWorkedForAMomentOnlyDoesNot() {
        BackOff backOff = new BackOff(() -> 0);
        pauses(backOff, 3);
        backOff.worked(0);
        assertThat(backOff.failed(LATER - 1)).isEqualTo(Duration.ofSeconds(4));
    }

    private static List<Long> pauses(BackOff backOff, int count) {
        return new ArrayList<>(
                Stream.generate(() -> backOff.failed(0).toMillis()).limit(count).toList());
    }
}
