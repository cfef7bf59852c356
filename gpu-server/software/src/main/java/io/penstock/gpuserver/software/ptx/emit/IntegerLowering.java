package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.math.IntMath;
import io.penstock.gpuserver.software.ptx.math.LongMath;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import java.util.List;

/** Integer arithmetic and logic, with the carry chains. */
final class IntegerLowering {
    /** Stands for the carry flag among an expression's inputs. */
    private static final Value.Register CARRY = new Value.Register(-1, Bank.PREDICATE, 1, Type.Kind.PREDICATE);

    private IntegerLowering() {}

    /** {@code add}, {@code sub} and their carry forms. */
    static void addOrSub(Instruction at, FunctionBuilder to) throws PtxException {
        boolean carryOut = at.modifiers().take("cc");
        boolean saturated = at.modifiers().take("sat");
        Type type = at.type();
        at.done();
        at.expectOperands(3);
        if (!type.integer() || (saturated && type != Type.S32)) {
            throw at.unsupported("type ." + type.spelled());
        }
        boolean carryIn = at.stem().endsWith("c");
        String stem = at.stem().substring(0, 3);
        if (carryIn || carryOut) {
            chain(at, to, type, new Chain(stem, carryIn, carryOut, List.of(at.operand(1), at.operand(2))));
        } else {
            binary(at, to, type, saturated ? stem + "Saturated" : stem);
        }
    }

    private record Chain(String stem, boolean in, boolean out, List<Operand> terms) {}

    private static void chain(Instruction at, FunctionBuilder to, Type type, Chain chain) throws PtxException {
        Lane a = to.lane(at, chain.terms.get(0), type);
        Lane b = to.lane(at, chain.terms.get(1), type);
        chain(at, to, type, chain, a, b);
    }

    private static void chain(Instruction at, FunctionBuilder to, Type type, Chain chain, Lane a, Lane b)
            throws PtxException {
        boolean add = chain.stem.equals("add");
        Class<?> owner = owner(at, type);
        String pair = letters(type, 2);
        Lane carry = new Lane.Input(CARRY);
        Lane value = chain.in
                ? Lane.of(owner, add ? "addWithCarry" : "subWithBorrow", pair + "Z", a, b, carry)
                : Lane.of(owner, chain.stem, pair, a, b);
        String test = add ? "addCarries" : "subBorrows";
        Lane flag = chain.in ? Lane.of(owner, test, pair + "Z", a, b, carry) : Lane.of(owner, test, pair, a, b);
        Value.Register target = to.target(at, at.operand(0), type);
        List<Value> reads = LaneLoop.inputs(Lane.of(owner, chain.stem, pair, a, b));
        to.work(reads, List.of(target), code -> {
            // The flag is computed first, because the target may be one of the terms, and stored last.
            if (chain.out) {
                code.lanesWhere(flag, CARRY);
            }
            code.assign(target, value, CARRY);
            if (chain.out) {
                code.storeCarry();
            }
        });
    }

    /** {@code mul} and {@code mad} in their hi, lo and wide forms. */
    static void multiply(Instruction at, FunctionBuilder to) throws PtxException {
        String part = at.modifiers().takeAny("lo", "hi", "wide");
        boolean carryOut = at.modifiers().take("cc");
        boolean saturated = at.modifiers().take("sat");
        Type type = at.type();
        at.done();
        boolean mad = at.stem().startsWith("mad");
        at.expectOperands(mad ? 4 : 3);
        if (part == null || !type.integer() || (saturated && !(mad && part.equals("hi") && type == Type.S32))) {
            throw at.unsupported("this form of multiplication");
        }
        Lane product = product(at, to, type, part);
        Type result = part.equals("wide") ? wider(at, type) : type;
        if (!mad) {
            to.assign(at, at.operand(0), result, product);
        } else if (saturated) {
            Lane a = to.lane(at, at.operand(1), type);
            Lane b = to.lane(at, at.operand(2), type);
            Lane c = to.lane(at, at.operand(3), type);
            to.assign(at, at.operand(0), type, Lane.of(IntMath.class, "madHighSaturated", "III", a, b, c));
        } else if (carryOut || at.stem().equals("madc")) {
            Chain chain = new Chain("add", at.stem().equals("madc"), carryOut, List.of());
            chain(at, to, type, chain, product, to.lane(at, at.operand(3), type));
        } else {
            Lane c = to.lane(at, at.operand(3), result);
            to.assign(at, at.operand(0), result, Lane.of(owner(at, result), "add", letters(result, 2), product, c));
        }
    }

    private static Lane product(Instruction at, FunctionBuilder to, Type type, String part) throws PtxException {
        Lane a = to.lane(at, at.operand(1), type);
        Lane b = to.lane(at, at.operand(2), type);
        String signedness = type.signed() ? "Signed" : "Unsigned";
        if (part.equals("lo")) {
            return Lane.of(owner(at, type), "mul", letters(type, 2), a, b);
        }
        if (part.equals("hi")) {
            if (type.bits() == 16) {
                Lane product = Lane.of(IntMath.class, "mul", "II", a, b);
                Lane sixteen = new Lane.Input(to.constant(Bank.WORD, 16));
                return Lane.of(IntMath.class, "shr" + signedness, "II", product, sixteen);
            }
            return Lane.of(owner(at, type), "mulHigh" + signedness, letters(type, 2), a, b);
        }
        if (type.bits() == 16) {
            return Lane.of(IntMath.class, "mul", "II", a, b);
        }
        if (type.bits() == 32) {
            return Lane.of(IntMath.class, "mulWide" + signedness, "II", a, b);
        }
        throw at.unsupported("a wide product of ." + type.spelled());
    }

