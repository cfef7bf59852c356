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

    public static double rsqrt(double a) {
        return 1 / Math.sqrt(a);
    }

    /** {@code rcp.approx.ftz.f64}: the reciprocal's upper 32 bits, the lower ones zero. */
    public static double rcpApprox(double a) {
        return upper(1 / flush(a));
    }

    /** {@code rsqrt.approx.ftz.f64}. */
    public static double rsqrtApprox(double a) {
        return upper(1 / Math.sqrt(flush(a)));
    }

    public static double abs(double a) {
        return Math.abs(a);
    }

    public static double neg(double a) {
        return -a;
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

    private static double upper(double a) {
        return Double.isNaN(a) ? a : Double.longBitsToDouble(Double.doubleToRawLongBits(a) & 0xffff_ffff_0000_0000L);
    }

    private static double flush(double a) {
        return Math.abs(a) < Double.MIN_NORMAL ? Math.copySign(0.0, a) : a;
    }
}
