package io.penstock.gpuserver.software.ptx.math;

/**
 * IEEE half precision and bfloat16 in the low 16 bits of an int. Arithmetic goes by way of float, whose precision makes a
 * second rounding harmless for one operation; a fused multiply-add rounds to odd first.
 */
public final class HalfMath {
    private static final float MIN_NORMAL = 0x1p-14f;

    private HalfMath() {}

    /** {@code .satfinite}: what is larger than every half becomes the largest of its sign. */
    public static float limitHalf(float a) {
        return limit(a, 65504);
    }

    /** The same for bfloat16. */
    public static float limitBrain(float a) {
        return limit(a, 0x1.FEp127f);
    }

    /** The same for tf32. */
    public static float limitTf32(float a) {
        return limit(a, 0x1.FFCp127f);
    }

    private static float limit(float a, float largest) {
        return Math.abs(a) > largest ? Math.copySign(largest, a) : a;
    }

    /** A half, from its low 16 bits. */
    public static float toFloat(int half) {
        return Float.float16ToFloat((short) half);
    }

    /** The nearest half, zero-extended. */
    public static int fromFloat(float a) {
        return Float.floatToFloat16(a) & 0xffff;
    }

    /** {@code .ftz} of a half on its way: what is subnormal before it is rounded is zero of its sign. */
    public static float flush(float a) {
        return Math.abs(a) < MIN_NORMAL ? Math.copySign(0f, a) : a;
    }

    public static int fromFloatZero(float a) {
        return directed(a, a > 0, a < 0);
    }

    public static int fromFloatDown(float a) {
        return directed(a, true, false);
    }

    public static int fromFloatUp(float a) {
        return directed(a, false, true);
    }

    public static int fromDouble(double a) {
        return fromFloat(Directed.toOdd(a, 0));
    }

    public static int fromDoubleZero(double a) {
        return fromFloatZero(Directed.toOdd(a, 0));
    }

    public static int fromDoubleDown(double a) {
        return fromFloatDown(Directed.toOdd(a, 0));
    }

    public static int fromDoubleUp(double a) {
        return fromFloatUp(Directed.toOdd(a, 0));
    }

    /** The half nearest to the exact a * b + c. */
    public static float fma(float a, float b, float c) {
        double product = (double) a * b;
        double high = product + c;
        if (!Double.isFinite(high)) {
            return (float) high;
        }
        double part = high - product;
        double low = product - (high - part) + (c - part);
        return Directed.toOdd(high, low);
    }

    /** A bfloat16, from its low 16 bits. */
    public static float brainToFloat(int brain) {
        return Float.intBitsToFloat(brain << 16);
    }

    /** The nearest bfloat16, zero-extended. */
    public static int brainFromFloat(float a) {
        int bits = Float.floatToRawIntBits(a);
        if (Float.isNaN(a)) {
            return 0x7fff;
        }
        return (bits + 0x7fff + (bits >>> 16 & 1)) >>> 16;
    }

    public static int brainFromFloatZero(float a) {
        return Float.isNaN(a) ? 0x7fff : Float.floatToRawIntBits(a) >>> 16;
    }

    /** The low half of a pair. */
    public static int low(int pair) {
        return pair & 0xffff;
    }

    public static int high(int pair) {
        return pair >>> 16;
    }

    public static int pack(int low, int high) {
        return (low & 0xffff) | high << 16;
    }

    /** The nearest float with 10 bits of mantissa, ties away from zero, as {@code cvt.rna.tf32} gives it; a NaN is cut. */
    public static int tf32FromFloat(float a) {
        int bits = Float.floatToRawIntBits(a);
        boolean special = (bits & 0x7f80_0000) == 0x7f80_0000;
        return (special ? bits : bits + 0x1000) & ~0x1fff;
    }

    private static int directed(float a, boolean down, boolean up) {
        int nearest = fromFloat(a);
        float back = toFloat(nearest);
        if (down && back > a) {
            return next(nearest, false);
        }
        if (up && back < a) {
            return next(nearest, true);
        }
        return nearest;
    }

    /** The neighbour of a half; from zero into the subnormals of the other sign. */
    private static int next(int half, boolean up) {
        boolean negative = half >>> 15 != 0;
        if ((half & 0x7fff) == 0) {
            return up ? 0x0001 : 0x8001;
        }
        return half + (negative == up ? -1 : 1) & 0xffff;
    }
}
