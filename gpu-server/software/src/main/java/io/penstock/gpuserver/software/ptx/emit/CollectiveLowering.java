package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.run.Collectives;
import io.penstock.gpuserver.software.ptx.run.Reduction;
import io.penstock.gpuserver.software.ptx.run.Uniform;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import java.util.List;

/** {@code shfl}, {@code vote}, {@code match}, {@code redux}, {@code activemask}. */
final class CollectiveLowering {
    private CollectiveLowering() {}

    static void shuffle(Instruction at, FunctionBuilder to) throws PtxException {
        boolean sync = at.modifiers().take("sync");
        String mode = at.modifiers().takeAny("up", "down", "bfly", "idx");
        Type type = at.type();
        at.done();
        at.expectOperands(sync ? 5 : 4);
        if (mode == null || type.bits() != 32) {
            throw at.unsupported("this form of shuffle");
        }
        Operand first = at.operand(0);
        boolean pair = first instanceof Operand.Pair;
        Value.Register target = to.target(at, first instanceof Operand.Pair p ? p.first() : first, type);
        Value.Register inRange = first instanceof Operand.Pair p
                ? to.target(at, p.second(), Type.PRED)
                : to.symbols().fresh(Type.PRED);
        Value from = to.value(at, at.operand(1), type);
        Value by = to.value(at, at.operand(2), Type.B32);
        Value clamp = to.value(at, at.operand(3), Type.B32);
        String name = switch (mode) {
            case "up" -> "shuffleUp";
            case "down" -> "shuffleDown";
            case "bfly" -> "shuffleButterfly";
            default -> "shuffleIndex";
        };
        List<Value.Register> writes = pair ? List.of(target, inRange) : List.of(target);
        to.work(List.of(from, by, clamp), writes, code -> {
            code.mask();
            code.value(target);
            code.value(from);
            code.value(by);
            code.value(clamp);
            code.invoke(
                    Collectives.class, name, int.class, int.class, int[].class, int[].class, int[].class, int[].class);
            if (pair) {
                code.storePredicate(inRange);
            } else {
                code.code().pop();
            }
        });
    }

    static void vote(Instruction at, FunctionBuilder to) throws PtxException {
        boolean sync = at.modifiers().take("sync");
        String mode = at.modifiers().takeAny("all", "any", "uni", "ballot");
        at.type();
        at.done();
        at.expectOperands(sync ? 3 : 2);
        if (mode == null) {
            throw at.unsupported("this form of vote");
        }
        Value said = to.value(at, at.operand(1), Type.PRED);
        if (mode.equals("ballot")) {
            Value.Register target = to.target(at, at.operand(0), Type.B32);
            to.work(List.of(said), List.of(target), code -> {
                code.mask();
                code.value(target);
                code.value(said);
                code.mask();
                code.code().iand();
                code.invoke(Uniform.class, "fill", void.class, int.class, int[].class, int.class);
            });
            return;
        }
        String name = mode.equals("all") ? "voteAll" : mode.equals("any") ? "voteAny" : "voteUniform";
        Value.Register target = to.target(at, at.operand(0), Type.PRED);
        to.work(List.of(said), List.of(target), code -> {
            code.mask();
            code.value(said);
            code.invoke(Collectives.class, name, int.class, int.class, int.class);
            code.storePredicate(target);
        });
    }

    static void match(Instruction at, FunctionBuilder to) throws PtxException {
        boolean all = at.modifiers().take("all");
        boolean any = at.modifiers().take("any");
        at.modifiers().take("sync");
        Type type = at.type();
        at.done();
        at.expectOperands(3);
        Value values = to.value(at, at.operand(1), type);
        Class<?> array = values.bank() == Bank.LONG ? long[].class : int[].class;
        if (any) {
            Value.Register target = to.target(at, at.operand(0), Type.B32);
            to.work(List.of(values), List.of(target), code -> {
                code.mask();
                code.value(target);
                code.value(values);
                code.invoke(Collectives.class, "matchAny", void.class, int.class, int[].class, array);
            });
            return;
        }
        if (!all) {
            throw at.unsupported("this form of match");
        }
        Operand first = at.operand(0);
        boolean pair = first instanceof Operand.Pair;
        Value.Register target = to.target(at, first instanceof Operand.Pair p ? p.first() : first, Type.B32);
        Value.Register same = first instanceof Operand.Pair p
                ? to.target(at, p.second(), Type.PRED)
                : to.symbols().fresh(Type.PRED);
        List<Value.Register> writes = pair ? List.of(target, same) : List.of(target);
        to.work(List.of(values), writes, code -> {
            code.mask();
            code.value(values);
            code.invoke(Collectives.class, "matchAll", int.class, int.class, array);
            if (pair) {
                code.code().dup();
                code.storePredicate(same);
            }
            code.code().istore(CodeWriter.SCRATCH_LOCAL);
            code.mask();
            code.value(target);
            code.code().iload(CodeWriter.SCRATCH_LOCAL);
            code.invoke(Uniform.class, "fill", void.class, int.class, int[].class, int.class);
        });
    }

    static void reduce(Instruction at, FunctionBuilder to) throws PtxException {
        at.modifiers().take("sync");
        String name = at.modifiers().takeAny("add", "min", "max", "and", "or", "xor");
        Type type = at.type();
        at.done();
        at.expectOperands(3);
        if (name == null || type.bits() != 32 || !type.integer()) {
            throw at.unsupported("this form of redux");
        }
        Reduction reduction = switch (name) {
            case "add" -> Reduction.ADD;
            case "min" -> type.signed() ? Reduction.MIN_SIGNED : Reduction.MIN_UNSIGNED;
            case "max" -> type.signed() ? Reduction.MAX_SIGNED : Reduction.MAX_UNSIGNED;
            case "and" -> Reduction.AND;
            case "or" -> Reduction.OR;
            default -> Reduction.XOR;
        };
        Value values = to.value(at, at.operand(1), type);
        Value.Register target = to.target(at, at.operand(0), type);
        to.work(List.of(values), List.of(target), code -> {
            code.mask();
            code.value(target);
            code.mask();
            code.value(values);
            code.push(reduction);
            code.invoke(Collectives.class, "reduce", int.class, int.class, int[].class, Reduction.class);
            code.invoke(Uniform.class, "fill", void.class, int.class, int[].class, int.class);
        });
    }

    static void activeMask(Instruction at, FunctionBuilder to) throws PtxException {
        at.type();
        at.done();
        at.expectOperands(1);
        Value.Register target = to.target(at, at.operand(0), Type.B32);
        MoveLowering.copy(to, target, DynamicSpecials.activeMask(to));
    }
}
