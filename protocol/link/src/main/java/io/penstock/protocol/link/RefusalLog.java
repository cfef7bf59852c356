package io.penstock.protocol.link;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes down who was refused, at a bounded rate: whoever knocks again and again fills no disk. A cause is written at once,
 * and at most once a minute with how often it came up in between; all causes together make {@value #LINES_MAX} lines a minute at
 * most. Safe for all threads.
 */
public final class RefusalLog {
    /** Lines in a minute, whatever they say. */
    static final int LINES_MAX = 30;

    /** Causes that are told apart; where there are more, the one that was silent longest is forgotten. */
    static final int CAUSES_MAX = 256;

    private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Consumer<String> lines;
    private final LongSupplier nanoTime;

    // guarded by this
    private final Map<String, Cause> causes = new LinkedHashMap<>(16, 0.75f, true);
    private long minuteFrom;
    private int linesThisMinute;
    private long leftOut;

    /** @param lines takes what is to be written, for instance {@code log::warn} */
    public RefusalLog(Consumer<String> lines) {
        this(lines, System::nanoTime);
    }

    RefusalLog(Consumer<String> lines, LongSupplier nanoTime) {
        this.lines = lines;
        this.nanoTime = nanoTime;
        this.minuteFrom = nanoTime.getAsLong();
    }

    private static final class Cause {
        private long writtenAt;
        private long since;
    }

    /**
     * Somebody was refused.
     *
     * @param cause who and why, the same each time it is the same; what follows in {@code detail} may differ
     * @param detail the end of the sentence, such as the peer's address; may be empty
     */
    public synchronized void refused(String cause, String detail) {
        long now = nanoTime.getAsLong();
        Cause known = causes.get(cause);
        if (known != null && now - known.writtenAt < MINUTE_NANOS) {
            known.since++;
            return;
        }
        if (now - minuteFrom >= MINUTE_NANOS) {
            minuteFrom = now;
            linesThisMinute = 0;
        }
        if (linesThisMinute >= LINES_MAX) {
            leftOut++;
            return;
        }
        linesThisMinute++;
        lines.accept(cause + detail + before(known) + others());
        remember(cause, now);
    }

    private static String before(@Nullable Cause known) {
        return known == null || known.since == 0 ? "" : " (and " + known.since + " times since this was said last)";
    }

    private String others() {
        long unsaid = leftOut;
        leftOut = 0;
        return unsaid == 0 ? "" : " (" + unsaid + " refusals of others were not written down)";
    }

    private void remember(String cause, long now) {
        Cause written = new Cause();
        written.writtenAt = now;
        causes.put(cause, written);
        if (causes.size() > CAUSES_MAX) {
            causes.remove(causes.keySet().iterator().next());
        }
    }
}
