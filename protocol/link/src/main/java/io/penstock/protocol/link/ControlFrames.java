package io.penstock.protocol.link;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.function.ObjIntConsumer;

/** The few frames a link writes itself; all have sequence 0 and thread 0, except GOODBYE's string they have no body. */
final class ControlFrames {
    private static final int REASON_BYTES_MAX = 1000;

    private ControlFrames() {}

    /** Writes a PING or PONG; answers its length. */
    static int ping(MemorySegment target, int type, long opaque) {
        header(target, type, Wire.HEADER_BYTES + 8);
        target.set(Wire.U64, Wire.HEADER_BYTES, opaque);
        return Wire.HEADER_BYTES + 8;
    }

    /** Writes an ACK; answers its length. */
    static int acknowledge(MemorySegment target) {
        header(target, Wire.TYPE_ACK, Wire.HEADER_BYTES);
        return Wire.HEADER_BYTES;
    }

    /** Hands a GOODBYE frame and its length to {@code to}; the reason is cut to 1000 bytes. */
    static void goodbye(String reason, ObjIntConsumer<MemorySegment> to) {
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        int bytes = Math.min(text.length, REASON_BYTES_MAX);
        int length = Wire.HEADER_BYTES + 8 + Wire.padded(bytes);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment frame = arena.allocate(length, 8);
            header(frame, Wire.TYPE_GOODBYE, length);
            frame.set(Wire.U64, Wire.HEADER_BYTES, bytes);
            MemorySegment.copy(MemorySegment.ofArray(text), 0, frame, Wire.HEADER_BYTES + 8, bytes);
            to.accept(frame, length);
        }
    }

    /** The string of a GOODBYE frame, or what is wrong with it. */
    static String reasonOf(MemorySegment frame, long offset, int length) {
        if (length < Wire.HEADER_BYTES + 8) {
            return "(no reason)";
        }
        long bytes = frame.get(Wire.U64, offset + Wire.HEADER_BYTES);
        if (bytes < 0 || bytes > length - Wire.HEADER_BYTES - 8) {
            return "(a reason longer than its frame)";
        }
        byte[] text =
                frame.asSlice(offset + Wire.HEADER_BYTES + 8, bytes).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
        return new String(text, StandardCharsets.UTF_8);
    }

    private static void header(MemorySegment target, int type, int length) {
        target.asSlice(0, Wire.HEADER_BYTES).fill((byte) 0);
        target.set(Wire.U32, Wire.LENGTH, length);
        target.set(Wire.U16, Wire.TYPE, (short) type);
    }
}
