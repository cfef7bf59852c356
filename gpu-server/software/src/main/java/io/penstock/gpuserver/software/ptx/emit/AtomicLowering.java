package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.run.AtomicOperation;
import io.penstock.gpuserver.software.ptx.run.Atomics;
import io.penstock.gpuserver.software.ptx.run.Warp;
import java.util.ArrayList;
import java.util.List;

/** {@code atom} and {@code red}: the second is the first without a result. */
final class AtomicLowering {
    private static final String[] OPERATIONS = {"add", "and", "or", "xor", "exch", "min", "max", "inc", "dec", "cas"};

    private AtomicLowering() {}

    static void atomic(Instruction at, FunctionBuilder to) throws PtxException {
        String order = at.modifiers().takeAny("relaxed", "acquire", "release", "acq_rel");
        if (at.stem().equals("red") && ("acquire".equals(order) || "acq_rel".equals(order))) {
            throw at.invalid("red reads nothing that ." + order + " could order");
        }
        at.modifiers().takeAny("cta", "cluster", "gpu", "sys");
        at.modifiers().take("noftz");
        boolean policy = CacheHints.takePolicy(at);
        AddressLowering.Space space = AddressLowering.space(at);
        String name = at.modifiers().takeAny(OPERATIONS);
        Type type = at.type();
        at.done();
        if (name == null) {
            throw at.unsupported("this atomic operation");
        }
        boolean result = at.stem().equals("atom");
        boolean swap = name.equals("cas");
        int first = result ? 1 : 0;
        CacheHints.expectOperands(at, to, first + (swap ? 3 : 2), policy);
        AddressLowering.Address address =
                AddressLowering.resolve(at, to, at.operand(first), space).written();
        Type bits = type.bits() == 64 ? Type.B64 : type.bits() == 16 ? Type.B16 : Type.B32;
        Value.Register old =
                result ? to.target(at, at.operand(0), bits) : to.symbols().fresh(bits);
        Value operand = to.value(at, at.operand(first + 1), type);
        List<Value> reads = new ArrayList<>(address.reads());
        reads.add(operand);
        if (swap) {
            Value next = to.value(at, at.operand(first + 2), type);
            reads.add(next);
            to.work(reads, List.of(old), code -> compareAndSwap(code, address, old, operand, next, type.bits()));
        } else {
            AtomicOperation operation = operation(at, name, type);
            to.work(reads, List.of(old), code -> {
                address.translate(code, type.bytes());
                update(code, old, operand, operation, type.bits());
            });
        }
    }

    /** Writes the change of what is at the warp's addresses. */
    static void update(CodeWriter code, Value.Register old, Value operand, AtomicOperation operation, int bits) {
        code.warp();
        code.mask();
        code.value(old);
        code.value(operand);
        code.push(operation);
        Class<?> array = array(old);
        code.invoke(
                Atomics.class,
                bits == 16 ? "update16" : "update",
                void.class,
                Warp.class,
                int.class,
                array,
                array,
                AtomicOperation.class);
    }

    private static void compareAndSwap(
            CodeWriter code,
            AddressLowering.Address address,
            Value.Register old,
            Value expected,
            Value next,
            int bits) {
        address.translate(code, bits / 8);
        code.warp();
        code.mask();
        code.value(old);
        code.value(expected);
        code.value(next);
        Class<?> array = array(old);
        code.invoke(
                Atomics.class,
                bits == 16 ? "compareAndSwap16" : "compareAndSwap",
                void.class,
                Warp.class,
                int.class,
                array,
                array,
                array);
    }

    private static Class<?> array(Value value) {
        return value.bank() == Bank.LONG ? long[].class : int[].class;
    }

    /** The operation of that name on values of the type. */
    static AtomicOperation operation(Instruction at, String name, Type type) throws PtxException {
        boolean wordOrLong = type.bits() >= 32 && type.integer();
        if (type.integer() && !wordOrLong) {
            throw at.unsupported("type ." + type.spelled());
        }
        if (!type.integer() && !name.equals("add")) {
            throw at.unsupported("type ." + type.spelled());
        }
        if (type == Type.S64 && name.equals("add")) {
            throw at.invalid("64-bit sums are .u64");
        }
        if (type == Type.BF16 || type == Type.BF16X2) {
            throw at.unsupported("a sum of ." + type.spelled() + " needs sm_90");
        }
        return switch (name) {
            case "add" ->
                switch (type) {
                    case F32, F64 -> AtomicOperation.ADD_FLOAT;
                    case F16 -> AtomicOperation.ADD_HALF;
                    case F16X2 -> AtomicOperation.ADD_HALF2;
                    default -> AtomicOperation.ADD;
                };
            case "and" -> AtomicOperation.AND;
            case "or" -> AtomicOperation.OR;
            case "xor" -> AtomicOperation.XOR;
            case "exch" -> AtomicOperation.EXCH;
            case "min" -> type.signed() ? AtomicOperation.MIN_SIGNED : AtomicOperation.MIN_UNSIGNED;
            case "max" -> type.signed() ? AtomicOperation.MAX_SIGNED : AtomicOperation.MAX_UNSIGNED;
            case "inc" -> AtomicOperation.INC;
            default -> AtomicOperation.DEC;
        };
    }
}
