package io.penstock.agent;

import java.util.concurrent.TimeUnit;

/**
 * Keeps the way of a reply awake while a thread of the program waits for it. Threads that have slept take tens of
 * microseconds each to wake, and code that has not run for milliseconds runs slowly; so while somebody waits the
 * connection carries a PING and its answer every so often, which runs through everything that the reply will. Not for
 * ever: what takes longer than {@link #LASTS} does not feel the difference. Event loop only.
 */
final class Vigil {
    private static final long EVERY = TimeUnit.MICROSECONDS.toNanos(150);
    private static final long LASTS = TimeUnit.MILLISECONDS.toNanos(50);

    private int waiting;
    private long since;
    private long last;

    /** A thread begins to wait. */
    void began(long now) {
        waiting++;
        since = now;
        last = now;
    }

    /** A thread has its reply. */
    void ended() {
        waiting = Math.max(0, waiting - 1);
    }

    /** Whether a PING is due; counted as sent. */
    boolean isDue(long now) {
        if (waiting == 0 || now - last < EVERY || now - since > LASTS) {
            return false;
        }
        last = now;
        return true;
    }
}
