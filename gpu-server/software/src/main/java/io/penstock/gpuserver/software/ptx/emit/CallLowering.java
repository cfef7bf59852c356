package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Place;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.flow.Step;
import io.penstock.gpuserver.software.ptx.run.Builtins;
import io.penstock.gpuserver.software.ptx.run.CallSite;
import io.penstock.gpuserver.software.ptx.run.Frame;
import io.penstock.gpuserver.software.ptx.run.Warp;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** {@code call}: arguments and results pass through slots of the caller's frame. */
final class CallLowering {
    private static final Set<String> BUILTINS = Set.of("vprintf", "malloc", "free", "__assertfail");

    private CallLowering() {}

    static void call(Instruction at, FunctionBuilder to) throws PtxException {
        at.modifiers().take("uni");
        at.done();
        List<Operand> operands = at.operands();
        int next = 0;
        List<Operand> results = List.of();
        if (!operands.isEmpty() && operands.get(0) instanceof Operand.Group group) {
            results = group.parts();
            next = 1;
        }
        if (next >= operands.size() || !(operands.get(next) instanceof Operand.Name callee)) {
            throw at.invalid("a call names its function");
        }
        List<Operand> arguments = next + 1 < operands.size() && operands.get(next + 1) instanceof Operand.Group group
                ? group.parts()
                : List.of();
        List<Operand> wanted = results;
        ControlLowering.unguarded(to, () -> call(at, to, callee.name(), arguments, wanted));
    }

    private static void call(
            Instruction at, FunctionBuilder to, String callee, List<Operand> arguments, List<Operand> results)
            throws PtxException {
        List<CallSite.Slot> given = new ArrayList<>();
        for (Operand argument : arguments) {
            given.add(argument(at, to, argument));
        }
        List<CallSite.Slot> wanted = new ArrayList<>();
        List<Runnable> fetches = new ArrayList<>();
        for (Operand result : results) {
            wanted.add(result(at, to, result, fetches));
        }
        int site = to.calls().size();
        to.calls().add(new CallSite(given, wanted));
        invoke(at, to, callee, site);
        fetches.forEach(Runnable::run);
    }

    private static CallSite.Slot argument(Instruction at, FunctionBuilder to, Operand operand) throws PtxException {
        if (operand instanceof Operand.Name name) {
            Place place = to.symbols().place(name.name());
            if (place != null && place.space() == Place.Space.FRAME) {
                return new CallSite.Slot(place.offset(), place.size());
            }
            Value.Register register = to.symbols().register(name.name());
            if (register != null && register.bank() != Bank.PREDICATE) {
                Place slot = to.symbols().slot(Math.max(4, register.bits() / 8));
                FrameAccess.store(to, slot, register);
                return new CallSite.Slot(slot.offset(), slot.size());
            }
        }
        throw at.unsupported("an argument that is neither a parameter variable nor a register");
    }

    private static CallSite.Slot result(Instruction at, FunctionBuilder to, Operand operand, List<Runnable> fetches)
            throws PtxException {
        if (operand instanceof Operand.Name name) {
            Place place = to.symbols().place(name.name());
            if (place != null && place.space() == Place.Space.FRAME) {
                return new CallSite.Slot(place.offset(), place.size());
            }
            Value.Register register = to.symbols().register(name.name());
            if (register != null && register.bank() != Bank.PREDICATE) {
                Place slot = to.symbols().slot(Math.max(4, register.bits() / 8));
                fetches.add(() -> FrameAccess.load(to, slot, register));
                return new CallSite.Slot(slot.offset(), slot.size());
            }
        }
        throw at.unsupported("a result that is neither a parameter variable nor a register");
    }

    private static void invoke(Instruction at, FunctionBuilder to, String callee, int site) throws PtxException {
        Value.Register target = to.symbols().register(callee);
        if (target != null) {
            indirect(at, to, target, site);
            return;
        }
        Integer function = to.symbols().module().function(callee);
        if (function != null) {
            int number = function;
            to.add(new Step.Pause<>(to.line(), null, List.of(), List.of(), code -> {
                code.warp();
                code.frame();
                code.push(number);
                code.push(site);
                code.activeMask();
                code.invokeWarp("call", int.class, Frame.class, int.class, int.class, int.class);
            }));
            return;
        }
        if (!BUILTINS.contains(callee)) {
            throw new PtxException(
                    PtxException.Kind.UNRESOLVED_SYMBOL, to.line(), at.origin().text(), "no function " + callee);
        }
        String name = callee.equals("__assertfail") ? "assertFail" : callee;
        to.work(List.of(), List.of(), code -> {
            code.warp();
            code.frame();
            code.mask();
            code.push(site);
            code.invoke(Builtins.class, name, void.class, Warp.class, Frame.class, int.class, int.class);
        });
    }

    private static void indirect(Instruction at, FunctionBuilder to, Value.Register target, int site)
            throws PtxException {
        if (target.bank() != Type.U64.bank()) {
            throw at.invalid("a function's address has 64 bits");
        }
        to.add(new Step.Pause<>(to.line(), null, List.of(target), List.of(), code -> {
            code.warp();
            code.frame();
            code.value(target);
            code.push(site);
            code.push(code.block());
            code.invokeWarp("callIndirect", int.class, Frame.class, long[].class, int.class, int.class);
        }));
    }
}
