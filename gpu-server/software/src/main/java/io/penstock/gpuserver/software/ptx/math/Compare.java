package io.penstock.gpuserver.software.ptx.math;

/** {@code setp}'s comparisons; the unordered ones are true where a NaN takes part. */
public final class Compare {
    private Compare() {}

    public static boolean eq(int a, int b) {
        return a == b;
    }

    public static boolean ne(int a, int b) {
        return a != b;
    }

    public static boolean ltSigned(int a, int b) {
        return a < b;
    }

    public static boolean ltUnsigned(int a, int b) {
        return Integer.compareUnsigned(a, b) < 0;
    }

    public static boolean leSigned(int a, int b) {
        return a <= b;
    }

    public static boolean leUnsigned(int a, int b) {
        return Integer.compareUnsigned(a, b) <= 0;
    }

    public static boolean gtSigned(int a, int b) {
        return a > b;
    }

    public static boolean gtUnsigned(int a, int b) {
        return Integer.compareUnsigned(a, b) > 0;
    }

    public static boolean geSigned(int a, int b) {
        return a >= b;
    }

    public static boolean geUnsigned(int a, int b) {
        return Integer.compareUnsigned(a, b) >= 0;
    }

    public static boolean eq(long a, long b) {
        return a == b;
    }

    public static boolean ne(long a, long b) {
        return a != b;
    }

    public static boolean ltSigned(long a, long b) {
        return a < b;
    }

    public static boolean ltUnsigned(long a, long b) {
        return Long.compareUnsigned(a, b) < 0;
    }

    public static boolean leSigned(long a, long b) {
        return a <= b;
    }

    public static boolean leUnsigned(long a, long b) {
        return Long.compareUnsigned(a, b) <= 0;
    }

    public static boolean gtSigned(long a, long b) {
        return a > b;
    }

    public static boolean gtUnsigned(long a, long b) {
        return Long.compareUnsigned(a, b) > 0;
    }

    public static boolean geSigned(long a, long b) {
        return a >= b;
    }

    public static boolean geUnsigned(long a, long b) {
        return Long.compareUnsigned(a, b) >= 0;
    }

    public static boolean eq(float a, float b) {
        return a == b;
    }

    public static boolean ne(float a, float b) {
        return a < b || a > b;
    }

    public static boolean lt(float a, float b) {
        return a < b;
    }

    public static boolean le(float a, float b) {
        return a <= b;
    }

    public static boolean gt(float a, float b) {
        return a > b;
    }

    public static boolean ge(float a, float b) {
        return a >= b;
    }

    public static boolean equ(float a, float b) {
        return !(a < b || a > b);
    }

    public static boolean neu(float a, float b) {
        return a != b;
    }

    public static boolean ltu(float a, float b) {
        return !(a >= b);
    }

    public static boolean leu(float a, float b) {
        return !(a > b);
    }

    public static boolean gtu(float a, float b) {
        return !(a <= b);
    }

    public static boolean geu(float a, float b) {
        return !(a < b);
    }

    public static boolean num(float a, float b) {
        return !Float.isNaN(a) && !Float.isNaN(b);
    }

    public static boolean nan(float a, float b) {
        return Float.isNaN(a) || Float.isNaN(b);
    }

    public static boolean eq(double a, double b) {
        return a == b;
    }

    public static boolean ne(double a, double b) {
        return a < b || a > b;
    }

    public static boolean lt(double a, double b) {
        return a < b;
    }

    public static boolean le(double a, double b) {
        return a <= b;
    }

    public static boolean gt(double a, double b) {
        return a > b;
    }

    public static boolean ge(double a, double b) {
        return a >= b;
    }

    public static boolean equ(double a, double b) {
        return !(a < b || a > b);
    }

    public static boolean neu(double a, double b) {
        return a != b;
    }

    public static boolean ltu(double a, double b) {
        return !(a >= b);
    }

    public static boolean leu(double a, double b) {
        return !(a > b);
    }

    public static boolean gtu(double a, double b) {
        return !(a <= b);
    }

    public static boolean geu(double a, double b) {
        return !(a < b);
    }

    public static boolean num(double a, double b) {
        return !Double.isNaN(a) && !Double.isNaN(b);
    }

    public static boolean nan(double a, double b) {
        return Double.isNaN(a) || Double.isNaN(b);
    }

    /** True whatever there is. */
    public static boolean always() {
        return true;
    }

    /** Whether a word has a bit that is set. */
    public static boolean isSet(int a) {
        return a != 0;
    }

    public static boolean not(boolean a) {
        return !a;
    }

    public static boolean and(boolean a, boolean b) {
        return a && b;
    }

    public static boolean or(boolean a, boolean b) {
        return a || b;
    }

    public static boolean xor(boolean a, boolean b) {
        return a ^ b;
    }

    public static boolean isFinite(float a) {
        return Float.isFinite(a);
    }

    public static boolean isInfinite(float a) {
        return Float.isInfinite(a);
    }

    public static boolean isNumber(float a) {
        return !Float.isNaN(a);
    }

    public static boolean isNan(float a) {
        return Float.isNaN(a);
    }

    /** {@code testp.normal}, for which zero is one. */
    public static boolean isNormal(float a) {
        return a == 0 || (Float.isFinite(a) && Math.abs(a) >= Float.MIN_NORMAL);
    }

    public static boolean isSubnormal(float a) {
        return a != 0 && Math.abs(a) < Float.MIN_NORMAL;
    }

    public static boolean isFinite(double a) {
        return Double.isFinite(a);
    }

    public static boolean isInfinite(double a) {
        return Double.isInfinite(a);
    }

    public static boolean isNumber(double a) {
        return !Double.isNaN(a);
    }

    public static boolean isNan(double a) {
        return Double.isNaN(a);
    }

    public static boolean isNormal(double a) {
        return a == 0 || (Double.isFinite(a) && Math.abs(a) >= Double.MIN_NORMAL);
    }

    public static boolean isSubnormal(double a) {
        return a != 0 && Math.abs(a) < Double.MIN_NORMAL;
    }
}
