package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.syntax.Operand;

/** What a number means where a type is expected. */
final class Literals {
    private Literals() {}

    /** The bits a register of the type would hold. */
    static long bits(Instruction at, Operand.Literal literal, Type type) throws PtxException {
        return switch (type) {
            case F32 -> Integer.toUnsignedLong(floatBits(literal));
            case F64 -> doubleBits(literal);
            case F16, BF16 -> {
                if (literal.form() != Operand.Form.INTEGER) {
                    throw at.unsupported("a floating constant of type ." + type.spelled());
                }
                yield literal.bits() & 0xffff;
            }
            case PRED -> integer(at, literal, Type.U64) != 0 ? -1 : 0;
            default -> integer(at, literal, type);
        };
    }

    private static long integer(Instruction at, Operand.Literal literal, Type type) throws PtxException {
        boolean bits = type.kind() == Type.Kind.BITS
                && type.bits() == (literal.form() == Operand.Form.FLOAT ? Float.SIZE : Double.SIZE);
        if (literal.form() != Operand.Form.INTEGER && !bits) {
            throw at.invalid("a floating constant where ." + type.spelled() + " is expected");
        }
        return type.bits() >= 64 ? literal.bits() : literal.bits() & (1L << type.bits()) - 1;
    }

    private static int floatBits(Operand.Literal literal) {
        return switch (literal.form()) {
            case FLOAT -> (int) literal.bits();
            case DOUBLE -> Float.floatToRawIntBits((float) Double.longBitsToDouble(literal.bits()));
            case INTEGER -> Float.floatToRawIntBits((float) literal.bits());
        };
    }

    private static long doubleBits(Operand.Literal literal) {
        return switch (literal.form()) {
            case DOUBLE -> literal.bits();
            case FLOAT -> Double.doubleToRawLongBits(Float.intBitsToFloat((int) literal.bits()));
            case INTEGER -> Double.doubleToRawLongBits((double) literal.bits());
        };
    }
}
