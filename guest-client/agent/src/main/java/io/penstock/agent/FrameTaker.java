package io.penstock.agent;

import java.lang.foreign.MemorySegment;

/** Takes frames in the order of the ring; the bytes are private and valid during the call only. */
@FunctionalInterface
interface FrameTaker {
    /**
     * One frame whose length was checked: {@code length} bytes, padding excluded, from {@code offset}.
     *
     * @return false when it cannot be taken now: it stays in the ring, and so does what follows it
     */
    boolean take(MemorySegment source, long offset, int length) throws ChannelException;
}
