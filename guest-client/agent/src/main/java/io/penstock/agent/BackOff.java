package io.penstock.agent;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * How long to wait before what failed is tried again: half a second at first, twice as long each time, half a minute at
 * most; and each time a random part of up to a half less, so that many who lost the same server do not come back at once. Times
 * come in as values. One thread.
 */
final class BackOff {
    /** The longest first pause; well within what a server waits for a holder that was cut off. */
    static final Duration FIRST = Duration.ofMillis(500);

    /** The longest pause of all. */
    static final Duration MOST = Duration.ofSeconds(30);

    private final DoubleSupplier random;
    private Duration pause = FIRST;
    private boolean working;
    private long workingSince;

    /** @param random from 0 to 1, anew each time */
    BackOff(DoubleSupplier random) {
        this.random = random;
    }

    /** It worked at this {@link System#nanoTime}. */
    void worked(long now) {
        if (!working) {
            working = true;
            workingSince = now;
        }
    }

    /**
     * It failed, or what worked has ended, at this {@link System#nanoTime}. What worked for less than {@link #MOST} has
     * proved nothing: the pauses go on growing.
     *
     * @return how long to wait
     */
    Duration failed(long now) {
        if (working && now - workingSince >= MOST.toNanos()) {
            pause = FIRST;
        }
        working = false;
        Duration longest = pause;
        pause = longest.multipliedBy(2).compareTo(MOST) < 0 ? longest.multipliedBy(2) : MOST;
        return Duration.ofMillis(Math.round(longest.toMillis() * (1 - random.getAsDouble() / 2)));
    }
}
