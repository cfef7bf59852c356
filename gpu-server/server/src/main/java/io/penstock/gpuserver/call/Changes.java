package io.penstock.gpuserver.call;

import io.penstock.protocol.codec.Writer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The bytes in which two contents of a block differ, range by range, as a MAPPED frame carries them: address, length,
 * the bytes, and a bit a byte that says which of them changed. Finding a range makes it agreed. One thread.
 */
final class Changes {
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    /** Unchanged bytes within a range cost less than a range of its own when they are few. */
    private static final long GAP_BYTES = 32;
    /** A frame stays small, so that nothing waits long behind it. */
    private static final long RANGE_BYTES_MAX = 32 << 10;

    private final long base;
    private final MemorySegment seen;
    private final MemorySegment agreed;

    // of the range found
    private long from;
    private long end;
    private byte[] mask = {};

    Changes(long base, MemorySegment seen, MemorySegment agreed) {
        this.base = base;
        this.seen = seen;
        this.agreed = agreed;
    }

    /** Goes on to the next range; false when there is none. */
    boolean find() {
        long distance = seen.asSlice(end).mismatch(agreed.asSlice(end));
        if (distance < 0) {
            return false;
        }
        from = end + distance;
        end = from + 1;
        long last = Math.min(seen.byteSize(), from + RANGE_BYTES_MAX);
        for (long at = end; at < last && at - end < GAP_BYTES; at++) {
            if (differs(at)) {
                end = at + 1;
            }
        }
        mask = new byte[(int) (end - from + 7) / 8];
        for (long at = from; at < end; at++) {
            if (differs(at)) {
                mask[(int) (at - from) / 8] |= (byte) (1 << (at - from) % 8);
            }
        }
        agreed.asSlice(from, end - from).copyFrom(seen.asSlice(from, end - from));
        return true;
    }

    private boolean differs(long at) {
        return seen.get(BYTE, at) != agreed.get(BYTE, at);
    }

    /** Writes the range found. */
    void write(Writer out) {
        out.putU64(base + from).putU64(end - from);
        out.putBlock(seen.asSlice(from, end - from));
        out.putBlock(MemorySegment.ofArray(mask));
    }

    /** Writes the changed bytes of a range that came. */
    static void apply(MemorySegment changed, MemorySegment mask, MemorySegment to) {
        for (long at = 0; at < changed.byteSize(); at++) {
            if ((mask.get(BYTE, at / 8) >> at % 8 & 1) != 0) {
                to.set(BYTE, at, changed.get(BYTE, at));
            }
        }
    }
}
