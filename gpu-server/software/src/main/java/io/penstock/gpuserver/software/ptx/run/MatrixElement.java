package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.math.HalfMath;
import org.jspecify.annotations.Nullable;

/** What a matrix is made of. */
public enum MatrixElement {
    HALF("f16", 16),
    BRAIN("bf16", 16),
    TF32("tf32", 32),
    FLOAT("f32", 32),
    DOUBLE("f64", 64),
    S32("s32", 32),
    S8("s8", 8),
    U8("u8", 8),
    S4("s4", 4),
    U4("u4", 4),
    BIT("b1", 1);

    private final String word;
    private final int bits;

    MatrixElement(String word, int bits) {
        this.word = word;
        this.bits = bits;
    }

    /** The element that an instruction calls so, or null. */
    public static @Nullable MatrixElement of(String word) {
        for (MatrixElement element : values()) {
            if (element.word.equals(word)) {
                return element;
            }
        }
        return null;
    }

    /** The instruction's word for it. */
    public String word() {
        return word;
    }

    /** Its width. */
    public int bits() {
        return bits;
    }

    /** Whether it is a floating number. */
    public boolean floating() {
        return this == HALF || this == BRAIN || this == TF32 || this == FLOAT || this == DOUBLE;
    }

    /** How many a register holds. */
    public int perRegister() {
        return this == DOUBLE ? 1 : Integer.SIZE / bits;
    }

    long mask() {
        return bits == Long.SIZE ? -1 : (1L << bits) - 1;
    }

    /** The number that bits stand for. */
    double number(long raw) {
        return switch (this) {
            case HALF -> HalfMath.toFloat((int) raw);
            case BRAIN -> HalfMath.brainToFloat((int) raw);
            case TF32 -> Float.intBitsToFloat((int) raw & ~0x1fff);
            case FLOAT -> Float.intBitsToFloat((int) raw);
            case DOUBLE -> Double.longBitsToDouble(raw);
            default -> throw new IllegalStateException(this + " is no floating number");
        };
    }

    /** The integer that bits stand for. */
    long integer(long raw) {
        return switch (this) {
            case S4, S8, S32 -> raw << (Long.SIZE - bits) >> (Long.SIZE - bits);
            default -> raw;
        };
    }

    /** The bits of a sum, rounded once. */
    long bitsOf(double sum) {
        return switch (this) {
            case HALF -> HalfMath.fromDouble(sum) & mask();
            case FLOAT -> Float.floatToRawIntBits((float) sum) & mask();
            case DOUBLE -> Double.doubleToRawLongBits(sum);
            default -> throw new IllegalStateException("no sum is " + this);
        };
    }
}
