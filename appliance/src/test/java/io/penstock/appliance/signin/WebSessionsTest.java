package io.penstock.appliance.signin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class WebSessionsTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private final WebSessions sessions = new WebSessions();

    @Test
    void endsWhenItIsNotUsed() {
        String secret = sessions.begin(NOON);
        assertThat(sessions.use(secret, NOON.plus(Duration.ofMinutes(29)))).isPresent();
        assertThat(sessions.use(secret, NOON.plus(Duration.ofMinutes(58)))).isPresent();
        assertThat(sessions.use(secret, NOON.plus(Duration.ofMinutes(89)))).isEmpty();
        assertThat(sessions.use(secret, NOON)).isEmpty();
    }

    @Test
    void endsAfterHalfADayHoweverMuchItIsUsed() {
        String secret = sessions.begin(NOON);
        Instant now = NOON;
        while (sessions.use(secret, now).isPresent()) {
            now = now.plus(Duration.ofMinutes(20));
        }
        assertThat(Duration.between(NOON, now)).isEqualTo(Duration.ofHours(12));
    }

    @Test
    void oldestEndsWhenThereAreTooMany() {
        String first = sessions.begin(NOON);
        for (int count = 0; count < 256; count++) {
            sessions.begin(NOON);
        }
        assertThat(sessions.use(first, NOON)).isEmpty();
    }

    @Test
    void strangersValueIsNone() {
        assertThat(sessions.use("guessed", NOON)).isEmpty();
    }
}
