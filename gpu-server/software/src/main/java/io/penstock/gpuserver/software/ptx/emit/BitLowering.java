package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.math.BitMath;
import io.penstock.gpuserver.software.ptx.math.Compare;
import io.penstock.gpuserver.software.ptx.math.IntMath;
import io.penstock.gpuserver.software.ptx.syntax.Operand;

/** Bit counts, fields, permutations, funnel shifts, three-input logic, dot products. */
final class BitLowering {
    private BitLowering() {}

    /** {@code popc}, {@code clz}, {@code brev}. */
    static void count(Instruction at, FunctionBuilder to) throws PtxException {
        Type type = at.type();
        at.done();
        at.expectOperands(2);
        Lane a = to.lane(at, at.operand(1), type);
        Type result = at.stem().equals("brev") ? type : Type.U32;
        to.assign(at, at.operand(0), result, Lane.of(BitMath.class, at.stem(), IntegerLowering.letters(type, 1), a));
    }

    /** {@code bfind}. */
    static void find(Instruction at, FunctionBuilder to) throws PtxException {
        boolean amount = at.modifiers().take("shiftamt");
        Type type = at.type();
        at.done();
        at.expectOperands(2);
        String name = type.signed() ? "bfindSigned" : "bfindUnsigned";
        Lane found = Lane.of(BitMath.class, name, IntegerLowering.letters(type, 1), to.lane(at, at.operand(1), type));
        if (amount) {
            found = Lane.of(BitMath.class, type.bits() == 64 ? "shiftAmountLong" : "shiftAmount", "I", found);
        }
        to.assign(at, at.operand(0), Type.U32, found);
    }

    /** {@code bfe}. */
    static void extract(Instruction at, FunctionBuilder to) throws PtxException {
        Type type = at.type();
        at.done();
        at.expectOperands(4);
        String name = type.signed() ? "bfeSigned" : "bfeUnsigned";
        Lane a = to.lane(at, at.operand(1), type);
        Lane position = to.lane(at, at.operand(2), Type.U32);
        Lane length = to.lane(at, at.operand(3), Type.U32);
        String params = IntegerLowering.letters(type, 1) + "II";
        to.assign(at, at.operand(0), type, Lane.of(BitMath.class, name, params, a, position, length));
    }

    /** {@code bfi}. */
    static void insert(Instruction at, FunctionBuilder to) throws PtxException {
        Type type = at.type();
        at.done();
        at.expectOperands(5);
        Lane field = to.lane(at, at.operand(1), type);
        Lane base = to.lane(at, at.operand(2), type);
        Lane position = to.lane(at, at.operand(3), Type.U32);
        Lane length = to.lane(at, at.operand(4), Type.U32);
        String params = IntegerLowering.letters(type, 2) + "II";
        to.assign(at, at.operand(0), type, Lane.of(BitMath.class, "bfi", params, field, base, position, length));
    }

    /** {@code bmsk} and {@code szext}. */
    static void maskOrExtend(Instruction at, FunctionBuilder to) throws PtxException {
        boolean wrap = at.modifiers().take("wrap");
        if (!wrap && !at.modifiers().take("clamp")) {
            throw at.unsupported("neither .clamp nor .wrap");
        }
        Type type = at.type();
        at.done();
        at.expectOperands(3);
        Lane a = to.lane(at, at.operand(1), type);
        Lane b = to.lane(at, at.operand(2), Type.U32);
        if (wrap && at.stem().equals("szext")) {
            b = Lane.of(IntMath.class, "and", "II", b, new Lane.Input(to.constant(Bank.WORD, 31)));
        }
        if (at.stem().equals("bmsk") ? type != Type.B32 : type != Type.U32 && type != Type.S32) {
            throw at.invalid(at.stem() + " has no type ." + type.spelled());
        }
        String name = at.stem().equals("bmsk")
                ? wrap ? "maskWrap" : "maskClamp"
                : type.signed() ? "extendSigned" : "extendUnsigned";
        to.assign(at, at.operand(0), type, Lane.of(BitMath.class, name, "II", a, b));
    }

