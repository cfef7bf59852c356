package io.penstock.gpuserver.software.ptx.check;

/** Where a register's 32 lanes are kept. */
public enum Bank {
    /** One bit a lane in an {@code int}. */
    PREDICATE,
    /** An {@code int[32]}; narrower registers hold zero-extended bits, floats their raw bits. */
    WORD,
    /** A {@code long[32]}; doubles hold their raw bits. */
    LONG
}
