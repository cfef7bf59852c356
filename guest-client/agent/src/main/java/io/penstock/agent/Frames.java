package io.penstock.agent;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * What the agent reads and writes of frames (docs/protocol.md sections 1 and 2): headers, and the few control frames that
 * are its own business. Bodies of calls are never looked at.
 */
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

    static final int FLAG_REPLY = 1;
    static final int FLAG_WANTS_REPLY = 2;

    /** Where the fields of a PAYLOAD frame lie. */
    static final int PAYLOAD_ID = 32;

    static final int PAYLOAD_OFFSET = 40;
    static final int PAYLOAD_POSITION = 48;
    static final int PAYLOAD_LENGTH = 56;
    static final int PAYLOAD_BYTES = 64;

    static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int HELLO_TICKET = HEADER_BYTES + 8 + 32;
    private static final int TEXT_BYTES_MAX = 1000;
    private static final int SEQUENCE = 16;
    private static final int ACKNOWLEDGED = 24;

    private Frames() {}

    static int length(MemorySegment frame, long at) {
        return frame.get(U32, at);
    }

    static int type(MemorySegment frame, long at) {
        return Short.toUnsignedInt(frame.get(U16, at + 4));
    }

    static int flags(MemorySegment frame, long at) {
        return Short.toUnsignedInt(frame.get(U16, at + 6));
    }

    /** The thread of the program that sends, or that is meant. */
    static int thread(MemorySegment frame, long at) {
        return frame.get(U32, at + 8);
    }

    static long sequence(MemorySegment frame, long at) {
        return frame.get(U64, at + SEQUENCE);
    }

    static long acknowledged(MemorySegment frame, long at) {
        return frame.get(U64, at + ACKNOWLEDGED);
    }

    /** Bytes from one frame's start to the next one's. */
    static int padded(int length) {
        return length + 7 & -8;
    }

    /** The program's HELLO with the ticket put in, which the program must have left empty. */
    static MemorySegment helloWithTicket(MemorySegment hello, long at, int length, String ticket)
            throws ChannelException {
        if (length < HELLO_TICKET + 8 || hello.get(U64, at + HELLO_TICKET) != 0) {
            throw new ChannelException("a HELLO frame of " + length + " bytes that has no empty ticket");
        }
        byte[] text = ticket.getBytes(StandardCharsets.UTF_8);
        int after = HELLO_TICKET + 8 + padded(text.length);
        int rest = length - HELLO_TICKET - 8;
        MemorySegment complete = MemorySegment.ofArray(new byte[padded(after + rest)]);
        MemorySegment.copy(hello, at, complete, 0, HELLO_TICKET);
        complete.set(U32, 0, after + rest);
        complete.set(U64, HELLO_TICKET, text.length);
        MemorySegment.copy(MemorySegment.ofArray(text), 0, complete, HELLO_TICKET + 8, text.length);
        MemorySegment.copy(hello, at + HELLO_TICKET + 8, complete, after, rest);
        return complete;
    }

    /** REFUSED: the session is over before it began. */
    static MemorySegment refused(int cudaResult, String text) {
        MemorySegment frame = withText(REFUSED, HEADER_BYTES + 8, text);
        frame.set(U32, HEADER_BYTES, cudaResult);
        return frame;
    }

    /** GOODBYE: the session is over. */
    static MemorySegment goodbye(String reason) {
        return withText(GOODBYE, HEADER_BYTES, reason);
    }

    /** PAYLOAD: a chunk that lies in the down slab. */
    static MemorySegment payload(long id, long offset, long position, long length) {
        MemorySegment frame = header(PAYLOAD, PAYLOAD_BYTES);
        frame.set(U64, PAYLOAD_ID, id);
        frame.set(U64, PAYLOAD_OFFSET, offset);
        frame.set(U64, PAYLOAD_POSITION, position);
        frame.set(U64, PAYLOAD_LENGTH, length);
        return frame;
    }

    /** ACK: what the worker has processed, when no other frame says so. */
    static MemorySegment acknowledgement(long sequence) {
        MemorySegment frame = header(ACK, HEADER_BYTES);
        frame.set(U64, ACKNOWLEDGED, sequence);
        return frame;
    }

    /** The answer to a PING: the same number. */
    static MemorySegment pong(MemorySegment ping, long at, int length) throws ChannelException {
        if (length != HEADER_BYTES + 8) {
            throw new ChannelException("a PING frame of " + length + " bytes; it has " + (HEADER_BYTES + 8));
        }
        MemorySegment frame = header(PONG, length);
        frame.set(U64, HEADER_BYTES, ping.get(U64, at + HEADER_BYTES));
        return frame;
    }

    private static MemorySegment withText(int type, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int count = Math.min(bytes.length, TEXT_BYTES_MAX);
        MemorySegment frame = header(type, at + 8 + padded(count));
        frame.set(U64, at, count);
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, frame, at + 8, count);
        return frame;
    }

    private static MemorySegment header(int type, int length) {
        MemorySegment frame = MemorySegment.ofArray(new byte[length]);
        frame.set(U32, 0, length);
        frame.set(U16, 4, (short) type);
        return frame;
    }
}