    /** {@code prmt}. */
    static void permute(Instruction at, FunctionBuilder to) throws PtxException {
        String mode = at.modifiers().takeAny("f4e", "b4e", "rc8", "ecl", "ecr", "rc16");
        Type type = at.type();
        at.done();
        at.expectOperands(4);
        String name = switch (mode == null ? "" : mode) {
            case "f4e" -> "prmtForward4";
            case "b4e" -> "prmtBackward4";
            case "rc8" -> "prmtReplicate8";
            case "ecl" -> "prmtEdgeClampLeft";
            case "ecr" -> "prmtEdgeClampRight";
            case "rc16" -> "prmtReplicate16";
            default -> "prmt";
        };
        to.assign(at, at.operand(0), type, ternary(at, to, name));
    }

    /** {@code shf}. */
    static void funnel(Instruction at, FunctionBuilder to) throws PtxException {
        String direction = at.modifiers().takeAny("l", "r");
        String mode = at.modifiers().takeAny("clamp", "wrap");
        Type type = at.type();
        at.done();
        at.expectOperands(4);
        if (direction == null || mode == null || type.bits() != 32) {
            throw at.unsupported("this form of funnel shift");
        }
        String name = "funnel" + (direction.equals("l") ? "Left" : "Right") + (mode.equals("wrap") ? "Wrap" : "Clamp");
        Lane low = to.lane(at, at.operand(1), Type.B32);
        Lane high = to.lane(at, at.operand(2), Type.B32);
        Lane by = to.lane(at, at.operand(3), Type.U32);
        to.assign(at, at.operand(0), type, Lane.of(IntMath.class, name, "III", low, high, by));
    }

    /** {@code lop3} of words; with {@code .or} or {@code .and} also whether a bit is set, combined with a predicate. */
    static void logic3(Instruction at, FunctionBuilder to) throws PtxException {
        String combine = at.modifiers().takeAny("or", "and");
        Type type = at.type();
        at.done();
        at.expectOperands(combine == null ? 5 : 6);
        Lane a = to.lane(at, at.operand(1), type);
        Lane b = to.lane(at, at.operand(2), type);
        Lane c = to.lane(at, at.operand(3), type);
        Value table = to.value(at, at.operand(4), Type.B32);
        Lane result = Lane.of(BitMath.class, "lop3", "IIII", a, b, c, new Lane.Input(table));
        if (combine == null) {
            to.assign(at, at.operand(0), type, result);
            return;
        }
        if (!(at.operand(0) instanceof Operand.Pair pair)) {
            throw at.invalid("lop3." + combine + " has a second destination, a predicate");
        }
        Lane with = new Lane.Input(to.value(at, at.operand(5), Type.PRED));
        // The word goes into a register of its own first: the target may be one of the operands.
        Value.Register word = to.symbols().fresh(type);
        to.assign(word, result);
        Lane any = Lane.of(Compare.class, "isSet", "I", new Lane.Input(word));
        to.assign(to.target(at, pair.second(), Type.PRED), Lane.of(Compare.class, combine, "ZZ", any, with));
        to.assign(at, pair.first(), type, Lane.of(IntMath.class, "copy", "I", new Lane.Input(word)));
    }

    /** {@code fns}. */
    static void nth(Instruction at, FunctionBuilder to) throws PtxException {
        Type type = at.type();
        at.done();
        at.expectOperands(4);
        if (type != Type.B32) {
            throw at.invalid("fns has no type ." + type.spelled());
        }
        to.assign(at, at.operand(0), Type.B32, ternary(at, to, "findNthSet"));
    }

    /** {@code dp4a} and {@code dp2a}. */
    static void dot(Instruction at, FunctionBuilder to) throws PtxException {
        String half = at.modifiers().takeAny("lo", "hi");
        if (at.stem().equals("dp2a") == (half == null)) {
            throw at.invalid("dp2a names a half of its second factor, dp4a does not");
        }
        Type first = at.type();
        Type second = at.type();
        at.done();
        at.expectOperands(4);
        String name = first.signed() == second.signed()
                ? first.signed() ? "Signed" : "Unsigned"
                : first.signed() ? "SignedUnsigned" : "UnsignedSigned";
        String which = half == null ? "dp4a" : half.equals("lo") ? "dp2aLow" : "dp2aHigh";
        to.assign(at, at.operand(0), Type.S32, ternary(at, to, which + name));
    }

    private static Lane ternary(Instruction at, FunctionBuilder to, String name) throws PtxException {
        Lane a = to.lane(at, at.operand(1), Type.B32);
        Lane b = to.lane(at, at.operand(2), Type.B32);
        Lane c = to.lane(at, at.operand(3), Type.B32);
        return Lane.of(BitMath.class, name, "III", a, b, c);
    }
}
