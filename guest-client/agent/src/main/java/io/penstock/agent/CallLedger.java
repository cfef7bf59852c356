package io.penstock.agent;

import io.penstock.protocol.codec.Limits;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Counts one session's calls by their number and times its waits, from frame headers alone. A reply is matched to its call
 * by the thread in both headers: a thread waits for one reply at a time. What passes often makes no garbage. Event loop
 * only.
 */
final class CallLedger {
    private static final int NUMBERS_FIRST = 1 << 10;
    private static final int THREADS_FIRST = 1 << 6;

    private @Nullable Entry[] byNumber = new Entry[NUMBERS_FIRST];
    private @Nullable Entry[] awaited = new Entry[THREADS_FIRST];
    private long[] since = new long[THREADS_FIRST];
    private long pushes;
    private long pushedBytes;

    /** One call's numbers so far. */
    private static final class Entry {
        private final WaitTimes waited = new WaitTimes();
        private long calls;
        private long waits;
        private long bytesUp;
        private long bytesDown;
    }

    /** A call goes up that nobody waits for. */
    void posted(int call, int length) {
        Entry entry = entry(call);
        entry.calls++;
        entry.bytesUp += length;
    }

    /** A call goes up whose reply this thread waits for. */
    void asked(int call, int length, int thread, long now) {
        posted(call, length);
        if (thread < 0 || thread >= Limits.THREADS_MAX) {
            return;
        }
        if (thread >= since.length) {
            int threads = Math.max(thread + 1, 2 * since.length);
            since = Arrays.copyOf(since, threads);
            awaited = Arrays.copyOf(awaited, threads);
        }
        awaited[thread] = entry(call);
        since[thread] = now;
    }

    /** A reply for this thread has gone down. */
    void replied(int call, int length, int thread, long now) {
        Entry entry = entry(call);
        entry.waits++;
        entry.bytesDown += length;
        if (thread >= 0 && thread < since.length && awaited[thread] == entry) {
            awaited[thread] = null;
            entry.waited.add(now - since[thread]);
        }
    }

    /** A frame has gone down that is no reply: completions, data of copies, text of kernels. */
    void pushed(int length) {
        pushes++;
        pushedBytes += length;
    }

    /** What was counted; it changes no more. */
    SessionCounts counts(long sessions, long payloadUp, long payloadDown) {
        List<CallCount> calls = IntStream.range(0, byNumber.length)
                .mapToObj(this::count)
                .filter(Objects::nonNull)
                .toList();
        return new SessionCounts(sessions, calls, payloadUp, payloadDown, pushes, pushedBytes);
    }

    private @Nullable CallCount count(int call) {
        Entry entry = byNumber[call];
        return entry == null
                ? null
                : new CallCount(
                        call,
                        entry.calls,
                        entry.waits,
                        WaitTimes.sum(entry.waited, new WaitTimes()),
                        entry.bytesUp,
                        entry.bytesDown);
    }

    /** A number has 16 bits, so there is an end to growing. */
    private Entry entry(int call) {
        if (call >= byNumber.length) {
            byNumber = Arrays.copyOf(byNumber, Math.max(call + 1, 2 * byNumber.length));
        }
        Entry entry = byNumber[call];
        if (entry == null) {
            entry = new Entry();
            byNumber[call] = entry;
        }
        return entry;
    }
}
