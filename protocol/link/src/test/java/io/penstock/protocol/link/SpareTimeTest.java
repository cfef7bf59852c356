package io.penstock.protocol.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
final class SpareTimeTest {
    private static final Duration LONG = Duration.ofMinutes(5);

    @Test
    void goesOnWhileThereAreCores() throws Exception {
        assertThat(new SpareTime(LONG, () -> true).goesOn()).isTrue();
    }

    @Test
    void pausesUntilThereAreCores() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        assertThat(new SpareTime(LONG, () -> asked.incrementAndGet() == 4).goesOn())
                .isTrue();
        assertThat(asked).hasValue(4);
    }

    @Test
    void isOverWhenItIsEndedEvenWithinAPause() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        SpareTime[] time = new SpareTime[1];
        time[0] = new SpareTime(LONG, () -> {
            if (asked.incrementAndGet() == 2) {
                time[0].end();
            }
            return false;
        });
        assertThat(time[0].goesOn()).isFalse();
        assertThat(time[0].wasEnded()).isTrue();
    }

    @Test
    void isOverWhenItsTimeIsUpThoughNoCoreWasEverIdle() throws Exception {
        SpareTime brief = new SpareTime(Duration.ofMillis(50), () -> false);
        assertThat(brief.goesOn()).isFalse();
        assertThat(brief.wasEnded()).isFalse();
    }
}
