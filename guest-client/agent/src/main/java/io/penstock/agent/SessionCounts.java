package io.penstock.agent;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What went through one session, or through all of an agent's.
 *
 * @param sessions programs that got a worker
 * @param byCall the calls that were made at all, by their number
 * @param payloadUp payload bytes sent up beside the calls
 * @param payloadDown payload bytes that came down beside the replies
 * @param pushes frames that came down and were no reply: completions, data of copies, text of kernels
 * @param pushedBytes their bytes
 */
public record SessionCounts(
        long sessions, List<CallCount> byCall, long payloadUp, long payloadDown, long pushes, long pushedBytes) {
    /** Nothing yet. */
    public static final SessionCounts NONE = new SessionCounts(0, List.of(), 0, 0, 0, 0);

    public SessionCounts {
        byCall = List.copyOf(byCall);
    }

    /** Call frames sent up. */
    public long calls() {
        return byCall.stream().mapToLong(CallCount::calls).sum();
    }

    /** Those of them that launch a kernel or a graph. */
    public long launches() {
        return byCall.stream()
                .filter(count -> CallKinds.launches(count.call()))
                .mapToLong(CallCount::calls)
                .sum();
    }

    /** Replies that came down: each is a round trip and a thread that waited for it. */
    public long waits() {
        return byCall.stream().mapToLong(CallCount::waits).sum();
    }

    /** How long threads waited; two that wait at once count twice. */
    public WaitTimes waited() {
        return byCall.stream().map(CallCount::waited).reduce(new WaitTimes(), WaitTimes::sum);
    }

    /** Bytes of calls and payload. */
    public long bytesUp() {
        return payloadUp + byCall.stream().mapToLong(CallCount::bytesUp).sum();
    }

    /** Bytes of replies, payload and pushes. */
    public long bytesDown() {
        return payloadDown
                + pushedBytes
                + byCall.stream().mapToLong(CallCount::bytesDown).sum();
    }

    /** Both together. */
    public SessionCounts plus(SessionCounts other) {
        Map<Integer, CallCount> both = new TreeMap<>();
        byCall.forEach(count -> both.put(count.call(), count));
        other.byCall.forEach(count -> both.merge(count.call(), count, CallCount::plus));
        return new SessionCounts(
                sessions + other.sessions,
                List.copyOf(both.values()),
                payloadUp + other.payloadUp,
                payloadDown + other.payloadDown,
                pushes + other.pushes,
                pushedBytes + other.pushedBytes);
    }
}
