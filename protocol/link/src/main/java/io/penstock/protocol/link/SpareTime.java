package io.penstock.protocol.link;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * How long something goes on that only matters later: until it is ended or its time is up, with a pause whenever fewer than a
 * quarter of the machine's cores are idle. One thread asks, any thread ends it.
 */
public final class SpareTime {
    private static final long PAUSE_MILLIS = 20;

    private final long until;
    private final BooleanSupplier coresToSpare;
    private volatile boolean ended;

    /** Begins now and is up after the limit. */
    public SpareTime(Duration limit) {
        this(limit, IdleCores::aQuarter);
    }

    /** @param coresToSpare whether there are; for tests, which go on whoever wants the cores */
    public SpareTime(Duration limit, BooleanSupplier coresToSpare) {
        this.until = System.nanoTime() + limit.toNanos();
        this.coresToSpare = coresToSpare;
    }

    /** Whether there is more of it, after a pause if there has to be one. */
    public boolean goesOn() throws InterruptedException {
        while (isLeft() && !coresToSpare.getAsBoolean()) {
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        }
        return isLeft();
    }

    private boolean isLeft() {
        return !ended && System.nanoTime() - until < 0;
    }

    /** Something that matters now has come. */
    public void end() {
        ended = true;
    }

    /** Whether it was ended before its time was up. */
    public boolean wasEnded() {
        return ended;
    }
}
