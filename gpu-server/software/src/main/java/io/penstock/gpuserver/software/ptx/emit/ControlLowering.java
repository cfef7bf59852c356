package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.flow.Step;
import io.penstock.gpuserver.software.ptx.run.Collective;
import io.penstock.gpuserver.software.ptx.run.Uniform;
import io.penstock.gpuserver.software.ptx.run.Warp;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import java.util.List;

/** Branches, leaving, barriers, {@code trap}. */
final class ControlLowering {
    private ControlLowering() {}

    /** {@code bra}. */
    static void branch(Instruction at, FunctionBuilder to) throws PtxException {
        at.modifiers().take("uni");
        at.done();
        at.expectOperands(1);
        to.add(new Step.Branch<>(to.line(), to.guard(), to.labels().unique(name(at, at.operand(0)))));
    }

    /** {@code brx.idx}. */
    static void branchIndexed(Instruction at, FunctionBuilder to) throws PtxException {
        at.modifiers().take("uni");
        if (!at.modifiers().take("idx")) {
            throw at.unsupported("only brx.idx exists");
        }
        at.done();
        at.expectOperands(2);
        List<String> targets = to.labels().table(name(at, at.operand(1)));
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

    /** {@code trap}, and {@code brkpt}, which without a debugger ends the launch too. */
    static void trap(Instruction at, FunctionBuilder to) throws PtxException {
        at.done();
        at.expectOperands(0);
        to.work(List.of(), List.of(), code -> {
            code.warp();
            code.mask();
            code.invoke(Uniform.class, "trap", void.class, Warp.class, int.class);
        });
    }

    /** {@code bar}, {@code barrier}. */
    static void barrier(Instruction at, FunctionBuilder to) throws PtxException {
        if (at.modifiers().take("warp")) {
            CollectiveLowering.meet(at, to);
            return;
        }
        at.modifiers().take("cta");
        if (at.modifiers().take("aligned") && at.stem().equals("bar")) {
            throw at.invalid("bar has no .aligned: it always is");
        }
        String what = at.modifiers().takeAny("sync", "arrive", "red");
        if (what == null) {
            throw at.unsupported("this form of barrier");
        }
        if (what.equals("red")) {
            reduction(at, to);
            return;
        }
        at.done();
        boolean waits = what.equals("sync");
        int count = at.operands().size();
        if (count < 1 || count > 2 || (!waits && count < 2)) {
            throw at.invalid("a barrier has a number and may have a count of threads");
        }
        Value number = to.value(at, at.operand(0), Type.U32);
        Meeting meeting = Meeting.of(waits ? Collective.BARRIER_SYNC : Collective.BARRIER_ARRIVE, number);
        to.meet(count > 1 ? meeting.taking(to.value(at, at.operand(1), Type.U32)) : meeting);
    }

    private static void reduction(Instruction at, FunctionBuilder to) throws PtxException {
        String how = at.modifiers().takeAny("popc", "and", "or");
        Type type = at.type();
        at.done();
        int count = at.operands().size();
        if (how == null || count < 3 || count > 4 || type != (how.equals("popc") ? Type.U32 : Type.PRED)) {
            throw at.unsupported("this form of barrier");
        }
        Collective kind = switch (how) {
            case "popc" -> Collective.BARRIER_POPC;
            case "and" -> Collective.BARRIER_AND;
            default -> Collective.BARRIER_OR;
        };
        Value said = to.value(at, at.operand(count - 1), Type.PRED);
        Meeting meeting =
                Meeting.of(kind, to.value(at, at.operand(1), Type.U32)).saying(to, said);
        Meeting whole = count > 3 ? meeting.taking(to.value(at, at.operand(2), Type.U32)) : meeting;
        unguarded(to, () -> {
            to.meet(whole);
            result(at, to, type);
        });
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
