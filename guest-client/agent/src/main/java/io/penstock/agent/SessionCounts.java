package io.penstock.agent;

import java.util.Map;
import java.util.TreeMap;

/**
 * What went through one session, or through all of an agent's.
 *
 * @param sessions programs that got a worker
 * @param calls call frames sent up
 * @param launches those of them that launch a kernel or a graph
 * @param waitsByCall replies that came down, by the call's number: a thread of a program waited for each
 * @param bytesUp payload bytes sent up beside the calls
 * @param bytesDown payload bytes that came down beside the replies
 */
public record SessionCounts(
        long sessions, long calls, long launches, Map<Integer, Long> waitsByCall, long bytesUp, long bytesDown) {
    /** Nothing yet. */
    public static final SessionCounts NONE = new SessionCounts(0, 0, 0, Map.of(), 0, 0);

    public SessionCounts {
        waitsByCall = Map.copyOf(waitsByCall);
    }

    /** Replies that came down in all. */
    public long waits() {
        return waitsByCall.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Both together. */
    public SessionCounts plus(SessionCounts other) {
        Map<Integer, Long> both = new TreeMap<>(waitsByCall);
        other.waitsByCall.forEach((call, waits) -> both.merge(call, waits, Long::sum));
        return new SessionCounts(
                sessions + other.sessions,
                calls + other.calls,
                launches + other.launches,
                both,
                bytesUp + other.bytesUp,
                bytesDown + other.bytesDown);
    }
}
