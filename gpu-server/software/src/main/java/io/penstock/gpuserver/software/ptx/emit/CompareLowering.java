package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.math.Compare;
import io.penstock.gpuserver.software.ptx.math.FloatMath;
import io.penstock.gpuserver.software.ptx.math.HalfMath;
import io.penstock.gpuserver.software.ptx.math.IntMath;
import io.penstock.gpuserver.software.ptx.math.LongMath;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code setp}, {@code set}, {@code selp}, {@code slct}. */
final class CompareLowering {
    private static final String[] COMPARISONS = {
        "eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs", "equ", "neu", "ltu", "leu", "gtu", "geu", "num",
        "nan"
    };

    private CompareLowering() {}

    /** {@code setp}, with a second destination for the opposite and a third predicate to combine with. */
    static void setPredicate(Instruction at, FunctionBuilder to) throws PtxException {
        String comparison = comparison(at);
        String combine = at.modifiers().takeAny("and", "or", "xor");
        boolean flush = at.modifiers().take("ftz");
        Type type = at.type();
        at.done();
        at.expectOperands(combine == null ? 3 : 4);
        refuseBrains(at, type);
        TypeRules.checkComparison(at, comparison, type);
        if (type.kind() == Type.Kind.PACKED) {
            packedPredicates(at, to, comparison, combine, flush);
            return;
        }
        Lane holds = compare(at, to, comparison, type, flush);
        Value combined = combine == null ? null : to.value(at, at.operand(3), Type.PRED);
        Operand target = at.operand(0);
        if (target instanceof Operand.Pair pair) {
            if (type == Type.F16) {
                throw at.invalid("a comparison of .f16 has one destination");
            }
            // The opposite is computed first into a register of its own: the first target may be the third operand.
            Value.Register first = to.symbols().fresh(Type.PRED);
            to.assign(first, combine(holds, combine, combined));
            Lane opposite = Lane.of(Compare.class, "not", "Z", holds);
            to.assign(to.target(at, pair.second(), Type.PRED), combine(opposite, combine, combined));
            copy(to, to.target(at, pair.first(), Type.PRED), first);
        } else {
            to.assign(to.target(at, target, Type.PRED), combine(holds, combine, combined));
        }
    }

    private static void packedPredicates(
            Instruction at, FunctionBuilder to, String comparison, @Nullable String combine, boolean flush)
            throws PtxException {
        if (!(at.operand(0) instanceof Operand.Pair pair)) {
            throw at.invalid("a comparison of pairs has two destinations");
        }
        Value combined = combine == null ? null : to.value(at, at.operand(3), Type.PRED);
        Lane low = combine(packedCompare(at, to, comparison, flush, "low"), combine, combined);
        Lane high = combine(packedCompare(at, to, comparison, flush, "high"), combine, combined);
        Value.Register first = to.symbols().fresh(Type.PRED);
        to.assign(first, low);
        to.assign(to.target(at, pair.second(), Type.PRED), high);
        copy(to, to.target(at, pair.first(), Type.PRED), first);
    }

    private static Lane packedCompare(Instruction at, FunctionBuilder to, String comparison, boolean flush, String half)
            throws PtxException {
        return Lane.of(Compare.class, comparison, "FF", part(at, to, 1, flush, half), part(at, to, 2, flush, half));
    }

    private static Lane part(Instruction at, FunctionBuilder to, int operand, boolean flush, String half)
            throws PtxException {
        Lane bits = Lane.of(HalfMath.class, half, "I", to.lane(at, at.operand(operand), Type.F16X2));
        Lane number = Lane.of(HalfMath.class, "toFloat", "I", bits);
        return flush ? FloatLowering.flush(at, Type.F16, number) : number;
    }

    /** Numbers of bfloat16 are compared from compute capability 9.0 on. */
    private static void refuseBrains(Instruction at, Type type) throws PtxException {
        if (type == Type.BF16 || type == Type.BF16X2) {
            throw at.unsupported("a comparison of ." + type.spelled() + " needs sm_90");
        }
    }

    private static void copy(FunctionBuilder to, Value.Register target, Value.Register from) {
        to.work(List.of(from), List.of(target), code -> {
            code.value(from);
            code.storePredicate(target);
        });
    }

