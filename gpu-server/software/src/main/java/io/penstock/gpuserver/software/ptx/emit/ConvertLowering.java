package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.math.BitMath;
import io.penstock.gpuserver.software.ptx.math.Convert;
import io.penstock.gpuserver.software.ptx.math.DoubleMath;
import io.penstock.gpuserver.software.ptx.math.FloatMath;
import io.penstock.gpuserver.software.ptx.math.HalfMath;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import org.jspecify.annotations.Nullable;

/**
 * {@code cvt} between all pairs of types; source and destination registers may be wider than the types. A NaN becomes the
 * canonical one where a half takes part, where a single is rounded to an integral number and where it is flushed to become
 * a double, as on an H100; elsewhere it keeps its payload.
 */
final class ConvertLowering {
    private ConvertLowering() {}

    /**
     * A conversion as its words say it.
     *
     * @param integral the rounding to an integral number, or null
     * @param rounding the rounding to fewer bits, or null
     * @param finite whether what is too large becomes the largest number
     */
    record Form(
            Type to,
            Type from,
            @Nullable String integral,
            @Nullable String rounding,
            boolean flush,
            boolean saturate,
            boolean relu,
            boolean finite) {}

    /** {@code cvt}. */
    static void convert(Instruction at, FunctionBuilder to) throws PtxException {
        if (at.modifiers().take("pack")) {
            pack(at, to);
            return;
        }
        @Nullable String integral = at.modifiers().takeAny("rni", "rzi", "rmi", "rpi");
        @Nullable String rounding = at.modifiers().takeAny("rn", "rz", "rm", "rp", "rna");
        boolean flush = at.modifiers().take("ftz");
        boolean relu = at.modifiers().take("relu");
        boolean saturate = at.modifiers().take("sat");
        boolean finite = at.modifiers().take("satfinite");
        Form form = new Form(at.type(), at.type(), integral, rounding, flush, saturate, relu, finite);
        at.done();
        ConvertRules.check(at, form);
        if ((form.to == Type.BF16 && form.from != Type.F32) || (form.from == Type.BF16 && form.to != Type.F32)) {
            throw at.unsupported("." + form.to.spelled() + "." + form.from.spelled() + " needs sm_90");
        }
        if (form.to.kind() == Type.Kind.PACKED) {
            pair(at, to, form);
        } else if (form.to == Type.TF32) {
            at.expectOperands(2);
            Lane a = finite(form, Type.TF32, to.lane(at, at.operand(1), form.from));
            to.assign(to.target(at, at.operand(0), Type.B32), Lane.of(HalfMath.class, "tf32FromFloat", "F", a));
        } else {
            at.expectOperands(2);
            store(at, to, form, result(at, to, form));
        }
    }

    private static void pack(Instruction at, FunctionBuilder to) throws PtxException {
        boolean saturate = at.modifiers().take("sat");
        String part = at.modifiers().takeAny("u2", "s2", "u4", "s4", "u8", "s8", "u16", "s16");
        boolean halves = part != null && part.endsWith("16");
        boolean known = at.modifiers().take("s32") && (halves || at.modifiers().take("b32"));
        at.done();
        if (part == null || !saturate || !known) {
            throw at.invalid("cvt.pack is .sat, of .s32, with .b32 where parts are narrower than 16 bits");
        }
        at.expectOperands(halves ? 3 : 4);
        String name = part.charAt(0) == 's' ? "packSigned" : "packUnsigned";
        Lane a = to.lane(at, at.operand(1), Type.S32);
        Lane b = to.lane(at, at.operand(2), Type.S32);
        Lane bits = new Lane.Input(to.constant(Bank.WORD, Integer.parseInt(part.substring(1))));
        Lane rest = halves ? bits : to.lane(at, at.operand(3), Type.B32);
        to.assign(at, at.operand(0), Type.B32, Lane.of(BitMath.class, name, "IIII", a, b, rest, bits));
    }

    private static void pair(Instruction at, FunctionBuilder to, Form form) throws PtxException {
        at.expectOperands(3);
        if (form.from != Type.F32 || "rna".equals(form.rounding)) {
            throw at.unsupported("a pair of ." + form.from.spelled());
        }
        Type half = form.to == Type.F16X2 ? Type.F16 : Type.BF16;
        Form single = new Form(half, form.from, null, form.rounding, false, false, form.relu, form.finite);
        Lane high = fromFloat(at, single, part(at, to, form, 1));
        Lane low = fromFloat(at, single, part(at, to, form, 2));
        to.assign(at, at.operand(0), form.to, Lane.of(HalfMath.class, "pack", "II", low, high));
    }

    private static Lane part(Instruction at, FunctionBuilder to, Form form, int operand) throws PtxException {
        Lane number = to.lane(at, at.operand(operand), Type.F32);
        Type half = form.to == Type.F16X2 ? Type.F16 : Type.BF16;
        return Lane.of(FloatMath.class, "canonical", "F", relu(form, finite(form, half, number)));
    }

