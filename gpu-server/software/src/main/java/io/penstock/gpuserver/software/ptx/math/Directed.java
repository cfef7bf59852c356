package io.penstock.gpuserver.software.ptx.math;

import java.math.BigDecimal;

/**
 * Rounding towards zero, up or down, which the JVM's arithmetic lacks: the exact result is compared with the nearest
 * representable number, which is then moved by one step if it lies on the wrong side.
 */
final class Directed {
    /** PTX's {@code .rz}, {@code .rm}, {@code .rp}. */
    enum Mode {
        ZERO,
        DOWN,
        UP
    }

    private Directed() {}

    /** The float for the exact sum of two doubles, the second no more than half a unit of the first. */
    static float toFloat(double high, double low, Mode mode) {
        float nearest = (float) high;
        if (Float.isNaN(nearest) || Double.isInfinite(high)) {
            return nearest;
        }
        int side = Double.compare(nearest, high);
        if (nearest == high) {
            side = low > 0 ? -1 : low < 0 ? 1 : 0;
        }
        return step(nearest, side, mode);
    }

    /** Moves a nearest value that lies on the given side of the exact one: 1 above, -1 below. */
    private static float step(float nearest, int side, Mode mode) {
        boolean down = mode == Mode.DOWN || (mode == Mode.ZERO && nearest > 0);
        boolean up = mode == Mode.UP || (mode == Mode.ZERO && nearest < 0);
        if (side > 0 && down) {
            return Math.nextDown(nearest);
        }
        if (side < 0 && up) {
            return Math.nextUp(nearest);
        }
        return nearest;
    }

    private static double step(double nearest, int side, Mode mode) {
        boolean down = mode == Mode.DOWN || (mode == Mode.ZERO && nearest > 0);
        boolean up = mode == Mode.UP || (mode == Mode.ZERO && nearest < 0);
        if (side > 0 && down) {
            return Math.nextDown(nearest);
        }
        if (side < 0 && up) {
            return Math.nextUp(nearest);
        }
        return nearest;
    }

    /** The exact sum as a high double and what it lacks. */
    static float addFloat(double a, double b, Mode mode) {
        double high = a + b;
        if (high == 0 && a == -b && a != 0) {
            return mode == Mode.DOWN ? -0.0f : 0.0f;
        }
        if (high == 0 && mode == Mode.DOWN && Double.compare(a, b) != 0) {
            return -0.0f;
        }
        double part = high - a;
        double low = a - (high - part) + (b - part);
        return toFloat(high, Double.isNaN(low) ? 0 : low, mode);
    }

    static double add(double a, double b, Mode mode) {
        double nearest = a + b;
        if (!finite(a, b, 0)) {
            return nearest;
        }
        if (nearest == 0) {
            boolean opposite = Double.compare(a, b) != 0;
            return mode == Mode.DOWN && opposite ? -0.0 : nearest;
        }
        return exact(new BigDecimal(a).add(new BigDecimal(b)), nearest, mode);
    }

    static double mul(double a, double b, Mode mode) {
        double nearest = a * b;
        if (!finite(a, b, 0) || a == 0 || b == 0) {
            return nearest;
        }
        return exact(new BigDecimal(a).multiply(new BigDecimal(b)), nearest, mode);
    }

    static double fma(double a, double b, double c, Mode mode) {
        double nearest = Math.fma(a, b, c);
        if (!finite(a, b, c)) {
            return nearest;
        }
        BigDecimal value = new BigDecimal(a).multiply(new BigDecimal(b)).add(new BigDecimal(c));
        if (value.signum() == 0) {
            boolean opposite = Double.compare(a * b, c) != 0;
            return mode == Mode.DOWN && opposite ? -0.0 : nearest;
        }
        return exact(value, nearest, mode);
    }

    /** Compares the quotient with the exact one by multiplying back, which has no remainder. */
    static double div(double a, double b, Mode mode) {
        double nearest = a / b;
        if (!finite(a, b, 0) || a == 0 || b == 0) {
            return nearest;
        }
        if (Double.isInfinite(nearest)) {
            return step(nearest, nearest > 0 ? 1 : -1, mode);
        }
        int compared = new BigDecimal(nearest).multiply(new BigDecimal(b)).compareTo(new BigDecimal(a));
        return step(nearest, b > 0 ? compared : -compared, mode);
    }

    static double sqrt(double a, Mode mode) {
        double nearest = Math.sqrt(a);
        if (Double.isNaN(nearest) || Double.isInfinite(nearest) || nearest == 0) {
            return nearest;
        }
        return step(nearest, new BigDecimal(nearest).pow(2).compareTo(new BigDecimal(a)), mode);
    }

    private static boolean finite(double a, double b, double c) {
        return Double.isFinite(a) && Double.isFinite(b) && Double.isFinite(c);
    }

    private static double exact(BigDecimal value, double nearest, Mode mode) {
        if (Double.isInfinite(nearest)) {
            return step(nearest, nearest > 0 ? 1 : -1, mode);
        }
        // A nearest value of zero has lost the sign that says which way zero is.
        if (nearest == 0 && mode == Mode.ZERO) {
            return nearest;
        }
        return step(nearest, new BigDecimal(nearest).compareTo(value), mode);
    }

    /** A double rounded to a float that keeps its last bit odd unless exact, so that a second rounding is right. */
    static float toOdd(double high, double low) {
        float nearest = (float) high;
        if (!Float.isFinite(nearest) && Double.isFinite(high)) {
            return nearest > 0 ? Float.MAX_VALUE : -Float.MAX_VALUE;
        }
        if (!Float.isFinite(nearest) || (nearest == high && low == 0)) {
            return nearest;
        }
        float truncated = toFloat(high, low, Mode.ZERO);
        return Float.intBitsToFloat(Float.floatToRawIntBits(truncated) | 1);
    }
}
