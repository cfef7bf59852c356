package io.penstock.gpuserver.software.ptx.math;

/** Integers of 32 bits; signedness is in the name where it matters. Narrower ones are widened first. */
public final class IntMath {
    private IntMath() {}

    public static int copy(int a) {
        return a;
    }

    public static int add(int a, int b) {
        return a + b;
    }

    public static int sub(int a, int b) {
        return a - b;
    }

    public static int mul(int a, int b) {
        return a * b;
    }

    public static int mad(int a, int b, int c) {
        return a * b + c;
    }

    public static int mulHighSigned(int a, int b) {
        return (int) (((long) a * b) >> 32);
    }

    public static int mulHighUnsigned(int a, int b) {
        return (int) ((unsigned(a) * unsigned(b)) >>> 32);
    }

    public static long mulWideSigned(int a, int b) {
        return (long) a * b;
    }

    public static long mulWideUnsigned(int a, int b) {
        return unsigned(a) * unsigned(b);
    }

    /** The low 32 bits of a product of 24-bit numbers. */
    public static int mul24Signed(int a, int b) {
        return (a << 8 >> 8) * (b << 8 >> 8);
    }

    public static int mul24Unsigned(int a, int b) {
        return (a & 0xff_ffff) * (b & 0xff_ffff);
    }

    /** Bits 16 to 47 of a product of 24-bit numbers. */
    public static int mul24HighSigned(int a, int b) {
        return (int) (((long) (a << 8 >> 8) * (b << 8 >> 8)) >> 16);
    }

    public static int mul24HighUnsigned(int a, int b) {
        return (int) (((long) (a & 0xff_ffff) * (b & 0xff_ffff)) >>> 16);
    }

    /** Division by zero gives all ones, as the hardware does. */
    public static int divSigned(int a, int b) {
        return b == 0 ? -1 : a / b;
    }

    public static int divUnsigned(int a, int b) {
        return b == 0 ? -1 : Integer.divideUnsigned(a, b);
    }

    public static int remSigned(int a, int b) {
        return b == 0 ? -1 : a % b;
    }

    public static int remUnsigned(int a, int b) {
        return b == 0 ? -1 : Integer.remainderUnsigned(a, b);
    }

    public static int minSigned(int a, int b) {
        return Math.min(a, b);
    }

    public static int maxSigned(int a, int b) {
        return Math.max(a, b);
    }

    public static int minUnsigned(int a, int b) {
        return Integer.compareUnsigned(a, b) < 0 ? a : b;
    }

    public static int maxUnsigned(int a, int b) {
        return Integer.compareUnsigned(a, b) > 0 ? a : b;
    }

    public static int abs(int a) {
        return Math.abs(a);
    }

    public static int neg(int a) {
        return -a;
    }

    public static int and(int a, int b) {
        return a & b;
    }

    public static int or(int a, int b) {
        return a | b;
    }

    public static int xor(int a, int b) {
        return a ^ b;
    }

    public static int not(int a) {
        return ~a;
    }

    /** C's logical not. */
    public static int cnot(int a) {
        return a == 0 ? 1 : 0;
    }

    public static int addSaturated(int a, int b) {
        return saturate((long) a + b);
    }

    public static int subSaturated(int a, int b) {
        return saturate((long) a - b);
    }

    /** {@code mad.hi.sat.s32}. */
    public static int madHighSaturated(int a, int b, int c) {
        return saturate((((long) a * b) >> 32) + c);
    }

    /** Shift amounts of 32 and more leave nothing. */
    public static int shl(int a, int b) {
        return Integer.compareUnsigned(b, 31) > 0 ? 0 : a << b;
    }

    public static int shrUnsigned(int a, int b) {
        return Integer.compareUnsigned(b, 31) > 0 ? 0 : a >>> b;
    }

    /** Shift amounts of 32 and more leave the sign. */
    public static int shrSigned(int a, int b) {
        return a >> (Integer.compareUnsigned(b, 31) > 0 ? 31 : b);
    }

    /** {@code shf.l.wrap}: the high word of the pair (high, low) shifted left. */
    public static int funnelLeftWrap(int low, int high, int by) {
        return (int) (pair(low, high) << (by & 31) >>> 32);
    }

    public static int funnelLeftClamp(int low, int high, int by) {
        return Integer.compareUnsigned(by, 32) >= 0 ? low : (int) (pair(low, high) << by >>> 32);
    }

    /** {@code shf.r.wrap}: the low word of the pair (high, low) shifted right. */
    public static int funnelRightWrap(int low, int high, int by) {
        return (int) (pair(low, high) >>> (by & 31));
    }

    public static int funnelRightClamp(int low, int high, int by) {
        return Integer.compareUnsigned(by, 32) >= 0 ? high : (int) (pair(low, high) >>> by);
    }

    public static int sadSigned(int a, int b, int c) {
        return c + (a < b ? b - a : a - b);
    }

    public static int sadUnsigned(int a, int b, int c) {
        return c + (Integer.compareUnsigned(a, b) < 0 ? b - a : a - b);
    }

    /** Whether a + b does not fit. */
    public static boolean addCarries(int a, int b) {
        return Integer.compareUnsigned(a + b, a) < 0;
    }

    /** Whether a + b + carry does not fit. */
    public static boolean addCarries(int a, int b, boolean carry) {
        return (unsigned(a) + unsigned(b) + (carry ? 1 : 0)) >>> 32 != 0;
    }

    public static int addWithCarry(int a, int b, boolean carry) {
        return a + b + (carry ? 1 : 0);
    }

    /** Whether a - b borrows; the flag after it is this borrow. */
    public static boolean subBorrows(int a, int b) {
        return Integer.compareUnsigned(a, b) < 0;
    }

    public static boolean subBorrows(int a, int b, boolean borrow) {
        return unsigned(a) - unsigned(b) - (borrow ? 1 : 0) < 0;
    }

    public static int subWithBorrow(int a, int b, boolean borrow) {
        return a - b - (borrow ? 1 : 0);
    }

    public static int select(int a, int b, boolean condition) {
        return condition ? a : b;
    }

    public static int slct(int a, int b, int c) {
        return c >= 0 ? a : b;
    }

    public static int slct(int a, int b, float c) {
        return c >= 0 ? a : b;
    }

    private static int saturate(long value) {
        return Math.clamp(value, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    private static long pair(int low, int high) {
        return unsigned(low) | (long) high << 32;
    }

    private static long unsigned(int a) {
        return Integer.toUnsignedLong(a);
    }
}
