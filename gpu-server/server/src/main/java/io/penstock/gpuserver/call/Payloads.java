package io.penstock.gpuserver.call;

/** The bytes that come up on bulk connections. The executor thread asks; it blocks until they are there. */
public interface Payloads {
    /** Gets the next piece of a payload, in order; the memory is valid during the call. */
    @FunctionalInterface
    interface Piece {
        /** Answers a CUresult; anything but 0 ends the walk. */
        int take(long position, long address, long bytes);
    }

    /**
     * Walks a payload in order, each piece as soon as it has arrived, and forgets it.
     *
     * @return 0 or what the piece answered
     * @throws io.penstock.protocol.codec.ProtocolException when the total breaks a limit or the session ended
     */
    int walk(long id, long total, Piece piece);
}
