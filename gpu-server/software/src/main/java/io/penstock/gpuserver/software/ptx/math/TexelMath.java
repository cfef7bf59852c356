package io.penstock.gpuserver.software.ptx.math;

/** Numbers of texture fetches. */
public final class TexelMath {
    /** 1.0 as a weight of linear filtering. */
    public static final int WHOLE = 256;

    private TexelMath() {}

    /**
     * The weight of a fraction between 0 and 1: fixed point of nine bits, eight of them behind the point, so that 1.0 is exact
     * (CUDA C++ Programming Guide, Texture Fetching, Linear Filtering); to the nearest one.
     */
    public static int weight(double fraction) {
        return (int) Math.floor(fraction * WHOLE + 0.5);
    }

    /**
     * What the corners around a place weigh, of {@link #WHOLE} in all: bit d of a corner's number says that it is the farther
     * one in dimension d. A GPU rounds the products of weights to whole ones, so that those of each side still have their sum
     * (seen on an H100).
     */
    public static void shares(int[] weight, int[] to) {
        int x = weight[0];
        int y = weight[1];
        int z = weight[2];
        int xy = product(x, y);
        int xz = product(x, z);
        int yz = product(y, z);
        int xyz = product(xy, z);
        to[0] = WHOLE - x - y - z + xy + xz + yz - xyz;
        to[1] = x - xy - xz + xyz;
        to[2] = y - xy - yz + xyz;
        to[3] = xy - xyz;
        to[4] = z - xz - yz + xyz;
        to[5] = xz - xyz;
        to[6] = yz - xyz;
        to[7] = xyz;
    }

    private static int product(int a, int b) {
        return (a * b + WHOLE / 2) / WHOLE;
    }

    /** The nearest multiple of 1/32767 to a number from -1 to 1. */
    public static float fractionOf16(float number) {
        return (float) (Math.rint(number * (double) Short.MAX_VALUE) / Short.MAX_VALUE);
    }

    /** A blend of numbers from 0 to 1 as a GPU gives it: the nearest multiple of 1/65535. */
    public static float blendedFraction(double exact) {
        return (float) (Math.floor(exact * 65535 + 0.5) / 65535);
    }

    /** A blend of halves as a GPU gives it: the nearest half, the greater one of two that are as near. */
    public static float blendedHalf(double exact) {
        double unit = Math.scalb(1.0, Math.max(Math.getExponent(exact), -14) - 10);
        return (float) Math.copySign(Math.floor(Math.abs(exact) / unit + 0.5) * unit, exact);
    }

    /**
     * An integer as a number from 0 or -1 to 1 (CUDA C++ Programming Guide, Texture Memory, read mode): the largest one is 1, and
     * the two smallest signed ones are -1.
     */
    public static float fraction(int value, int one) {
        return Math.max(-1f, (float) ((double) value / one));
    }
}
