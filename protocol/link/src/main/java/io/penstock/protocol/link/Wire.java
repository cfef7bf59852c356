package io.penstock.protocol.link;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Offsets and numbers of docs/protocol.md sections 1 to 3 that a link reads itself; integers are little-endian. */
final class Wire {
    static final int HEADER_BYTES = 32;
    static final int LENGTH = 0;
    static final int TYPE = 4;
    static final int FLAGS = 6;
    static final int SEQUENCE = 16;
    static final int ACKNOWLEDGED = 24;

    static final int TYPE_PAD = 0;
    static final int TYPE_HELLO = 1;
    static final int TYPE_PAYLOAD = 4;
    static final int TYPE_ACK = 5;
    static final int TYPE_PING = 9;
    static final int TYPE_PONG = 10;
    static final int TYPE_GOODBYE = 11;
    static final int TYPE_LAST_CONTROL = 17;
    static final int TYPE_FIRST_CALL = 256;

    static final int FLAGS_KNOWN = 3;

    /** "PNSTBULK" read as a little-endian u64. */
    static final long BULK_MAGIC = 0x4B4C_5542_5453_4E50L;

    static final int CHUNK_HEADER_BYTES = 24;

    static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Wire() {}

    static int length(MemorySegment frame, long offset) {
        return frame.get(U32, offset + LENGTH);
    }

    static int type(MemorySegment frame, long offset) {
        return Short.toUnsignedInt(frame.get(U16, offset + TYPE));
    }

    static long sequence(MemorySegment frame, long offset) {
        return frame.get(U64, offset + SEQUENCE);
    }

    /** Bytes from one frame's start to the next one's. */
    static int padded(int length) {
        return length + 7 & -8;
    }
}
