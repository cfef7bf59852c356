package io.penstock.protocol.link;

import java.lang.foreign.MemorySegment;

/** Takes whole frames in the order of the wire. Called on the link's event loop only; must not block. */
@FunctionalInterface
public interface FrameSink {
    /**
     * One frame whose header has been checked. The bytes are valid during the call only.
     *
     * @param source memory that holds the frame, of any alignment
     * @param offset where its header starts
     * @param length header and body in bytes, padding excluded
     * @throws LinkException when the frame ends the session
     */
    void frame(MemorySegment source, long offset, int length) throws LinkException;
}
