package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.math.DoubleMath;
import io.penstock.gpuserver.software.ptx.math.FloatMath;
import io.penstock.gpuserver.software.ptx.math.HalfMath;

/** What {@code atom} and {@code red} do to the value they find; floating values are raw bits. */
public enum AtomicOperation {
    ADD,
    AND,
    OR,
    XOR,
    EXCH,
    MIN_SIGNED,
    MAX_SIGNED,
    MIN_UNSIGNED,
    MAX_UNSIGNED,
    INC,
    DEC,
    ADD_FLOAT,
    /** As ADD_FLOAT, with {@code .ftz}. */
    ADD_FLUSHED,
    ADD_HALF,
    ADD_HALF2;

    int apply(int old, int operand) {
        return switch (this) {
            case ADD -> old + operand;
            case AND -> old & operand;
            case OR -> old | operand;
            case XOR -> old ^ operand;
            case EXCH -> operand;
            case MIN_SIGNED -> Math.min(old, operand);
            case MAX_SIGNED -> Math.max(old, operand);
            case MIN_UNSIGNED -> Integer.compareUnsigned(old, operand) < 0 ? old : operand;
            case MAX_UNSIGNED -> Integer.compareUnsigned(old, operand) > 0 ? old : operand;
            case INC -> Integer.compareUnsigned(old, operand) >= 0 ? 0 : old + 1;
            case DEC -> old == 0 || Integer.compareUnsigned(old, operand) > 0 ? operand : old - 1;
            case ADD_FLOAT ->
                Float.floatToRawIntBits(FloatMath.add(Float.intBitsToFloat(old), Float.intBitsToFloat(operand)));
            case ADD_FLUSHED -> Float.floatToRawIntBits(FloatMath.flush(flushed(old) + flushed(operand)));
            case ADD_HALF -> HalfMath.fromFloat(HalfMath.toFloat(old) + HalfMath.toFloat(operand));
            case ADD_HALF2 ->
                HalfMath.pack(
                        HalfMath.fromFloat(HalfMath.toFloat(old) + HalfMath.toFloat(operand)),
                        HalfMath.fromFloat(HalfMath.toFloat(old >>> 16) + HalfMath.toFloat(operand >>> 16)));
        };
    }

    private static float flushed(int bits) {
        return FloatMath.flush(Float.intBitsToFloat(bits));
    }

    long apply(long old, long operand) {
        return switch (this) {
            case ADD -> old + operand;
            case AND -> old & operand;
            case OR -> old | operand;
            case XOR -> old ^ operand;
            case EXCH -> operand;
            case MIN_SIGNED -> Math.min(old, operand);
            case MAX_SIGNED -> Math.max(old, operand);
            case MIN_UNSIGNED -> Long.compareUnsigned(old, operand) < 0 ? old : operand;
            case MAX_UNSIGNED -> Long.compareUnsigned(old, operand) > 0 ? old : operand;
            case INC -> Long.compareUnsigned(old, operand) >= 0 ? 0 : old + 1;
            case DEC -> old == 0 || Long.compareUnsigned(old, operand) > 0 ? operand : old - 1;
            case ADD_FLOAT ->
                Double.doubleToRawLongBits(
                        DoubleMath.add(Double.longBitsToDouble(old), Double.longBitsToDouble(operand)));
            case ADD_FLUSHED, ADD_HALF, ADD_HALF2 ->
                throw new IllegalStateException(this + " of 64 bits does not exist");
        };
    }
}
