package io.penstock.protocol.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DurationsTest {
    @ParameterizedTest
    @ValueSource(strings = {"1ms", "1500ms", "20s", "90s", "15m", "90m", "12h", "36h", "30d"})
    void whatIsReadIsWrittenAsItWas(String text) {
        assertThat(Durations.text(Durations.parse(text))).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"60m", "3600s", "3600000ms"})
    void largestUnitIsTaken(String text) {
        assertThat(Durations.text(Durations.parse(text))).isEqualTo("1h");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -5})
    void whatIsNotAboveZeroIsStillShown(long seconds) {
        assertThat(Durations.text(Duration.ofSeconds(seconds))).isEqualTo(seconds + "s");
    }
}
