package io.penstock.protocol.link;

import java.lang.foreign.MemorySegment;

/** Takes the bytes of payloads as they arrive on one bulk connection. Event loop only; must not block. */
public interface ChunkSink {
    /**
     * Some bytes of a payload; a chunk may come in several pieces. Valid during the call only.
     *
     * @param payload the payload's id
     * @param position where the bytes belong in the payload
     * @param source memory holding them from {@code offset} on
     * @throws LinkException when the payload is unknown or the bytes leave it: ends the session
     */
    void bytes(long payload, long position, MemorySegment source, long offset, int count) throws LinkException;

    /** One read's bytes are all delivered. */
    default void turnEnded() {}

    /** {@link BulkLink#isWritable()} is true again after having been false. */
    default void writable() {}

    /** The connection is over; told once. */
    void closed(String reason);
}
