package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.math.DoubleMath;
import io.penstock.gpuserver.software.ptx.math.FloatMath;
import io.penstock.gpuserver.software.ptx.math.HalfMath;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Floating-point arithmetic of every width; halves in pairs are two of them. */
final class FloatLowering {
    private static final Set<String> APPROXIMATE = Set.of("ex2", "lg2", "sin", "cos", "tanh", "rsqrt");
    /** What compute capability 8.0 has for numbers of 16 bits; add and its kin have bfloat16 from 9.0 on. */
    private static final Set<String> HALVES =
            Set.of("add", "sub", "mul", "fma", "neg", "abs", "min", "max", "ex2", "tanh");

    private static final Set<String> BRAINS = Set.of("fma", "neg", "abs", "min", "max");

    private FloatLowering() {}

    /** What the modifiers of a floating instruction ask for, the same for every operation. */
    private record Form(Type type, String suffix, boolean flush, boolean saturate, boolean relu, boolean approximate) {}

    /** Any instruction whose operands all have the one type: {@code add}, {@code fma}, {@code ex2}, … */
    static void operation(Instruction at, FunctionBuilder to) throws PtxException {
        String name = name(at);
        Form form = form(at);
        at.expectOperands(1 + arity(at.stem()));
        if (form.type.kind() == Type.Kind.PACKED) {
            packed(at, to, name, form);
            return;
        }
        List<Lane> arguments = new ArrayList<>();
        for (int i = 0; i < arity(at.stem()); i++) {
            arguments.add(to.lane(at, at.operand(i + 1), form.type));
        }
        to.assign(at, at.operand(0), form.type, apply(at, name, form, arguments));
    }

    private static void packed(Instruction at, FunctionBuilder to, String name, Form form) throws PtxException {
        Type half = form.type == Type.F16X2 ? Type.F16 : Type.BF16;
        String decode = half == Type.F16 ? "toFloat" : "brainToFloat";
        Form single = new Form(half, form.suffix, form.flush, form.saturate, form.relu, form.approximate);
        List<Lane> low = new ArrayList<>();
        List<Lane> high = new ArrayList<>();
        for (int i = 0; i < arity(at.stem()); i++) {
            Lane pair = to.lane(at, at.operand(i + 1), form.type);
            low.add(Lane.of(HalfMath.class, decode, "I", Lane.of(HalfMath.class, "low", "I", pair)));
            high.add(Lane.of(HalfMath.class, decode, "I", Lane.of(HalfMath.class, "high", "I", pair)));
        }
        Lane first = FunctionBuilder.stored(half, apply(at, name, single, low));
        Lane second = FunctionBuilder.stored(half, apply(at, name, single, high));
        to.assign(at, at.operand(0), form.type, Lane.of(HalfMath.class, "pack", "II", first, second));
    }

    private static String name(Instruction at) throws PtxException {
        boolean nan = at.modifiers().take("NaN");
        if (at.modifiers().take("xorsign")) {
            throw at.unsupported(".xorsign");
        }
        return switch (at.stem()) {
            case "min", "max" -> at.stem() + (nan ? "Nan" : "");
            case "mad" -> "fma";
            default -> at.stem();
        };
    }

    private static Form form(Instruction at) throws PtxException {
        boolean reciprocal = at.modifiers().take("approx");
        boolean approximate = at.modifiers().take("full") || reciprocal;
        String rounding = at.modifiers().takeAny("rn", "rz", "rm", "rp");
        boolean flush = at.modifiers().take("ftz");
        boolean saturate = at.modifiers().take("sat");
        boolean relu = at.modifiers().take("relu");
        at.modifiers().take("noftz");
        Type type = at.type();
        at.done();
        String suffix = reciprocal && at.stem().equals("div") ? "Approx" : suffix(rounding);
        boolean narrow = type.bits() == 16 || type.kind() == Type.Kind.PACKED;
        if (narrow && !suffix.isEmpty()) {
            throw at.unsupported("directed rounding of ." + type.spelled());
        }
        if (APPROXIMATE.contains(at.stem()) && !approximate && type == Type.F32) {
            throw at.invalid("." + at.stem() + " needs .approx");
        }
        return new Form(type, suffix, flush, saturate, relu, approximate);
    }