    private static Type wider(Instruction at, Type type) throws PtxException {
        return switch (type) {
            case S16 -> Type.S32;
            case U16 -> Type.U32;
            case S32 -> Type.S64;
            case U32 -> Type.U64;
            default -> throw at.unsupported("a wide product of ." + type.spelled());
        };
    }

    /** {@code mul24} and {@code mad24}. */
    static void multiply24(Instruction at, FunctionBuilder to) throws PtxException {
        String part = at.modifiers().takeAny("lo", "hi");
        boolean saturated = at.modifiers().take("sat");
        Type type = at.type();
        at.done();
        boolean mad = at.stem().startsWith("mad");
        at.expectOperands(mad ? 4 : 3);
        if (part == null || (type != Type.U32 && type != Type.S32)) {
            throw at.invalid("24-bit products are .lo or .hi, of .u32 or .s32");
        }
        if (saturated && !(mad && part.equals("hi") && type == Type.S32)) {
            throw at.invalid(".sat is of mad24.hi.s32 alone");
        }
        String name = "mul24" + (part.equals("hi") ? "High" : "") + (type.signed() ? "Signed" : "Unsigned");
        Lane product =
                Lane.of(IntMath.class, name, "II", to.lane(at, at.operand(1), type), to.lane(at, at.operand(2), type));
        String sum = saturated ? "addSaturated" : "add";
        Lane result = mad ? Lane.of(IntMath.class, sum, "II", product, to.lane(at, at.operand(3), type)) : product;
        to.assign(at, at.operand(0), type, result);
    }

    /** {@code div}, {@code rem}, {@code min}, {@code max}: signedness matters. */
    static void signedBinary(Instruction at, FunctionBuilder to) throws PtxException {
        Type type = at.type();
        at.done();
        at.expectOperands(3);
        if (!type.integer()) {
            throw at.unsupported("type ." + type.spelled());
        }
        binary(at, to, type, at.stem() + (type.signed() ? "Signed" : "Unsigned"));
    }

    /** {@code and}, {@code or}, {@code xor}, on predicates too. */
    static void logic(Instruction at, FunctionBuilder to) throws PtxException {
        Type type = at.type();
        at.done();
        at.expectOperands(3);
        if (type == Type.PRED) {
            predicateLogic(at, to);
        } else {
            binary(at, to, type, at.stem());
        }
    }

    private static void predicateLogic(Instruction at, FunctionBuilder to) throws PtxException {
        Value a = to.value(at, at.operand(1), Type.PRED);
        Value b = to.value(at, at.operand(2), Type.PRED);
        Value.Register target = to.target(at, at.operand(0), Type.PRED);
        String stem = at.stem();
        to.work(List.of(a, b), List.of(target), code -> {
            code.value(a);
            code.value(b);
            switch (stem) {
                case "and" -> code.code().iand();
                case "or" -> code.code().ior();
                default -> code.code().ixor();
            }
            code.storePredicate(target);
        });
    }

    /** {@code not}, {@code cnot}, {@code neg}, {@code abs}. */
    static void unary(Instruction at, FunctionBuilder to) throws PtxException {
        Type type = at.type();
        at.done();
        at.expectOperands(2);
        if (type == Type.PRED && at.stem().equals("not")) {
            Value a = to.value(at, at.operand(1), type);
            Value.Register target = to.target(at, at.operand(0), type);
            to.work(List.of(a), List.of(target), code -> {
                code.value(a);
                code.push(-1);
                code.code().ixor();
                code.storePredicate(target);
            });
            return;
        }
        Lane a = to.lane(at, at.operand(1), type);
        to.assign(at, at.operand(0), type, Lane.of(owner(at, type), at.stem(), letters(type, 1), a));
    }

    /** {@code shl} and {@code shr}: the amount is 32 bits whatever is shifted, and large ones shift everything out. */
    static void shift(Instruction at, FunctionBuilder to) throws PtxException {
        Type type = at.type();
        at.done();
        at.expectOperands(3);
        String name = at.stem().equals("shl") ? "shl" : type.signed() ? "shrSigned" : "shrUnsigned";
        Lane a = to.lane(at, at.operand(1), type);
        Lane by = to.lane(at, at.operand(2), Type.U32);
        String params = type.bits() == 64 ? "JI" : "II";
        to.assign(at, at.operand(0), type, Lane.of(owner(at, type), name, params, a, by));
    }

    /** {@code sad}. */
    static void sumOfDifferences(Instruction at, FunctionBuilder to) throws PtxException {
        Type type = at.type();
        at.done();
        at.expectOperands(4);
        String name = "sad" + (type.signed() ? "Signed" : "Unsigned");
        Lane a = to.lane(at, at.operand(1), type);
        Lane b = to.lane(at, at.operand(2), type);
        Lane c = to.lane(at, at.operand(3), type);
        to.assign(at, at.operand(0), type, Lane.of(owner(at, type), name, letters(type, 3), a, b, c));
    }

    private static void binary(Instruction at, FunctionBuilder to, Type type, String name) throws PtxException {
        Lane a = to.lane(at, at.operand(1), type);
        Lane b = to.lane(at, at.operand(2), type);
        to.assign(at, at.operand(0), type, Lane.of(owner(at, type), name, letters(type, 2), a, b));
    }

    /** The scalars for integers of the type. */
    static Class<?> owner(Instruction at, Type type) throws PtxException {
        if (!type.integer() || type.bits() == 8) {
            throw at.unsupported("type ." + type.spelled());
        }
        return type.bits() == 64 ? LongMath.class : IntMath.class;
    }

    /** That many parameters of the type. */
    static String letters(Type type, int count) {
        return (type.bits() == 64 ? "J" : "I").repeat(count);
    }
}
