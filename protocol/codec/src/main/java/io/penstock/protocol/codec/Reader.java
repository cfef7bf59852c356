package io.penstock.protocol.codec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Walks one body, front to back, by the alignment rules of protocol.md section 1.
 *
 * <p>It sees exactly its body and cannot leave it: whatever the bytes say, the only failure is a
 * {@link ProtocolException}. Methods named for an address give the place of the bytes themselves; for those the body
 * must lie in native memory. Reusable through {@link #reset}; one thread.
 */
public final class Reader {
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private MemorySegment body;
    private long position;
    private long lastCount;

    public Reader(MemorySegment body) {
        this.body = body;
    }

    /** Starts over with another body. */
    public Reader reset(MemorySegment another) {
        body = another;
        position = 0;
        lastCount = 0;
        return this;
    }

    public long position() {
        return position;
    }

    public long remaining() {
        return body.byteSize() - position;
    }

    public int readI32() {
        return body.get(I32, take(Integer.BYTES, Integer.BYTES));
    }

    /** The bits of an unsigned 32-bit value. */
    public int readU32() {
        return readI32();
    }

    public long readI64() {
        return body.get(I64, take(Long.BYTES, Long.BYTES));
    }

    /** The bits of an unsigned 64-bit value. */
    public long readU64() {
        return readI64();
    }

    public float readF32() {
        return Float.intBitsToFloat(readI32());
    }

    public double readF64() {
        return Double.longBitsToDouble(readI64());
    }

    /** A handle as it travels: generation and index. */
    public long readHandle() {
        return readI64();
    }

    /** The word before an optional value. */
    public boolean readPresent() {
        long word = readI64();
        if (word != 0 && word != 1) {
            throw new ProtocolException("peer sent presence " + Long.toUnsignedString(word) + " at byte "
                    + (position - 8) + ", allowed are 0 and 1");
        }
        return word == 1;
    }

    /** The address of a struct, or of a value that the driver wants by address. */
    public long readStruct(int bytes) {
        return body.address() + takePadded(bytes);
    }

    /** A part of the body, in place: fixed-size bytes without a count. */
    public MemorySegment readBlock(long bytes) {
        return body.asSlice(takePadded(bytes), bytes);
    }

    /** The address of an array's elements; their number is {@link #lastCount}. */
    public long readArray(int elementBytes) {
        return body.address() + elements(Limits.ARRAY_ELEMENTS_MAX, elementBytes);
    }

    /** How many elements the latest array, string or byte sequence had. */
    public long lastCount() {
        return lastCount;
    }

    /** Counted bytes, in place. */
    public MemorySegment readBytes() {
        long at = elements(body.byteSize(), 1);
        return body.asSlice(at, lastCount);
    }

    /** The address of counted bytes, whose number is {@link #lastCount}. */
    public long readBytesAddress() {
        return body.address() + elements(body.byteSize(), 1);
    }

    public String readString() {
        long at = elements(Limits.STRING_BYTES_MAX, 1);
        return new String(body.asSlice(at, lastCount).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    /** The address of a NUL-terminated copy of a string, alive as long as the arena; 0 for an absent optional one. */
    public long readString(Arena arena, boolean optional) {
        if (optional && !readPresent()) {
            return 0;
        }
        long at = elements(Limits.STRING_BYTES_MAX, 1);
        MemorySegment copy = arena.allocate(lastCount + 1);
        MemorySegment.copy(body, at, copy, 0, lastCount);
        return copy.address();
    }

    /**
     * Compares the number of elements that came with the number another parameter promises.
     *
     * @throws ProtocolException if they differ
     */
    public void requireCount(String name, long came, long promised) {
        if (came != promised) {
            throw new ProtocolException("peer sent " + came + " elements of " + name + ", its count says "
                    + Long.toUnsignedString(promised));
        }
    }

    /**
     * Ends the reading.
     *
     * @throws ProtocolException if bytes are left over
     */
    public void end() {
        if (remaining() >= Long.BYTES) {
            throw new ProtocolException(
                    "peer sent " + remaining() + " bytes more than the call has, in a body of " + body.byteSize());
        }
    }

    private long elements(long countMax, int elementBytes) {
        long count = readI64();
        long room = remaining() / elementBytes;
        if (count < 0 || count > countMax || count > room) {
            throw new ProtocolException("peer sent a count of " + Long.toUnsignedString(count) + " elements of "
                    + elementBytes + " bytes at byte " + (position - 8) + ", allowed are " + Math.min(countMax, room));
        }
        lastCount = count;
        return takePadded(count * elementBytes);
    }

    /** Takes bytes from a multiple of 8 to a multiple of 8; the last padding may be missing from the body. */
    private long takePadded(long bytes) {
        long at = take(bytes, Long.BYTES);
        position = Math.min(at + (bytes + 7 & -8), body.byteSize());
        return at;
    }

    private long take(long bytes, int alignment) {
        long at = position + alignment - 1 & -alignment;
        if (at + bytes > body.byteSize()) {
            throw new ProtocolException("peer sent a body of " + body.byteSize() + " bytes that ends inside a value of "
                    + bytes + " bytes at byte " + at);
        }
        position = at + bytes;
        return at;
    }
}
