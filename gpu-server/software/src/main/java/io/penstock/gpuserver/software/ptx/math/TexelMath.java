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
     * An integer as a number from 0 or -1 to 1 (CUDA C++ Programming Guide, Texture Memory, read mode): the largest one is 1, and
     * the two smallest signed ones are -1.
     */
    public static float fraction(int value, int one) {
        return Math.max(-1f, (float) ((double) value / one));
    }
}
