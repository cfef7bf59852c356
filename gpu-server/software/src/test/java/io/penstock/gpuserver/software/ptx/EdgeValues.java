package io.penstock.gpuserver.software.ptx;

/** Operands at which instructions tend to be wrong. */
final class EdgeValues {
    static final long[] WORDS = {
        0,
        1,
        2,
        31,
        32,
        33,
        63,
        64,
        255,
        0x7f,
        0x80,
        0x7fff,
        0x8000,
        0xffff,
        0x10000,
        0x7fffffffL,
        0x80000000L,
        0xffffffffL,
        0x100000000L,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -1,
        -2,
        0x123456789abcdefL
    };
    static final float[] SINGLES = {
        0f,
        -0f,
        1f,
        -1f,
        0.5f,
        1.5f,
        2.5f,
        -2.5f,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        Float.MIN_NORMAL,
        1e-40f,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.NaN,
        3.14159f,
        1e10f,
        -1e10f,
        0.1f,
        0x1p24f,
        0x1p31f,
        -0x1p31f,
        0x1p32f
    };

    private EdgeValues() {}
}
