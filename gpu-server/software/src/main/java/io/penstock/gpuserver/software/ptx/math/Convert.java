package io.penstock.gpuserver.software.ptx.math;

/** {@code cvt}: every source is first widened to int, long, float or double. */
public final class Convert {
    private Convert() {}

    public static int low8(int a) {
        return a & 0xff;
    }

    public static int low16(int a) {
        return a & 0xffff;
    }

    public static int signed8(int a) {
        return (byte) a;
    }

    public static int signed16(int a) {
        return (short) a;
    }

    public static int narrow(long a) {
        return (int) a;
    }

    public static long widenSigned(int a) {
        return a;
    }

    public static long widenUnsigned(int a) {
        return Integer.toUnsignedLong(a);
    }

    public static double widen(float a) {
        return a;
    }

    public static float narrow(double a) {
        return (float) a;
    }

    public static float narrowZero(double a) {
        return Directed.toFloat(a, 0, Directed.Mode.ZERO);
    }

    public static float narrowDown(double a) {
        return Directed.toFloat(a, 0, Directed.Mode.DOWN);
    }

    public static float narrowUp(double a) {
        return Directed.toFloat(a, 0, Directed.Mode.UP);
    }

    /** {@code .sat} of an integer conversion from a signed source. */
    public static long clampSigned(long a, long low, long high) {
        return Math.clamp(a, low, high);
    }

    public static long clampS8(long a) {
        return Math.clamp(a, Byte.MIN_VALUE, Byte.MAX_VALUE);
    }

    public static long clampS16(long a) {
        return Math.clamp(a, Short.MIN_VALUE, Short.MAX_VALUE);
    }

    public static long clampS32(long a) {
        return Math.clamp(a, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    public static long clampS64(long a) {
        return a;
    }

    public static long clampU8(long a) {
        return Math.clamp(a, 0L, 0xffL);
    }

    public static long clampU16(long a) {
        return Math.clamp(a, 0L, 0xffffL);
    }

    public static long clampU32(long a) {
        return Math.clamp(a, 0L, 0xffff_ffffL);
    }

    public static long clampU64(long a) {
        return Math.max(a, 0);
    }

    /** An unsigned doubleword as the clamps above take it: what does not fit a long counts as the largest. */
    public static long limitUnsigned(long a) {
        return a < 0 ? Long.MAX_VALUE : a;
    }

    public static double roundNearest(double a) {
        return Double.isNaN(a) ? DoubleMath.quiet(a) : Math.rint(a);
    }

    public static double roundZero(double a) {
        return Double.isNaN(a) ? DoubleMath.quiet(a) : a < 0 ? Math.ceil(a) : Math.floor(a);
    }

    public static double roundDown(double a) {
        return Double.isNaN(a) ? DoubleMath.quiet(a) : Math.floor(a);
    }

    public static double roundUp(double a) {
        return Double.isNaN(a) ? DoubleMath.quiet(a) : Math.ceil(a);
    }

    /** An integral double as a signed integer, clamped; NaN is what the caller of the class says. */
    public static long toSigned64(double a) {
        return Double.isNaN(a) ? Long.MIN_VALUE : (long) a;
    }

    public static long toUnsigned64(double a) {
        if (!(a > 0)) {
            return Double.isNaN(a) ? Long.MIN_VALUE : 0;
        }
        if (a >= 0x1p64) {
            return -1;
        }
        return a < 0x1p63 ? (long) a : (long) (a - 0x1p63) ^ Long.MIN_VALUE;
    }

    /** From a float: NaN is 0. */
    public static int toS32(double a) {
        return (int) a;
    }

    public static int toU32(double a) {
        return (int) Math.clamp((long) a, 0L, 0xffff_ffffL);
    }

    public static int toS16(double a) {
        return Math.clamp((int) a, Short.MIN_VALUE, Short.MAX_VALUE);
    }

    public static int toU16(double a) {
        return Math.clamp((int) a, 0, 0xffff);
    }

    public static int toS8(double a) {
        return Math.clamp((int) a, Byte.MIN_VALUE, Byte.MAX_VALUE);
    }

    public static int toU8(double a) {
        return Math.clamp((int) a, 0, 0xff);
    }

    /** From a double: NaN is the top bit of the destination. */
    public static int nanS32(double a) {
        return Double.isNaN(a) ? Integer.MIN_VALUE : toS32(a);
    }

    public static int nanU32(double a) {
        return Double.isNaN(a) ? Integer.MIN_VALUE : toU32(a);
    }

    public static int nanS16(double a) {
        return Double.isNaN(a) ? Short.MIN_VALUE : toS16(a);
    }

    public static int nanU16(double a) {
        return Double.isNaN(a) ? 0x8000 : toU16(a);
    }

    public static int nanS8(double a) {
        return Double.isNaN(a) ? Byte.MIN_VALUE : toS8(a);
    }

    public static int nanU8(double a) {
        return Double.isNaN(a) ? 0x80 : toU8(a);
    }

    public static float signedToFloat(long a) {
        return a;
    }

    public static float unsignedToFloat(long a) {
        return a >= 0 ? (float) a : (float) (a >>> 1 | (a & 1)) * 2;
    }

    public static double signedToDouble(long a) {
        return a;
    }

    public static double unsignedToDouble(long a) {
        return a >= 0 ? (double) a : (double) (a >>> 1 | (a & 1)) * 2;
    }

    public static float intToFloat(int a) {
        return a;
    }

    public static double intToDouble(int a) {
        return a;
    }

    public static float signedToFloatZero(long a) {
        return directed(a, false, Directed.Mode.ZERO);
    }

    public static float signedToFloatDown(long a) {
        return directed(a, false, Directed.Mode.DOWN);
    }

    public static float signedToFloatUp(long a) {
        return directed(a, false, Directed.Mode.UP);
    }

    public static float unsignedToFloatZero(long a) {
        return directed(a, true, Directed.Mode.ZERO);
    }

    public static float unsignedToFloatDown(long a) {
        return directed(a, true, Directed.Mode.DOWN);
    }

    public static float unsignedToFloatUp(long a) {
        return directed(a, true, Directed.Mode.UP);
    }

    public static double signedToDoubleZero(long a) {
        return Directed.add((double) (a >> 32) * 0x1p32, (double) (a & 0xffff_ffffL), Directed.Mode.ZERO);
    }

    public static double signedToDoubleDown(long a) {
        return Directed.add((double) (a >> 32) * 0x1p32, (double) (a & 0xffff_ffffL), Directed.Mode.DOWN);
    }

    public static double signedToDoubleUp(long a) {
        return Directed.add((double) (a >> 32) * 0x1p32, (double) (a & 0xffff_ffffL), Directed.Mode.UP);
    }

    public static double unsignedToDoubleZero(long a) {
        return Directed.add((double) (a >>> 32) * 0x1p32, (double) (a & 0xffff_ffffL), Directed.Mode.ZERO);
    }

    public static double unsignedToDoubleDown(long a) {
        return Directed.add((double) (a >>> 32) * 0x1p32, (double) (a & 0xffff_ffffL), Directed.Mode.DOWN);
    }

    public static double unsignedToDoubleUp(long a) {
        return Directed.add((double) (a >>> 32) * 0x1p32, (double) (a & 0xffff_ffffL), Directed.Mode.UP);
    }

    private static float directed(long a, boolean unsigned, Directed.Mode mode) {
        double high = (double) (unsigned ? a >>> 32 : a >> 32) * 0x1p32;
        return Directed.addFloat(high, (double) (a & 0xffff_ffffL), mode);
    }
}
