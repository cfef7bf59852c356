package io.penstock.gpuserver.software.ptx.math;

/**
 * What video instructions do with a part of a word: PTX ISA, "Scalar Video Instructions" and "SIMD Video Instructions".
 *
 * <p>A part is a byte, a half or the whole of a word, widened by its sign to a long, in which sums and differences are exact.
 */
public final class VideoMath {
    private static final int WORD = 32;
    private static final int UPPER_HALF = 0xffff_0000;
    /** So many bits of a shifted number count where it is saturated. */
    private static final int SHIFTED = 34;

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

    /** A part shifted left by 32 or less; what leaves a long is lost. */
    public static long shiftLeft(long a, int by) {
        return a << by;
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

    /** A number, or 0 for one below it. */
    public static long notNegative(long a) {
        return Math.max(a, 0);
    }

    /** A number, or the largest for one above it and for a negative one. */
    public static long clampAbove(long a, int most) {
        return a < 0 || a > most ? most : a;
    }

    /** The low word of a number, with its sign. */
    public static long word(long a) {
        return (int) a;
    }

    /** The low 34 bits of a number, with their sign. */
    public static long cutShifted(long a) {
        return a << (Long.SIZE - SHIFTED) >> (Long.SIZE - SHIFTED);
    }

    /** A word with one of its parts replaced by the low bits of a number. */
    public static int merge(long a, int word, int start, int bits) {
        int mask = -1 >>> (WORD - bits) << start;
        return (word & ~mask) | (((int) a << start) & mask);
    }

    /** A word with its upper half replaced by that of a number. */
    public static int mergeUpperHalf(long a, int word) {
        return ((int) a & UPPER_HALF) | (word & ~UPPER_HALF);
    }

    /** (a * b + c) shifted right with its sign; a, b and c have 33 bits at most, b 32, so that a long holds the sum. */
    public static long multiplyAdd(long a, long b, long c, int by) {
        return (a * b + c) >> by;
    }

    /** The same shifted right without a sign. */
    public static long multiplyAddUnsigned(long a, long b, long c, int by) {
        return (a * b + c) >>> by;
    }
}
