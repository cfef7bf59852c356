package io.penstock.agent;

/**
 * What went through one session, or through all of an agent's.
 *
 * @param sessions programs that got a worker
 * @param calls call frames sent up
 * @param launches those of them that launch a kernel or a graph
 * @param waits replies that came down: a thread of a program waited for each
 * @param bytesUp payload bytes sent up beside the calls
 * @param bytesDown payload bytes that came down beside the replies
 */
public record SessionCounts(long sessions, long calls, long launches, long waits, long bytesUp, long bytesDown) {
    /** Nothing yet. */
    public static final SessionCounts NONE = new SessionCounts(0, 0, 0, 0, 0, 0);

    /** Both together. */
    public SessionCounts plus(SessionCounts other) {
        return new SessionCounts(
                sessions + other.sessions,
                calls + other.calls,
                launches + other.launches,
                waits + other.waits,
                bytesUp + other.bytesUp,
                bytesDown + other.bytesDown);
    }
}
