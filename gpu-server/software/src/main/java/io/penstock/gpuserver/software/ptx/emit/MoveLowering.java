package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Place;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.math.BitMath;
import io.penstock.gpuserver.software.ptx.math.Compare;
import io.penstock.gpuserver.software.ptx.math.Convert;
import io.penstock.gpuserver.software.ptx.math.HalfMath;
import io.penstock.gpuserver.software.ptx.math.IntMath;
import io.penstock.gpuserver.software.ptx.math.LongMath;
import io.penstock.gpuserver.software.ptx.run.Addresses;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import java.util.List;

/** {@code mov} with its packing and unpacking, and the conversions between address spaces. */
final class MoveLowering {
    private MoveLowering() {}

    /** {@code mov}. */
    static void move(Instruction at, FunctionBuilder to) throws PtxException {
        Type type = at.type();
        at.done();
        at.expectOperands(2);
        if (at.operand(0) instanceof Operand.Vector parts) {
            unpack(at, to, type, parts.parts());
        } else if (at.operand(1) instanceof Operand.Vector parts) {
            to.assign(to.target(at, at.operand(0), type), pack(at, to, type, parts.parts()));
        } else if (type == Type.PRED) {
            Value from = to.value(at, at.operand(1), type);
            Value.Register target = to.target(at, at.operand(0), type);
            to.work(List.of(from), List.of(target), code -> {
                code.value(from);
                code.storePredicate(target);
            });
        } else {
            copy(to, to.target(at, at.operand(0), type), to.value(at, at.operand(1), type));
        }
    }

    /** A plain copy within one bank. */
    static void copy(FunctionBuilder to, Value.Register target, Value from) {
        boolean wide = target.bank() == Bank.LONG;
        Class<?> owner = wide ? LongMath.class : IntMath.class;
        to.assign(target, Lane.of(owner, "copy", wide ? "J" : "I", new Lane.Input(from)));
    }

    private static Lane pack(Instruction at, FunctionBuilder to, Type type, List<Operand> parts) throws PtxException {
        Type part = part(at, type, parts.size());
        Lane[] lanes = new Lane[parts.size()];
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = new Lane.Input(to.value(at, parts.get(i), part));
        }
        String letters = "I".repeat(lanes.length);
        if (part == Type.B8) {
            return Lane.of(BitMath.class, "packBytes", letters, lanes);
        }
        if (type.bits() == 32) {
            return Lane.of(HalfMath.class, "pack", letters, lanes);
        }
        return Lane.of(LongMath.class, lanes.length == 2 ? "pack" : "pack4", letters, lanes);
    }

    private static void unpack(Instruction at, FunctionBuilder to, Type type, List<Operand> parts) throws PtxException {
        Type part = part(at, type, parts.size());
        // A copy, because one of the parts may be the source itself.
        Value.Register source = to.symbols().fresh(type);
        copy(to, source, to.value(at, at.operand(1), type));
        for (int i = 0; i < parts.size(); i++) {
            to.assign(to.target(at, parts.get(i), part), piece(to, type, part, new Lane.Input(source), i));
        }
    }

    private static Lane piece(FunctionBuilder to, Type type, Type part, Lane whole, int index) {
        if (part == Type.B8) {
            Lane start = new Lane.Input(to.constant(Bank.WORD, 8L * index));
            return Lane.of(Convert.class, "low8", "I", Lane.of(IntMath.class, "shrUnsigned", "II", whole, start));
        }
        if (type.bits() == 32) {
            return Lane.of(HalfMath.class, index == 0 ? "low" : "high", "I", whole);
        }
        if (part == Type.B32) {
            return Lane.of(LongMath.class, index == 0 ? "low" : "high", "J", whole);
        }
        return Lane.of(LongMath.class, "half" + index, "J", whole);
    }

    /** The type of the parts that a scalar is made of: two or four, of eight bits at least. */
    private static Type part(Instruction at, Type type, int parts) throws PtxException {
        Type part = parts == 2 || parts == 4 ? Type.of("b" + type.bits() / parts) : null;
        if (part == null || type.kind() != Type.Kind.BITS) {
            throw at.invalid("." + type.spelled() + " is not made of " + parts + " parts");
        }
        return part;
    }

    /** {@code cvta}: device addresses are generic already, the other spaces have a window each. */
    static void convertAddress(Instruction at, FunctionBuilder to) throws PtxException {
        boolean fromGeneric = at.modifiers().take("to");
        long window = window(at);
        Type type = at.type();
        at.done();
        at.expectOperands(2);
        Lane address = new Lane.Input(to.value(at, at.operand(1), type));
        if (type.bits() != 64) {
            throw at.unsupported("generic addresses have 64 bits");
        }
        Lane offset = new Lane.Input(to.constant(Bank.LONG, window));
        to.assign(
                to.target(at, at.operand(0), type),
                window == 0
                        ? Lane.of(LongMath.class, "copy", "J", address)
                        : Lane.of(LongMath.class, fromGeneric ? "sub" : "add", "JJ", address, offset));
    }

    /** {@code isspacep}; the kernel's parameters count as global memory too, constants do not. */
    static void isSpace(Instruction at, FunctionBuilder to) throws PtxException {
        boolean global = at.modifiers().take("global");
        boolean constant = !global && at.modifiers().take("const");
        long window = global || constant ? 0 : window(at);
        at.done();
        at.expectOperands(2);
        Lane address = new Lane.Input(to.value(at, at.operand(1), Type.U64));
        Lane result;
        if (constant) {
            result = isConstant(to, address);
        } else if (global) {
            // The windows of shared and local memory are neighbours.
            Lane other = isIn(to, address, Value.bits(Bank.LONG, Addresses.SHARED_WINDOW), 2 * Addresses.WINDOW_BYTES);
            result = Lane.of(
                    Compare.class, "not", "Z", Lane.of(Compare.class, "or", "ZZ", other, isConstant(to, address)));
        } else {
            result = isIn(to, address, Value.bits(Bank.LONG, window), Addresses.WINDOW_BYTES);
        }
        to.assign(to.target(at, at.operand(0), Type.PRED), result);
    }

    /** Whether the address is within one of the module's constants, which have no window of their own. */
    private static Lane isConstant(FunctionBuilder to, Lane address) {
        Lane result = isIn(to, address, Value.bits(Bank.LONG, 0), 0);
        for (Place place : to.symbols().module().constants()) {
            Value.Constant start =
                    new Value.Constant(Bank.LONG, new Value.Source.GlobalAddress((int) place.offset(), 0));
            Lane within = isIn(to, address, start, place.size());
            result = Lane.of(Compare.class, "or", "ZZ", result, within);
        }
        return result;
    }

    private static Lane isIn(FunctionBuilder to, Lane address, Value.Constant start, long size) {
        Lane distance = Lane.of(LongMath.class, "sub", "JJ", address, new Lane.Input(to.remember(start)));
        return Lane.of(Compare.class, "ltUnsigned", "JJ", distance, new Lane.Input(to.constant(Bank.LONG, size)));
    }

    private static long window(Instruction at) throws PtxException {
        String space =
                at.modifiers().takeAny("shared", "shared::cta", "local", "param", "param::entry", "global", "const");
        if (space == null) {
            throw at.unsupported("no state space");
        }
        return switch (space) {
            case "shared", "shared::cta" -> Addresses.SHARED_WINDOW;
            case "local" -> Addresses.LOCAL_WINDOW;
            case "param", "param::entry" -> Addresses.PARAM_WINDOW;
            default -> 0;
        };
    }
}