    /** {@code set}: all ones or 1.0 where it holds; for pairs so in each half. */
    static void set(Instruction at, FunctionBuilder to) throws PtxException {
        String comparison = comparison(at);
        String combine = at.modifiers().takeAny("and", "or", "xor");
        boolean flush = at.modifiers().take("ftz");
        Type result = at.type();
        Type type = at.type();
        at.done();
        at.expectOperands(combine == null ? 3 : 4);
        refuseBrains(at, type);
        refuseBrains(at, result);
        TypeRules.checkComparison(at, comparison, type);
        Value combined = combine == null ? null : to.value(at, at.operand(3), Type.PRED);
        if (type == Type.F16X2 && (result == Type.F16X2 || result == Type.U32 || result == Type.S32)) {
            Lane low = combine(packedCompare(at, to, comparison, flush, "low"), combine, combined);
            Lane high = combine(packedCompare(at, to, comparison, flush, "high"), combine, combined);
            long half = result == Type.F16X2 ? 0x3c00 : 0xffff;
            Lane bits = Lane.of(
                    HalfMath.class, "pack", "II", orZero(to, result, half, low), orZero(to, result, half, high));
            to.assign(to.target(at, at.operand(0), result), bits);
            return;
        }
        if (type.kind() == Type.Kind.PACKED
                || result.bits() > 32
                || result.kind() == Type.Kind.PACKED
                || (type == Type.F16 && result == Type.F32)) {
            throw at.unsupported("types ." + result.spelled() + "." + type.spelled());
        }
        Lane holds = combine(compare(at, to, comparison, type, flush), combine, combined);
        long yes = result == Type.F32 ? 0x3f80_0000L : result == Type.F16 ? 0x3c00 : -1;
        to.assign(at, at.operand(0), result, orZero(to, result, yes, holds));
    }

    private static Lane orZero(FunctionBuilder to, Type result, long yes, Lane holds) {
        Lane one = new Lane.Input(to.constant(result.bank(), yes));
        Lane zero = new Lane.Input(to.constant(result.bank(), 0));
        return Lane.of(IntMath.class, "select", "IIZ", one, zero, holds);
    }

    /** {@code selp}. */
    static void select(Instruction at, FunctionBuilder to) throws PtxException {
        Type type = at.type();
        at.done();
        at.expectOperands(4);
        Lane a = new Lane.Input(to.value(at, at.operand(1), type));
        Lane b = new Lane.Input(to.value(at, at.operand(2), type));
        Lane condition = new Lane.Input(to.value(at, at.operand(3), Type.PRED));
        boolean wide = type.bits() == 64;
        to.assign(
                to.target(at, at.operand(0), type),
                Lane.of(wide ? LongMath.class : IntMath.class, "select", wide ? "JJZ" : "IIZ", a, b, condition));
    }

    /** {@code slct}: by the sign of an integer or a float. */
    static void selectBySign(Instruction at, FunctionBuilder to) throws PtxException {
        boolean flush = at.modifiers().take("ftz");
        Type type = at.type();
        Type sign = at.type();
        at.done();
        at.expectOperands(4);
        Lane a = new Lane.Input(to.value(at, at.operand(1), type));
        Lane b = new Lane.Input(to.value(at, at.operand(2), type));
        Lane c = to.lane(at, at.operand(3), sign);
        boolean wide = type.bits() == 64;
        if (flush) {
            c = Lane.of(FloatMath.class, "flush", "F", c);
        }
        String params = (wide ? "JJ" : "II") + (sign == Type.F32 ? "F" : "I");
        to.assign(
                to.target(at, at.operand(0), type),
                Lane.of(wide ? LongMath.class : IntMath.class, "slct", params, a, b, c));
    }

    private static String comparison(Instruction at) throws PtxException {
        String comparison = at.modifiers().takeAny(COMPARISONS);
        if (comparison == null) {
            throw at.unsupported("no comparison");
        }
        return comparison;
    }

    private static Lane combine(Lane holds, @Nullable String how, @Nullable Value with) {
        return how == null || with == null ? holds : Lane.of(Compare.class, how, "ZZ", holds, new Lane.Input(with));
    }

    private static Lane compare(Instruction at, FunctionBuilder to, String comparison, Type type, boolean flush)
            throws PtxException {
        Lane a = to.lane(at, at.operand(1), type);
        Lane b = to.lane(at, at.operand(2), type);
        if (type.floating()) {
            String params = type == Type.F64 ? "DD" : "FF";
            if (flush) {
                a = FloatLowering.flush(at, type, a);
                b = FloatLowering.flush(at, type, b);
            }
            return Lane.of(Compare.class, comparison, params, a, b);
        }
        return Lane.of(Compare.class, integerComparison(at, comparison, type), IntegerLowering.letters(type, 2), a, b);
    }

    private static String integerComparison(Instruction at, String comparison, Type type) throws PtxException {
        String sign = type.signed() ? "Signed" : "Unsigned";
        return switch (comparison) {
            case "eq", "ne" -> comparison;
            case "lt", "le", "gt", "ge" -> comparison + sign;
            case "lo" -> "ltUnsigned";
            case "ls" -> "leUnsigned";
            case "hi" -> "gtUnsigned";
            case "hs" -> "geUnsigned";
            default -> throw at.unsupported("comparison ." + comparison + " of ." + type.spelled());
        };
    }
}
