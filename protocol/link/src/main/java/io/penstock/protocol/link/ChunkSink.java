package io.penstock.protocol.link;

import java.lang.foreign.MemorySegment;

/** Takes the chunks that arrive on one bulk connection, one after the other. Event loop only; must not block. */
public interface ChunkSink {
    /**
     * A chunk begins; its bytes follow in one piece or several.
     *
     * @param payload the payload's id
     * @param position where the chunk belongs in the payload
     * @param length bytes of the chunk
     * @return false when there is no place for it now: the connection stands still until {@link BulkLink#resume()}, and
     *     the chunk begins again
     * @throws LinkException when the payload is unknown or the chunk leaves it: ends the session
     */
    boolean begin(long payload, long position, int length) throws LinkException;

    /** The next bytes of the chunk, in memory that is valid during the call only. */
    void bytes(MemorySegment source, long offset, int count) throws LinkException;

    /** The chunk is complete. */
    void end();

    /** {@link BulkLink#isWritable()} is true again after having been false. */
    default void writable() {}

    /** The connection is over; told once. A chunk that is not complete never will be. */
    void closed(String reason);
}
