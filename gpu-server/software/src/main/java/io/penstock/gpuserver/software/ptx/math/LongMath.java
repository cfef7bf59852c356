package io.penstock.gpuserver.software.ptx.math;

/** Integers of 64 bits. */
public final class LongMath {
    private LongMath() {}

    public static long copy(long a) {
        return a;
    }

    public static long add(long a, long b) {
        return a + b;
    }

    public static long sub(long a, long b) {
        return a - b;
    }

    public static long mul(long a, long b) {
        return a * b;
    }

    public static long mad(long a, long b, long c) {
        return a * b + c;
    }

    public static long mulHighSigned(long a, long b) {
        return Math.multiplyHigh(a, b);
    }

    public static long mulHighUnsigned(long a, long b) {
        return Math.unsignedMultiplyHigh(a, b);
    }

    /** Division by zero gives all ones, as the hardware does. */
    public static long divSigned(long a, long b) {
        return b == 0 ? -1 : a / b;
    }

    public static long divUnsigned(long a, long b) {
        return b == 0 ? -1 : Long.divideUnsigned(a, b);
    }

    public static long remSigned(long a, long b) {
        return b == 0 ? -1 : a % b;
    }

    public static long remUnsigned(long a, long b) {
        return b == 0 ? -1 : Long.remainderUnsigned(a, b);
    }

    public static long minSigned(long a, long b) {
        return Math.min(a, b);
    }

    public static long maxSigned(long a, long b) {
        return Math.max(a, b);
    }

    public static long minUnsigned(long a, long b) {
        return Long.compareUnsigned(a, b) < 0 ? a : b;
    }

    public static long maxUnsigned(long a, long b) {
        return Long.compareUnsigned(a, b) > 0 ? a : b;
    }

    public static long abs(long a) {
        return Math.abs(a);
    }

    public static long neg(long a) {
        return -a;
    }

    public static long and(long a, long b) {
        return a & b;
    }

    public static long or(long a, long b) {
        return a | b;
    }

    public static long xor(long a, long b) {
        return a ^ b;
    }

    public static long not(long a) {
        return ~a;
    }

    public static long cnot(long a) {
        return a == 0 ? 1 : 0;
    }

    /** Shift amounts of 64 and more leave nothing. */
    public static long shl(long a, int b) {
        return Integer.compareUnsigned(b, 63) > 0 ? 0 : a << b;
    }

    public static long shrUnsigned(long a, int b) {
        return Integer.compareUnsigned(b, 63) > 0 ? 0 : a >>> b;
    }

    /** Shift amounts of 64 and more leave the sign. */
    public static long shrSigned(long a, int b) {
        return a >> (Integer.compareUnsigned(b, 63) > 0 ? 63 : b);
    }

    public static long sadSigned(long a, long b, long c) {
        return c + (a < b ? b - a : a - b);
    }

    public static long sadUnsigned(long a, long b, long c) {
        return c + (Long.compareUnsigned(a, b) < 0 ? b - a : a - b);
    }

    public static boolean addCarries(long a, long b) {
        return Long.compareUnsigned(a + b, a) < 0;
    }

    public static boolean addCarries(long a, long b, boolean carry) {
        return addCarries(a, b) || (carry && a + b == -1);
    }

    public static long addWithCarry(long a, long b, boolean carry) {
        return a + b + (carry ? 1 : 0);
    }

    public static boolean subBorrows(long a, long b) {
        return Long.compareUnsigned(a, b) < 0;
    }

    public static boolean subBorrows(long a, long b, boolean borrow) {
        return subBorrows(a, b) || (borrow && a == b);
    }

    public static long subWithBorrow(long a, long b, boolean borrow) {
        return a - b - (borrow ? 1 : 0);
    }

    public static long select(long a, long b, boolean condition) {
        return condition ? a : b;
    }

    public static long slct(long a, long b, int c) {
        return c >= 0 ? a : b;
    }

    public static long slct(long a, long b, float c) {
        return c >= 0 ? a : b;
    }

    /** The low word. */
    public static int low(long a) {
        return (int) a;
    }

    /** The high word. */
    public static int high(long a) {
        return (int) (a >>> 32);
    }

    /** Two words as one doubleword. */
    public static long pack(int low, int high) {
        return Integer.toUnsignedLong(low) | (long) high << 32;
    }

    /** Four halves as one doubleword. */
    public static long pack4(int a, int b, int c, int d) {
        return pack((a & 0xffff) | b << 16, (c & 0xffff) | d << 16);
    }

    /** One of the four halves. */
    public static int half0(long a) {
        return (int) a & 0xffff;
    }

    public static int half1(long a) {
        return (int) (a >>> 16) & 0xffff;
    }

    public static int half2(long a) {
        return (int) (a >>> 32) & 0xffff;
    }

    public static int half3(long a) {
        return (int) (a >>> 48);
    }
}