    /** The ending of the scalars that round as the modifier says. */
    static String suffix(@Nullable String rounding) {
        return switch (rounding == null ? "rn" : rounding) {
            case "rz" -> "Zero";
            case "rm" -> "Down";
            case "rp" -> "Up";
            default -> "";
        };
    }

    private static Lane apply(Instruction at, String name, Form form, List<Lane> arguments) throws PtxException {
        if (form.type == Type.F64) {
            return applyDouble(at, name, form, arguments);
        }
        boolean half = form.type == Type.F16 && HALVES.contains(at.stem());
        boolean brain = form.type == Type.BF16 && BRAINS.contains(at.stem());
        if (form.type != Type.F32 && !half && !brain) {
            throw at.unsupported("type ." + form.type.spelled());
        }
        boolean subtract = name.equals("sub") && !form.suffix.isEmpty();
        List<Lane> flushed = new ArrayList<>();
        for (Lane argument : arguments) {
            boolean second = subtract && !flushed.isEmpty();
            Lane signed = second ? Lane.of(FloatMath.class, "neg", "F", argument) : argument;
            flushed.add(form.flush ? flush(at, form.type, signed) : signed);
        }
        boolean narrow = form.type != Type.F32 && name.equals("fma");
        String scalar = (subtract ? "add" : name) + form.suffix;
        Lane result = Lane.of(
                narrow ? HalfMath.class : FloatMath.class,
                scalar,
                "F".repeat(flushed.size()),
                flushed.toArray(Lane[]::new));
        result = form.saturate ? Lane.of(FloatMath.class, "saturate", "F", result) : result;
        result = form.relu ? Lane.of(FloatMath.class, "relu", "F", result) : result;
        return form.flush ? flush(at, form.type, result) : result;
    }

    /** A number of the type whose subnormals are zero. */
    static Lane flush(Instruction at, Type type, Lane value) throws PtxException {
        if (type != Type.F32 && type != Type.F16) {
            throw at.unsupported(".ftz of ." + type.spelled());
        }
        return Lane.of(type == Type.F16 ? HalfMath.class : FloatMath.class, "flush", "F", value);
    }

    private static Lane applyDouble(Instruction at, String name, Form form, List<Lane> arguments) throws PtxException {
        boolean known = !APPROXIMATE.contains(name) || name.equals("rsqrt");
        if (!known || form.relu || name.endsWith("Nan")) {
            throw at.unsupported("type .f64");
        }
        List<Lane> terms = new ArrayList<>(arguments);
        String scalar = name + form.suffix;
        if (name.equals("sub") && !form.suffix.isEmpty()) {
            scalar = "add" + form.suffix;
            terms.set(1, Lane.of(DoubleMath.class, "neg", "D", terms.get(1)));
        }
        if (form.flush && form.approximate) {
            scalar = name + "Approx";
        } else if (form.flush) {
            throw at.unsupported(".ftz of .f64");
        }
        Lane result = Lane.of(DoubleMath.class, scalar, "D".repeat(terms.size()), terms.toArray(Lane[]::new));
        return form.saturate ? Lane.of(DoubleMath.class, "saturate", "D", result) : result;
    }

    private static int arity(String stem) {
        return switch (stem) {
            case "add", "sub", "mul", "div", "min", "max", "copysign" -> 2;
            case "fma", "mad" -> 3;
            default -> 1;
        };
    }

    /** {@code testp}. */
    static void test(Instruction at, FunctionBuilder to) throws PtxException {
        String property = at.modifiers().takeAny("finite", "infinite", "number", "notanumber", "normal", "subnormal");
        Type type = at.type();
        at.done();
        at.expectOperands(2);
        if (property == null) {
            throw at.unsupported("no property to test");
        }
        String name = switch (property) {
            case "finite" -> "isFinite";
            case "infinite" -> "isInfinite";
            case "number" -> "isNumber";
            case "notanumber" -> "isNan";
            case "normal" -> "isNormal";
            default -> "isSubnormal";
        };
        Lane a = to.lane(at, at.operand(1), type);
        String params = type == Type.F64 ? "D" : "F";
        to.assign(
                at,
                at.operand(0),
                Type.PRED,
                Lane.of(io.penstock.gpuserver.software.ptx.math.Compare.class, name, params, a));
    }
}
