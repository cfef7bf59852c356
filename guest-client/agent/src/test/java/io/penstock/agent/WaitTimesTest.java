package io.penstock.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

final class WaitTimesTest {
    @Test
    void nothingWaitedForTookNoTime() {
        WaitTimes none = new WaitTimes();
        assertThat(none.count()).isZero();
        assertThat(none.totalNanos()).isZero();
        assertThat(none.quantileNanos(0.99)).isZero();
    }

    @Test
    void sumAndLongestAreExactAndQuantilesAreNear() {
        Random random = new Random(7);
        long[] times = random.longs(20_000, 0, 40)
                .map(shift -> random.nextLong(1L << shift))
                .toArray();
        WaitTimes waited = new WaitTimes();
        Arrays.stream(times).forEach(waited::add);
        Arrays.sort(times);
        assertThat(waited.count()).isEqualTo(times.length);
        assertThat(waited.totalNanos()).isEqualTo(Arrays.stream(times).sum());
        assertThat(waited.longestNanos()).isEqualTo(times[times.length - 1]);
        for (double part : new double[] {0.01, 0.1, 0.5, 0.9, 0.99, 1}) {
            long exact = times[(int) Math.ceil(part * times.length) - 1];
            assertThat(waited.quantileNanos(part)).isCloseTo(exact, Percentage.withPercentage(7));
        }
    }

    @Test
    void theLongestWaitThereCanBeHasACounter() {
        WaitTimes waited = new WaitTimes();
        waited.add(Long.MAX_VALUE);
        assertThat(waited.quantileNanos(1)).isCloseTo(Long.MAX_VALUE, within(Long.MAX_VALUE / 14));
    }

    @Test
    void theSumOfTwoIsAsIfOneHadSeenAll() {
        WaitTimes one = new WaitTimes();
        WaitTimes other = new WaitTimes();
        one.add(10);
        other.add(1_000_000);
        other.add(3);
        WaitTimes sum = WaitTimes.sum(one, other);
        assertThat(sum.count()).isEqualTo(3);
        assertThat(sum.totalNanos()).isEqualTo(1_000_013);
        assertThat(sum.longestNanos()).isEqualTo(1_000_000);
        assertThat(sum.quantileNanos(0.5)).isEqualTo(10);
    }
}
