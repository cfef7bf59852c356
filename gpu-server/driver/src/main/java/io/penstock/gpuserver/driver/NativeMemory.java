package io.penstock.gpuserver.driver;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Native memory by raw address, little-endian and unaligned, as every driver of this house sees it.
 *
 * <p>Nothing is checked: an address that is not mapped ends the process, exactly as in C. Callers pass addresses they
 * made (frames, arenas, blocks found in a table), never a number a client sent. Stateless; any thread.
 */
public final class NativeMemory {
    @SuppressWarnings("restricted") // the whole point of this class
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED;

    private NativeMemory() {}

    /** All of the process's address space as one segment; offsets are addresses. */
    public static MemorySegment all() {
        return ALL;
    }

    public static byte getByte(long address) {
        return ALL.get(ValueLayout.JAVA_BYTE, address);
    }

    public static short getShort(long address) {
        return ALL.get(I16, address);
    }

    public static int getInt(long address) {
        return ALL.get(I32, address);
    }

    public static long getLong(long address) {
        return ALL.get(I64, address);
    }

    public static float getFloat(long address) {
        return ALL.get(F32, address);
    }

    public static double getDouble(long address) {
        return ALL.get(F64, address);
    }

    public static void putByte(long address, byte value) {
        ALL.set(ValueLayout.JAVA_BYTE, address, value);
    }

    public static void putShort(long address, short value) {
        ALL.set(I16, address, value);
    }

    public static void putInt(long address, int value) {
        ALL.set(I32, address, value);
    }

    public static void putLong(long address, long value) {
        ALL.set(I64, address, value);
    }

    public static void putFloat(long address, float value) {
        ALL.set(F32, address, value);
    }

    public static void putDouble(long address, double value) {
        ALL.set(F64, address, value);
    }

    /** Copies {@code bytes} bytes; the ranges may overlap. */
    public static void copy(long source, long destination, long bytes) {
        MemorySegment.copy(ALL, source, ALL, destination, bytes);
    }

    /** Copies {@code bytes} bytes out into a new array. */
    public static byte[] getBytes(long address, int bytes) {
        byte[] copy = new byte[bytes];
        MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, address, copy, 0, bytes);
        return copy;
    }

    public static void putBytes(long address, byte[] source) {
        MemorySegment.copy(source, 0, ALL, ValueLayout.JAVA_BYTE, address, source.length);
    }

    /** Sets {@code bytes} bytes to {@code value}. */
    public static void fill(long address, long bytes, byte value) {
        ALL.asSlice(address, bytes).fill(value);
    }

    /** The NUL-terminated UTF-8 text at {@code address}. */
    public static String getString(long address) {
        return ALL.getString(address, StandardCharsets.UTF_8);
    }

    /**
     * Writes {@code text} as C's strncpy-with-a-terminator does: at most {@code capacity - 1} bytes of it, then a NUL.
     * A capacity of zero or less writes nothing.
     */
    public static void putString(long address, String text, long capacity) {
        if (capacity <= 0) {
            return;
        }
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        int length = (int) Math.min(encoded.length, capacity - 1);
        MemorySegment.copy(encoded, 0, ALL, ValueLayout.JAVA_BYTE, address, length);
        putByte(address + length, (byte) 0);
    }
}
