package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.flow.Step;
import io.penstock.gpuserver.software.ptx.run.BarrierVote;
import io.penstock.gpuserver.software.ptx.run.Uniform;
import io.penstock.gpuserver.software.ptx.run.Warp;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Branches, leaving, barriers, {@code trap}. */
final class ControlLowering {
    private ControlLowering() {}

    /** {@code bra}. */
    static void branch(Instruction at, FunctionBuilder to) throws PtxException {
        at.modifiers().take("uni");
        at.done();
        at.expectOperands(1);
        to.add(new Step.Branch<>(to.line(), to.guard(), name(at, at.operand(0))));
    }

    /** {@code brx.idx}. */
    static void branchIndexed(Instruction at, FunctionBuilder to) throws PtxException {
        at.modifiers().take("uni");
        if (!at.modifiers().take("idx")) {
            throw at.unsupported("only brx.idx exists");
        }
        at.done();
        at.expectOperands(2);
        List<String> targets = to.branchTargets().get(name(at, at.operand(1)));
        if (targets == null) {
            throw at.invalid("no .branchtargets of that name before the branch");
        }
        Value index = to.value(at, at.operand(0), Type.U32);
        Value.Register register = to.symbols().fresh(Type.U32);
        MoveLowering.copy(to, register, index);
        unguarded(to, () -> to.add(new Step.IndexedBranch<>(to.line(), null, register, targets)));
    }

    /** {@code ret} and {@code exit}. */
    static void leave(Instruction at, FunctionBuilder to) throws PtxException {
        at.modifiers().take("uni");
        at.done();
        at.expectOperands(0);
        boolean exit = to.kernel() || at.stem().equals("exit");
        if (!exit) {
            to.storeResults();
        }
        to.add(new Step.Leave<>(to.line(), to.guard(), exit));
    }

    /** {@code trap}. */
    static void trap(Instruction at, FunctionBuilder to) throws PtxException {
        at.done();
        to.work(List.of(), List.of(), code -> {
            code.warp();
            code.mask();
            code.invoke(Uniform.class, "trap", void.class, Warp.class, int.class);
        });
    }

    /** {@code bar}, {@code barrier}. */
    static void barrier(Instruction at, FunctionBuilder to) throws PtxException {
        if (at.modifiers().take("warp")) {
            // Lanes that can meet have met: a warp's barrier has nothing left to do.
            at.modifiers().take("sync");
            at.done();
            return;
        }
        at.modifiers().take("cta");
        at.modifiers().take("aligned");
        String what = at.modifiers().takeAny("sync", "arrive", "red");
        if (what == null) {
            throw at.unsupported("this form of barrier");
        }
        if (what.equals("red")) {
            reduction(at, to);
            return;
        }
        at.done();
        Value number = to.value(at, at.operand(0), Type.U32);
        Value threads = at.operands().size() > 1 ? to.value(at, at.operand(1), Type.U32) : null;
        boolean waits = what.equals("sync");
        to.add(new Step.Pause<>(to.line(), to.guard(), FunctionBuilder.registers(present(number, threads)), code -> {
            code.warp();
            code.activeMask();
            code.value(number);
            pushThreads(code, threads);
            code.push(waits ? 1 : 0);
            code.invokeWarp("arrive", int.class, int.class, int[].class, int[].class, boolean.class);
        }));
    }

    private static void reduction(Instruction at, FunctionBuilder to) throws PtxException {
        String how = at.modifiers().takeAny("popc", "and", "or");
        Type type = at.type();
        at.done();
        int count = at.operands().size();
        if (how == null || count < 3) {
            throw at.unsupported("this form of barrier");
        }
        Value number = to.value(at, at.operand(1), Type.U32);
        Value threads = count > 3 ? to.value(at, at.operand(2), Type.U32) : null;
        Value said = to.value(at, at.operand(count - 1), Type.PRED);
        BarrierVote.Kind kind = switch (how) {
            case "popc" -> BarrierVote.Kind.POPC;
            case "and" -> BarrierVote.Kind.AND;
            default -> BarrierVote.Kind.OR;
        };
        List<Value> reads = new ArrayList<>(present(number, threads));
        reads.add(said);
        to.add(new Step.Pause<>(to.line(), to.guard(), FunctionBuilder.registers(reads), code -> {
            code.warp();
            code.activeMask();
            code.value(number);
            pushThreads(code, threads);
            code.push(kind);
            code.value(said);
            code.invokeWarp(
                    "arriveVoting", int.class, int.class, int[].class, int[].class, BarrierVote.Kind.class, int.class);
        }));
        result(at, to, type);
    }

    private static void result(Instruction at, FunctionBuilder to, Type type) throws PtxException {
        Value.Register target = to.target(at, at.operand(0), type);
        to.work(List.of(), List.of(target), code -> {
            if (type == Type.PRED) {
                code.warp();
                code.invokeWarp("barrierResult", int.class);
                code.storePredicate(target);
            } else {
                code.mask();
                code.value(target);
                code.warp();
                code.invokeWarp("barrierResult", int.class);
                code.invoke(Uniform.class, "fill", void.class, int.class, int[].class, int.class);
            }
        });
    }

    private static List<Value> present(Value first, @Nullable Value second) {
        return second == null ? List.of(first) : List.of(first, second);
    }

    private static void pushThreads(CodeWriter code, @Nullable Value threads) {
        if (threads == null) {
            code.code().aconst_null();
        } else {
            code.value(threads);
        }
    }

    /** Adds steps that have no guard of their own: the instruction's guard becomes a branch around them. */
    static void unguarded(FunctionBuilder to, Steps steps) throws PtxException {
        Step.Guard guard = to.guard();
        if (guard == null) {
            steps.add();
            return;
        }
        String skip = to.freshLabel();
        to.add(new Step.Branch<>(to.line(), new Step.Guard(guard.predicate(), !guard.negated()), skip));
        to.dropGuard();
        steps.add();
        to.add(new Step.Label<>(to.line(), skip));
    }

    /** Adds steps. */
    interface Steps {
        void add() throws PtxException;
    }

    private static String name(Instruction at, Operand operand) throws PtxException {
        if (operand instanceof Operand.Name name) {
            return name.name();
        }
        throw at.invalid("a label is expected");
    }
}
