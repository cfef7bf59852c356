package io.penstock.gpuserver.software.ptx.math;

/**
 * What video instructions do with a part of a word: PTX ISA, "Scalar Video Instructions" and "SIMD Video Instructions".
 *
 * <p>A part is a byte, a half or the whole of a word, widened by its sign to a long, in which sums and differences are exact.
 */
public final class VideoMath {
    private static final int WORD = 32;

    private VideoMath() {}

    /** The part of so many bits that begins at a bit, with its sign. */
    public static long signedPart(int word, int start, int bits) {
        int part = word << (WORD - start - bits) >> (WORD - bits);
        return part;
    }

    /** The part of so many bits that begins at a bit, without a sign. */
    public static long unsignedPart(int word, int start, int bits) {
        return Integer.toUnsignedLong(word << (WORD - start - bits) >>> (WORD - bits));
    }

    /** The distance of two parts. */
    public static long difference(long a, long b) {
        return Math.abs(a - b);
    }

    /** The mean of two parts; a half is rounded up where the sum is not negative, else down. */
    public static long average(long a, long b) {
        long sum = a + b;
        return sum >= 0 ? (sum + 1) >> 1 : sum >> 1;
    }

    /** The number after a number. */
    public static long next(long a) {
        return a + 1;
    }

    /** A word and a part, added. */
    public static int accumulate(long a, int word) {
        return (int) a + word;
    }

    public static long eq(long a, long b) {
        return a == b ? 1 : 0;
    }

    public static long ne(long a, long b) {
        return a != b ? 1 : 0;
    }

    public static long lt(long a, long b) {
        return a < b ? 1 : 0;
    }

    public static long le(long a, long b) {
        return a <= b ? 1 : 0;
    }

    public static long gt(long a, long b) {
        return a > b ? 1 : 0;
    }

    public static long ge(long a, long b) {
        return a >= b ? 1 : 0;
    }

    /** A part shifted left by 32 or less; what a long cannot hold keeps its sign and its low word. */
    public static long shiftLeft(long a, int by) {
        return by < WORD ? a << by : Math.clamp(a, (long) Integer.MIN_VALUE, (long) Integer.MAX_VALUE) << WORD;
    }

    /** A part shifted right by 32 or less. */
    public static long shiftRight(long a, int by) {
        return a >> by;
    }

    /** A shift's amount: 32 stands for all that are larger. */
    public static int clampedAmount(long by) {
        return (int) Math.min(by, WORD);
    }

    /** A shift's amount: its low five bits. */
    public static int wrappedAmount(long by) {
        return (int) by & (WORD - 1);
    }

    /** The nearest number that a signed part of so many bits holds. */
    public static long clampSigned(long a, int bits) {
        long most = (1L << (bits - 1)) - 1;
        return Math.clamp(a, -most - 1, most);
    }

    /** The nearest number that an unsigned part of so many bits holds. */
    public static long clampUnsigned(long a, int bits) {
        return Math.clamp(a, 0, (1L << bits) - 1);
    }

    /** A word with one of its parts replaced by the low bits of a number. */
    public static int merge(long a, int word, int start, int bits) {
        int mask = -1 >>> (WORD - bits) << start;
        return (word & ~mask) | (((int) a << start) & mask);
    }

    /** The low word of (a * b + c) shifted right; a and b have 34 bits at most, c 35. */
    public static int multiplyAdd(long a, long b, long c, int by) {
        return (int) low(a, b, c, by);
    }

    /** The same where all of the number counts: the nearest signed word. */
    public static int multiplyAddSigned(long a, long b, long c, int by) {
        long high = high(a, b, c) >> by;
        long low = low(a, b, c, by);
        if (high != low >> (Long.SIZE - 1)) {
            return high < 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE;
        }
        return Math.clamp(low, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    /** The same for numbers that are not negative: the nearest unsigned word. */
    public static int multiplyAddUnsigned(long a, long b, long c, int by) {
        long low = low(a, b, c, by);
        boolean fits = high(a, b, c) >> by == 0 && low >>> WORD == 0;
        return fits ? (int) low : -1;
    }

    /** Bits 0 to 63 of (a * b + c) shifted right. */
    private static long low(long a, long b, long c, int by) {
        long low = a * b + c;
        return by == 0 ? low : (high(a, b, c) << (Long.SIZE - by)) | (low >>> by);
    }

    /** Bits 64 to 127 of a * b + c. */
    private static long high(long a, long b, long c) {
        long low = a * b;
        long carry = Long.compareUnsigned(low + c, low) < 0 ? 1 : 0;
        return Math.multiplyHigh(a, b) + (c >> (Long.SIZE - 1)) + carry;
    }
}
