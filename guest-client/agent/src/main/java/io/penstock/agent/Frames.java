package io.penstock.agent;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** What the agent reads of a frame (docs/protocol.md sections 1 and 2): the header, and the frames made for it. */
final class Frames {
    static final int HEADER_BYTES = 32;

    static final int PAD = 0;
    static final int HELLO = 1;
    static final int WELCOME = 2;
    static final int REFUSED = 3;
    static final int PAYLOAD = 4;
    static final int ACK = 5;
    static final int PING = 9;
    static final int PONG = 10;
    static final int GOODBYE = 11;
    static final int FIRST_CALL = 256;

    static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Frames() {}

    static int length(MemorySegment frame, long at) {
        return frame.get(U32, at);
    }

    static int type(MemorySegment frame, long at) {
        return Short.toUnsignedInt(frame.get(U16, at + 4));
    }

    /** Bytes from one frame's start to the next one's. */
    static int padded(int length) {
        return length + 7 & -8;
    }
}
