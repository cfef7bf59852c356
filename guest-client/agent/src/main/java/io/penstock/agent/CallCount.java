package io.penstock.agent;

/**
 * What one call of the driver API cost, as far as it left the program.
 *
 * @param call its number
 * @param calls frames sent up
 * @param waits replies that came down: a thread of the program waited for each
 * @param waited how long, from the moment at which the agent took the call to the one at which it put the reply into the
 *     program's ring; a wait of a thread whose number is above the limit is counted and not timed
 * @param bytesUp of its frames, with what they carry inline
 * @param bytesDown of its replies, likewise
 */
public record CallCount(int call, long calls, long waits, WaitTimes waited, long bytesUp, long bytesDown) {
    /** Both together, which count the same call. */
    CallCount plus(CallCount other) {
        return new CallCount(
                call,
                calls + other.calls,
                waits + other.waits,
                WaitTimes.sum(waited, other.waited),
                bytesUp + other.bytesUp,
                bytesDown + other.bytesDown);
    }
}
