package io.penstock.cli.handover;

import java.time.Duration;

/** How long to wait before something is tried again: twice as long each time, up to a limit. Used by one thread. */
final class Pause {
    private final Duration first;
    private final Duration last;
    private Duration next;

    Pause(Duration first, Duration last) {
        this.first = first;
        this.last = last;
        this.next = first;
    }

    Duration next() {
        Duration now = next;
        Duration twice = next.multipliedBy(2);
        next = twice.compareTo(last) < 0 ? twice : last;
        return now;
    }

    void reset() {
        next = first;
    }
}