    private static Lane finite(Form form, Type to, Lane value) {
        String largest = to == Type.F16 ? "limitHalf" : to == Type.BF16 ? "limitBrain" : "limitTf32";
        return form.finite ? Lane.of(HalfMath.class, largest, "F", value) : value;
    }

    private static Lane relu(Form form, Lane value) {
        return form.relu ? Lane.of(FloatMath.class, "relu", "F", value) : value;
    }

    private static Lane result(Instruction at, FunctionBuilder to, Form form) throws PtxException {
        Value source = to.any(at, at.operand(1), form.from);
        if (form.from.bits() == 64 && source.bank() != Bank.LONG) {
            throw at.invalid("the source has fewer bits than ." + form.from.spelled());
        }
        boolean number = source instanceof Value.Register register && register.kind() == Type.Kind.FLOAT;
        if (number && form.from.integer()) {
            throw at.invalid("a register of floating numbers does not fit ." + form.from.spelled());
        }
        Lane value = to.arithmetic(source, form.from);
        if (form.from.integer()) {
            return form.to.integer() ? integerToInteger(at, form, value) : integerToFloat(at, form, value);
        }
        // To halves an H100 rounds subnormal singles as they are.
        if (form.flush && form.from == Type.F32 && form.to != Type.F16) {
            value = Lane.of(FloatMath.class, "flush", "F", asFloat(value));
        }
        return form.to.integer() ? floatToInteger(at, form, value) : floatToFloat(at, form, value);
    }

    private static Lane asFloat(Lane value) {
        return value.type() == 'F' ? value : Lane.of(FloatMath.class, "copy", "F", value);
    }

    private static Lane wide(Type type, Lane value) {
        return value.type() == 'J'
                ? value
                : Lane.of(Convert.class, type.signed() ? "widenSigned" : "widenUnsigned", "I", value);
    }

    /** Whether a type holds every number of another, so that a conversion has nothing to saturate. */
    private static boolean holdsAll(Type to, Type from) {
        return to.signed() == from.signed() ? to.bits() >= from.bits() : to.signed() && to.bits() > from.bits();
    }

    private static Lane integerToInteger(Instruction at, Form form, Lane value) throws PtxException {
        if (form.saturate) {
            if (holdsAll(form.to, form.from)) {
                throw at.invalid(".sat where ." + form.to.spelled() + " holds every ." + form.from.spelled());
            }
            Lane wide = wide(form.from, value);
            if (form.from.bits() == 64 && !form.from.signed()) {
                wide = Lane.of(Convert.class, "limitUnsigned", "J", wide);
            }
            String name = "clamp" + (form.to.signed() ? "S" : "U") + form.to.bits();
            Lane clamped = Lane.of(Convert.class, name, "J", wide);
            return form.to.bits() == 64 ? clamped : Lane.of(Convert.class, "narrow", "J", clamped);
        }
        if (form.to.bits() == 64) {
            return wide(form.from, value);
        }
        return value.type() == 'J' ? Lane.of(Convert.class, "narrow", "J", value) : value;
    }

    private static Lane integerToFloat(Instruction at, Form form, Lane value) throws PtxException {
        if ("rna".equals(form.rounding) || form.integral != null) {
            throw at.unsupported("this rounding");
        }
        String suffix = FloatLowering.suffix(form.rounding);
        boolean unsigned64 = form.from.bits() == 64 && !form.from.signed();
        String sign = unsigned64 ? "unsigned" : "signed";
        if (form.to == Type.F64) {
            return saturated(form, Lane.of(Convert.class, sign + "ToDouble" + suffix, "J", wide(form.from, value)));
        }
        boolean small = form.from.bits() < 32 || form.from == Type.S32;
        Lane number = small && suffix.isEmpty()
                ? Lane.of(Convert.class, "intToFloat", "I", value)
                : Lane.of(Convert.class, sign + "ToFloat" + suffix, "J", wide(form.from, value));
        Lane fitted = saturated(form, number);
        return form.to == Type.F16 ? fromFloat(at, form, fitted) : fitted;
    }

    private static Lane saturated(Form form, Lane value) {
        if (!form.saturate) {
            return value;
        }
        return value.type() == 'D'
                ? Lane.of(DoubleMath.class, "saturate", "D", value)
                : Lane.of(FloatMath.class, "saturate", "F", value);
    }

    private static Lane rounded(Form form, Lane value) {
        String name = switch (form.integral == null ? "rzi" : form.integral) {
            case "rni" -> "roundNearest";
            case "rmi" -> "roundDown";
            case "rpi" -> "roundUp";
            default -> "roundZero";
        };
        return Lane.of(Convert.class, name, "D", asDouble(form, value));
    }

    private static Lane asDouble(Form form, Lane value) {
        return form.from == Type.F64 ? value : Lane.of(Convert.class, "widen", "F", value);
    }

