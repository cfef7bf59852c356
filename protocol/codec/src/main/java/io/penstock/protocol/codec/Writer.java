package io.penstock.protocol.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Fills one body, front to back, by the alignment rules of protocol.md section 1. Padding and reserved places are zero.
 *
 * <p>The reserve methods give the native address of a place that the driver fills. A body that does not fit is a
 * {@link ProtocolException}: the counts that lead here come from the peer. Reusable through {@link #reset}; one thread.
 */
public final class Writer {
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private MemorySegment body;
    private long position;

    public Writer(MemorySegment body) {
        this.body = body;
    }

    /** Starts over with another body. */
    public Writer reset(MemorySegment another) {
        body = another;
        position = 0;
        return this;
    }

    /** Forgets what was written after a position, as after a failed call. */
    public void truncate(long to) {
        if (to < 0 || to > position) {
            throw new IllegalArgumentException("truncate to " + to + " of " + position);
        }
        position = to;
    }

    public long position() {
        return position;
    }

    /** The length of the body so far, padded to 8; the padding is zero. */
    public long finish() {
        place(0, Long.BYTES);
        return position;
    }

    public Writer putI32(int value) {
        body.set(I32, place(Integer.BYTES, Integer.BYTES), value);
        return this;
    }

    public Writer putU32(int value) {
        return putI32(value);
    }

    public Writer putI64(long value) {
        body.set(I64, place(Long.BYTES, Long.BYTES), value);
        return this;
    }

    public Writer putU64(long value) {
        return putI64(value);
    }

    public Writer putF32(float value) {
        return putI32(Float.floatToRawIntBits(value));
    }

    public Writer putF64(double value) {
        return putI64(Double.doubleToRawLongBits(value));
    }

    public Writer putHandle(long wire) {
        return putI64(wire);
    }

    /** The word before an optional value. Returns whether the value must follow. */
    public boolean putPresent(boolean present) {
        putI64(present ? 1 : 0);
        return present;
    }

    /** Bytes without a count: a struct. */
    public Writer putBlock(MemorySegment bytes) {
        long at = placePadded(bytes.byteSize());
        MemorySegment.copy(bytes, 0, body, at, bytes.byteSize());
        return this;
    }

    /** Counted bytes. */
    public Writer putBytes(MemorySegment bytes) {
        return putI64(bytes.byteSize()).putBlock(bytes);
    }

    public Writer putString(String text) {
        return putBytes(MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** The native address of four zero bytes. */
    public long reserveI32() {
        long at = place(Integer.BYTES, Integer.BYTES);
        body.set(I32, at, 0);
        return body.address() + at;
    }

    /** The native address of eight zero bytes. */
    public long reserveU64() {
        long at = place(Long.BYTES, Long.BYTES);
        body.set(I64, at, 0L);
        return body.address() + at;
    }

    /** The native address of a zeroed struct. */
    public long reserve(long bytes) {
        long at = placePadded(bytes);
        body.asSlice(at, bytes).fill((byte) 0);
        return body.address() + at;
    }

    /**
     * Writes the count and gives the native address of so many zeroed elements.
     *
     * @throws ProtocolException if the peer asked for more than a frame holds
     */
    public long reserveArray(long count, int elementBytes) {
        if (count < 0 || count > Limits.ARRAY_ELEMENTS_MAX) {
            throw new ProtocolException("peer asked for " + Long.toUnsignedString(count) + " elements, allowed are "
                    + Limits.ARRAY_ELEMENTS_MAX);
        }
        putI64(count);
        return reserve(count * elementBytes);
    }

    private long placePadded(long bytes) {
        long at = place(bytes, Long.BYTES);
        place(0, Long.BYTES);
        return at;
    }

    /** Moves past aligned room for so many bytes; the alignment gap becomes zero. */
    private long place(long bytes, int alignment) {
        long at = position + alignment - 1 & -alignment;
        if (bytes < 0 || at + bytes > body.byteSize()) {
            throw new ProtocolException(
                    "a body of " + (at + bytes) + " bytes is needed, the frame holds " + body.byteSize());
        }
        for (long gap = position; gap < at; gap++) {
            body.set(ValueLayout.JAVA_BYTE, gap, (byte) 0);
        }
        position = at + bytes;
        return at;
    }
}
