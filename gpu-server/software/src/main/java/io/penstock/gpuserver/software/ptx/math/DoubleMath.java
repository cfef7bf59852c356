package io.penstock.gpuserver.software.ptx.math;

/** Double precision. */
public final class DoubleMath {
    private DoubleMath() {}

    public static double copy(double a) {
        return a;
    }

    public static double add(double a, double b) {
        return a + b;
    }

    public static double sub(double a, double b) {
        return a - b;
    }

    public static double mul(double a, double b) {
        return a * b;
    }

    public static double fma(double a, double b, double c) {
        return Math.fma(a, b, c);
    }

    public static double div(double a, double b) {
        return a / b;
    }

    public static double rcp(double a) {
        return 1 / a;
    }

    public static double sqrt(double a) {
        return Math.sqrt(a);
    }

    /** The nearest number or, rarely, its neighbour: a step of Newton's makes good what two roundings lost. */
    public static double rsqrt(double a) {
        if (a > 0 && a < 0x1p-900) {
            return rsqrt(a * 0x1p200) * 0x1p100;
        }
        if (a > 0x1p900 && a <= Double.MAX_VALUE) {
            return rsqrt(a * 0x1p-200) * 0x1p-100;
        }
        double near = 1 / Math.sqrt(a);
        double square = near * near;
        double lost = Math.fma(near, near, -square);
        double left = Math.fma(-a, square, 1) - a * lost;
        double better = near + near * left / 2;
        return Double.isNaN(better) ? near : better;
    }

    /** {@code rcp.approx.ftz.f64}: of the upper 32 bits the reciprocal's upper 32 bits, the lower ones zero. */
    public static double rcpApprox(double a) {
        return upper(flush(1 / flush(upper(a))));
    }

    /** {@code rsqrt.approx.ftz.f64}, likewise. */
    public static double rsqrtApprox(double a) {
        return upper(flush(1 / Math.sqrt(flush(upper(a)))));
    }

    /** A NaN keeps its sign. */
    public static double abs(double a) {
        return Double.isNaN(a) ? quiet(a) : Math.abs(a);
    }

    /** A NaN keeps its sign, as on a GPU. */
    public static double neg(double a) {
        return Double.isNaN(a) ? quiet(a) : -a;
    }

    /** A NaN with its sign and payload that signals nothing any more. */
    static double quiet(double nan) {
        return Double.longBitsToDouble(Double.doubleToRawLongBits(nan) | 0x0008_0000_0000_0000L);
    }

    /** The number if only one is a number; -0 is less than +0. */
    public static double min(double a, double b) {
        return Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.min(a, b);
    }

    public static double max(double a, double b) {
        return Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.max(a, b);
    }

    /** The second number with the sign of the first. */
    public static double copysign(double sign, double magnitude) {
        return Math.copySign(magnitude, Double.doubleToRawLongBits(sign) < 0 ? -1.0 : 1.0);
    }

    /** {@code .sat}. */
    public static double saturate(double a) {
        return a > 0 ? Math.min(a, 1) : 0;
    }

    public static double addZero(double a, double b) {
        return Directed.add(a, b, Directed.Mode.ZERO);
    }

    public static double addDown(double a, double b) {
        return Directed.add(a, b, Directed.Mode.DOWN);
    }

    public static double addUp(double a, double b) {
        return Directed.add(a, b, Directed.Mode.UP);
    }

    public static double mulZero(double a, double b) {
        return Directed.mul(a, b, Directed.Mode.ZERO);
    }

    public static double mulDown(double a, double b) {
        return Directed.mul(a, b, Directed.Mode.DOWN);
    }

    public static double mulUp(double a, double b) {
        return Directed.mul(a, b, Directed.Mode.UP);
    }

    public static double fmaZero(double a, double b, double c) {
        return Directed.fma(a, b, c, Directed.Mode.ZERO);
    }

    public static double fmaDown(double a, double b, double c) {
        return Directed.fma(a, b, c, Directed.Mode.DOWN);
    }

    public static double fmaUp(double a, double b, double c) {
        return Directed.fma(a, b, c, Directed.Mode.UP);
    }

    public static double divZero(double a, double b) {
        return Directed.div(a, b, Directed.Mode.ZERO);
    }

    public static double divDown(double a, double b) {
        return Directed.div(a, b, Directed.Mode.DOWN);
    }

    public static double divUp(double a, double b) {
        return Directed.div(a, b, Directed.Mode.UP);
    }

    public static double rcpZero(double a) {
        return divZero(1, a);
    }

    public static double rcpDown(double a) {
        return divDown(1, a);
    }

    public static double rcpUp(double a) {
        return divUp(1, a);
    }

    public static double sqrtZero(double a) {
        return Directed.sqrt(a, Directed.Mode.ZERO);
    }

    public static double sqrtDown(double a) {
        return Directed.sqrt(a, Directed.Mode.DOWN);
    }

    public static double sqrtUp(double a) {
        return Directed.sqrt(a, Directed.Mode.UP);
    }

    /** The upper 32 bits; where they say NaN, that of PTX: 0x7fffffff00000000. */
    private static double upper(double a) {
        double cut = Double.longBitsToDouble(Double.doubleToRawLongBits(a) & 0xffff_ffff_0000_0000L);
        return Double.isNaN(cut) ? Double.longBitsToDouble(0x7fff_ffff_0000_0000L) : cut;
    }

    private static double flush(double a) {
        return Math.abs(a) < Double.MIN_NORMAL ? Math.copySign(0.0, a) : a;
    }
}