    private static Lane floatToInteger(Instruction at, Form form, Lane value) throws PtxException {
        if (form.integral == null) {
            throw at.invalid("a conversion to an integer names its rounding");
        }
        Lane integral = rounded(form, value);
        String letter = form.to.signed() ? "S" : "U";
        if (form.to.bits() == 64) {
            return Lane.of(Convert.class, form.to.signed() ? "toSigned64" : "toUnsigned64", "D", integral);
        }
        String prefix = form.from == Type.F64 ? "nan" : "to";
        return Lane.of(Convert.class, prefix + letter + form.to.bits(), "D", integral);
    }

    private static Lane floatToFloat(Instruction at, Form form, Lane value) throws PtxException {
        Lane number = form.integral == null ? value : rounded(form, value);
        boolean isDouble = form.from == Type.F64 || form.integral != null;
        if (form.to == Type.F64) {
            Lane single = form.flush && !isDouble ? Lane.of(FloatMath.class, "canonical", "F", number) : number;
            Lane wide = isDouble ? number : Lane.of(Convert.class, "widen", "F", single);
            wide = wide.type() == 'J' ? Lane.of(DoubleMath.class, "copy", "D", wide) : wide;
            return saturated(form, wide);
        }
        if (isDouble && form.integral == null && form.to != Type.F32) {
            return halfFromDouble(at, form, number);
        }
        Lane single = isDouble
                ? Lane.of(Convert.class, "narrow" + FloatLowering.suffix(form.rounding), "D", number)
                : asFloat(number);
        if (form.saturate) {
            single = Lane.of(FloatMath.class, "saturate", "F", single);
        }
        single = relu(form, finite(form, form.to, single));
        boolean narrow = form.to == Type.F16 || form.from == Type.F16;
        if (form.from != Type.F64 && (narrow || form.integral != null)) {
            single = Lane.of(FloatMath.class, "canonical", "F", single);
        }
        if (form.to == Type.F32) {
            boolean same = form.flush && form.from == Type.F32;
            Lane known = same ? Lane.of(FloatMath.class, "canonical", "F", single) : single;
            return form.flush ? Lane.of(FloatMath.class, "flush", "F", known) : known;
        }
        return fromFloat(at, form, single);
    }

    private static Lane halfFromDouble(Instruction at, Form form, Lane value) throws PtxException {
        if (form.to != Type.F16) {
            throw at.unsupported("." + form.to.spelled() + " of ." + form.from.spelled() + " needs sm_90");
        }
        Lane number = form.saturate ? Lane.of(DoubleMath.class, "saturate", "D", value) : value;
        return Lane.of(HalfMath.class, "fromDouble" + FloatLowering.suffix(form.rounding), "D", number);
    }

    /** The bits of a narrow float. */
    private static Lane fromFloat(Instruction at, Form form, Lane value) throws PtxException {
        String suffix = FloatLowering.suffix(form.rounding);
        if (form.to == Type.F16) {
            return Lane.of(HalfMath.class, "fromFloat" + suffix, "F", value);
        }
        if (form.to != Type.BF16 || !(suffix.isEmpty() || suffix.equals("Zero"))) {
            throw at.unsupported("this rounding to ." + form.to.spelled());
        }
        return Lane.of(HalfMath.class, "brainFromFloat" + suffix, "F", value);
    }

    private static void store(Instruction at, FunctionBuilder to, Form form, Lane result) throws PtxException {
        if (!form.to.integer()) {
            Lane bits = form.to.bits() == 16 ? FunctionBuilder.stored(form.to, result) : result;
            to.assign(wideTarget(at, to, at.operand(0), form.to), bits);
            return;
        }
        storeInteger(at, to, at.operand(0), form.to, result);
    }

    /** Assigns an integer to a register that may be wider than its type, extending it by its sign. */
    static void storeInteger(Instruction at, FunctionBuilder to, Operand operand, Type type, Lane result)
            throws PtxException {
        Value.Register target = wideTarget(at, to, operand, type);
        if (type.bits() == 64) {
            to.assign(target, result);
            return;
        }
        Lane exact = switch (type) {
            case S8 -> Lane.of(Convert.class, "signed8", "I", result);
            case U8, B8 -> Lane.of(Convert.class, "low8", "I", result);
            case S16 -> Lane.of(Convert.class, "signed16", "I", result);
            case U16, B16 -> Lane.of(Convert.class, "low16", "I", result);
            default -> result;
        };
        if (target.bank() == Bank.LONG) {
            exact = Lane.of(Convert.class, type.signed() ? "widenSigned" : "widenUnsigned", "I", exact);
        } else if (target.bits() == 16 && type.signed()) {
            exact = Lane.of(Convert.class, "low16", "I", exact);
        }
        to.assign(target, exact);
    }

    private static Value.Register wideTarget(Instruction at, FunctionBuilder to, Operand operand, Type type)
            throws PtxException {
        if (operand instanceof Operand.Name name && !name.name().equals("_")) {
            Value.Register register = to.symbols().register(name.name());
            if (register != null && register.bits() >= type.bits() && register.bank() != Bank.PREDICATE) {
                boolean fits = type.integer() || register.bank() == type.bank();
                if (fits) {
                    return register;
                }
            }
        }
        return to.target(at, operand, type);
    }
}
