package io.penstock.gpuserver.software.ptx.math;

/** Single precision; what PTX rounds to nearest even is exact here, approximations are at least as good as PTX asks. */
public final class FloatMath {
    /** The NaN that PTX calls canonical; also what a GPU makes of every other one. */
    public static final float CANONICAL_NAN = Float.intBitsToFloat(0x7fff_ffff);

    private static final double LN2 = 0.6931471805599453;

    private FloatMath() {}

    public static float copy(float a) {
        return a;
    }

    public static float add(float a, float b) {
        return a + b;
    }

    public static float sub(float a, float b) {
        return a - b;
    }

    public static float mul(float a, float b) {
        return a * b;
    }

    public static float fma(float a, float b, float c) {
        return Math.fma(a, b, c);
    }

    public static float div(float a, float b) {
        return a / b;
    }

    /** {@code div.approx}: beyond 2^126 the divisor's reciprocal is zero. */
    public static float divApprox(float a, float b) {
        return Math.abs(b) > 0x1p126f ? a * Math.copySign(0f, b) : a / b;
    }

    public static float rcp(float a) {
        return 1 / a;
    }

    public static float sqrt(float a) {
        return (float) Math.sqrt(a);
    }

    public static float rsqrt(float a) {
        return (float) (1 / Math.sqrt(a));
    }

    public static float abs(float a) {
        return Math.abs(a);
    }

    public static float neg(float a) {
        return -a;
    }

    /** The number if only one is a number; -0 is less than +0. */
    public static float min(float a, float b) {
        return Float.isNaN(a) ? b : Float.isNaN(b) ? a : Math.min(a, b);
    }

    public static float max(float a, float b) {
        return Float.isNaN(a) ? b : Float.isNaN(b) ? a : Math.max(a, b);
    }

    /** {@code min.NaN}. */
    public static float minNan(float a, float b) {
        return Float.isNaN(a) || Float.isNaN(b) ? CANONICAL_NAN : Math.min(a, b);
    }

    /** {@code max.NaN}. */
    public static float maxNan(float a, float b) {
        return Float.isNaN(a) || Float.isNaN(b) ? CANONICAL_NAN : Math.max(a, b);
    }

    /** The second number with the sign of the first. */
    public static float copysign(float sign, float magnitude) {
        return Math.copySign(magnitude, Float.floatToRawIntBits(sign) < 0 ? -1f : 1f);
    }

    /** {@code .sat}: clamped to 0 … 1, NaN is 0. */
    public static float saturate(float a) {
        return a > 0 ? Math.min(a, 1) : 0;
    }

    /** {@code .ftz}: a subnormal becomes zero of its sign. */
    public static float flush(float a) {
        return Math.abs(a) < Float.MIN_NORMAL ? Math.copySign(0f, a) : a;
    }

    /** A number as it is, and every NaN as the canonical one. */
    public static float canonical(float a) {
        return Float.isNaN(a) ? CANONICAL_NAN : a;
    }

    /** {@code .relu}: what is negative becomes 0, a NaN the canonical one. */
    public static float relu(float a) {
        return a > 0 ? a : Float.isNaN(a) ? CANONICAL_NAN : 0;
    }

    /** Two to the power of a, by a polynomial of degree 8 around the nearest integer. */
    public static float ex2(float a) {
        if (!(a > -160f)) {
            return Float.isNaN(a) ? a : 0;
        }
        if (a >= 128f) {
            return Float.POSITIVE_INFINITY;
        }
        double whole = Math.rint(a);
        double x = (a - whole) * LN2;
        double p = 1 + x * (1 / 8.0);
        p = 1 + x * (1 / 7.0) * p;
        p = 1 + x * (1 / 6.0) * p;
        p = 1 + x * (1 / 5.0) * p;
        p = 1 + x * (1 / 4.0) * p;
        p = 1 + x * (1 / 3.0) * p;
        p = 1 + x * (1 / 2.0) * p;
        p = 1 + x * p;
        return (float) (p * Double.longBitsToDouble(((long) whole + 1023) << 52));
    }

    /** The logarithm to base two, by the series of the inverse hyperbolic tangent. */
    public static float lg2(float a) {
        if (!(a > 0) || a == Float.POSITIVE_INFINITY) {
            return a == 0 ? Float.NEGATIVE_INFINITY : a > 0 ? a : Float.NaN;
        }
        long bits = Double.doubleToRawLongBits(a);
        // The mantissa is kept between the roots of a half and of two, where the series is short.
        long exponent = ((bits - 0x3fe6_a09e_667f_3bcdL) >> 52);
        double m = Double.longBitsToDouble(bits - (exponent << 52));
        double s = (m - 1) / (m + 1);
        double q = s * s;
        double p = 1 / 11.0;
        p = p * q + 1 / 9.0;
        p = p * q + 1 / 7.0;
        p = p * q + 1 / 5.0;
        p = p * q + 1 / 3.0;
        p = p * q + 1;
        return (float) (exponent + 2 / LN2 * s * p);
    }

    public static float sin(float a) {
        return (float) Math.sin(a);
    }

    public static float cos(float a) {
        return (float) Math.cos(a);
    }

    public static float tanh(float a) {
        return (float) Math.tanh(a);
    }

    public static float addZero(float a, float b) {
        return Directed.addFloat(a, b, Directed.Mode.ZERO);
    }

    public static float addDown(float a, float b) {
        return Directed.addFloat(a, b, Directed.Mode.DOWN);
    }

    public static float addUp(float a, float b) {
        return Directed.addFloat(a, b, Directed.Mode.UP);
    }

    public static float mulZero(float a, float b) {
        return Directed.toFloat((double) a * b, 0, Directed.Mode.ZERO);
    }

    public static float mulDown(float a, float b) {
        return Directed.toFloat((double) a * b, 0, Directed.Mode.DOWN);
    }

    public static float mulUp(float a, float b) {
        return Directed.toFloat((double) a * b, 0, Directed.Mode.UP);
    }

    public static float fmaZero(float a, float b, float c) {
        return Directed.addFloat((double) a * b, c, Directed.Mode.ZERO);
    }

    public static float fmaDown(float a, float b, float c) {
        return Directed.addFloat((double) a * b, c, Directed.Mode.DOWN);
    }

    public static float fmaUp(float a, float b, float c) {
        return Directed.addFloat((double) a * b, c, Directed.Mode.UP);
    }

    public static float divZero(float a, float b) {
        return Directed.toFloat(Directed.div(a, b, Directed.Mode.ZERO), 0, Directed.Mode.ZERO);
    }

    public static float divDown(float a, float b) {
        return Directed.toFloat(Directed.div(a, b, Directed.Mode.DOWN), 0, Directed.Mode.DOWN);
    }

    public static float divUp(float a, float b) {
        return Directed.toFloat(Directed.div(a, b, Directed.Mode.UP), 0, Directed.Mode.UP);
    }

    public static float rcpZero(float a) {
        return divZero(1, a);
    }

    public static float rcpDown(float a) {
        return divDown(1, a);
    }

    public static float rcpUp(float a) {
        return divUp(1, a);
    }

    public static float sqrtZero(float a) {
        return Directed.toFloat(Directed.sqrt(a, Directed.Mode.ZERO), 0, Directed.Mode.ZERO);
    }

    public static float sqrtDown(float a) {
        return Directed.toFloat(Directed.sqrt(a, Directed.Mode.DOWN), 0, Directed.Mode.DOWN);
    }

    public static float sqrtUp(float a) {
        return Directed.toFloat(Directed.sqrt(a, Directed.Mode.UP), 0, Directed.Mode.UP);
    }
}
