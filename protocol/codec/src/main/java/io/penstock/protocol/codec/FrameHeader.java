package io.penstock.protocol.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The 32 bytes before every body (protocol.md section 1), little-endian.
 *
 * <p>The accessors read a field where it lies, so that a relay makes no garbage; {@link #read} checks a whole header.
 *
 * @param length header and body in bytes, unpadded
 * @param type control frame or call number
 * @param flags {@link #REPLY}, {@link #WANTS_REPLY}
 * @param thread client thread, from 1; 0 is the process
 * @param context handle index of the caller's current context; 0 is none
 * @param sequence the sender's own number
 * @param acknowledged the highest sequence of the other direction that the sender has processed
 */
public record FrameHeader(int length, int type, int flags, int thread, int context, long sequence, long acknowledged) {
    public static final int BYTES = Limits.FRAME_HEADER_BYTES;
    /** Flag: the answer to a call. */
    public static final int REPLY = 1;
    /** Flag: a posted call that was made to wait. */
    public static final int WANTS_REPLY = 2;

    private static final int LENGTH_AT = 0;
    private static final int TYPE_AT = 4;
    private static final int FLAGS_AT = 6;
    private static final int THREAD_AT = 8;
    private static final int CONTEXT_AT = 12;
    private static final int SEQUENCE_AT = 16;
    private static final int ACKNOWLEDGED_AT = 24;

    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    public static int length(MemorySegment frame, long at) {
        return frame.get(U32, at + LENGTH_AT);
    }

    public static int type(MemorySegment frame, long at) {
        return Short.toUnsignedInt(frame.get(U16, at + TYPE_AT));
    }

    public static int flags(MemorySegment frame, long at) {
        return Short.toUnsignedInt(frame.get(U16, at + FLAGS_AT));
    }

    public static int thread(MemorySegment frame, long at) {
        return frame.get(U32, at + THREAD_AT);
    }

    public static int context(MemorySegment frame, long at) {
        return frame.get(U32, at + CONTEXT_AT);
    }

    public static long sequence(MemorySegment frame, long at) {
        return frame.get(U64, at + SEQUENCE_AT);
    }

    public static long acknowledged(MemorySegment frame, long at) {
        return frame.get(U64, at + ACKNOWLEDGED_AT);
    }

    /** The one field that a relay may change. */
    public static void setAcknowledged(MemorySegment frame, long at, long acknowledged) {
        frame.set(U64, at + ACKNOWLEDGED_AT, acknowledged);
    }

    /** Bytes from the start of a frame to the start of the next: its length, padded to 8. */
    public static int paddedLength(int length) {
        return length + 7 & -8;
    }

    /**
     * Reads and checks the header at an offset.
     *
     * @throws ProtocolException if the length is out of bounds or an unknown flag is set
     */
    public static FrameHeader read(MemorySegment frame, long at) {
        int length = checkLength(length(frame, at));
        int flags = flags(frame, at);
        if ((flags & ~(REPLY | WANTS_REPLY)) != 0) {
            throw new ProtocolException("peer sent frame flags 0x" + Integer.toHexString(flags) + ", known are 0x3");
        }
        return new FrameHeader(
                length,
                type(frame, at),
                flags,
                thread(frame, at),
                context(frame, at),
                sequence(frame, at),
                acknowledged(frame, at));
    }

    /**
     * Passes a length that a frame may have.
     *
     * @throws ProtocolException if it is out of bounds
     */
    public static int checkLength(int length) {
        if (length < BYTES || length > Limits.FRAME_BYTES_MAX) {
            throw new ProtocolException("peer sent a frame of " + Integer.toUnsignedLong(length)
                    + " bytes, allowed are " + BYTES + " to " + Limits.FRAME_BYTES_MAX);
        }
        return length;
    }

    /** Writes the header at an offset. */
    public void write(MemorySegment frame, long at) {
        frame.set(U32, at + LENGTH_AT, length);
        frame.set(U16, at + TYPE_AT, (short) type);
        frame.set(U16, at + FLAGS_AT, (short) flags);
        frame.set(U32, at + THREAD_AT, thread);
        frame.set(U32, at + CONTEXT_AT, context);
        frame.set(U64, at + SEQUENCE_AT, sequence);
        frame.set(U64, at + ACKNOWLEDGED_AT, acknowledged);
    }

    public boolean reply() {
        return (flags & REPLY) != 0;
    }

    public boolean wantsReply() {
        return (flags & WANTS_REPLY) != 0;
    }

    public boolean call() {
        return type >= FrameType.FIRST_CALL;
    }
}
