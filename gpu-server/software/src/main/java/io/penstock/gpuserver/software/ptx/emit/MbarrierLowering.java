package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.math.PhaseWord;
import io.penstock.gpuserver.software.ptx.run.Mbarriers;
import io.penstock.gpuserver.software.ptx.run.Warp;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** {@code mbarrier} as sm_80 has it: what needs sm_90, as counts of plain arrivals and waiting in hardware, is refused. */
final class MbarrierLowering {
    private MbarrierLowering() {}

    static void lower(Instruction at, FunctionBuilder to) throws PtxException {
        String operation = Objects.requireNonNullElse(
                at.modifiers().takeAny("init", "inval", "arrive", "arrive_drop", "test_wait", "pending_count"), "");
        switch (operation) {
            case "init" -> initialise(at, to);
            case "inval" -> {
                AddressLowering.Address object = object(at, to, 1, 0);
                to.work(object.reads(), List.of(), code -> {
                    object.translate(code, Long.BYTES);
                    code.warp();
                    code.mask();
                    code.invoke(Mbarriers.class, "invalidate", void.class, Warp.class, int.class);
                });
            }
            case "arrive", "arrive_drop" -> arrive(at, to, operation.equals("arrive_drop"));
            case "test_wait" -> test(at, to);
            case "pending_count" -> {
                expectWord(at);
                at.expectOperands(2);
                Lane state = to.lane(at, at.operand(1), Type.B64);
                to.assign(at, at.operand(0), Type.U32, Lane.of(PhaseWord.class, "pending", "J", state));
            }
            default -> throw at.unsupported("this operation on an mbarrier object");
        }
    }

    private static void initialise(Instruction at, FunctionBuilder to) throws PtxException {
        AddressLowering.Address object = object(at, to, 2, 0);
        Value count = to.value(at, at.operand(1), Type.U32);
        to.work(with(object.reads(), count), List.of(), code -> {
            object.translate(code, Long.BYTES);
            code.warp();
            code.mask();
            code.value(count);
            code.invoke(Mbarriers.class, "initialise", void.class, Warp.class, int.class, int[].class);
        });
    }

    private static void arrive(Instruction at, FunctionBuilder to, boolean drops) throws PtxException {
        boolean completes = !at.modifiers().take("noComplete");
        at.modifiers().take("release");
        at.modifiers().take("cta");
        int count = at.operands().size();
        if (completes && count > 2) {
            throw at.unsupported("a count of arrivals that may end the phase needs sm_90");
        }
        AddressLowering.Address object = object(at, to, completes ? 2 : 3, 1);
        Value arrivals = completes ? to.constant(Bank.WORD, 1) : to.value(at, at.operand(2), Type.U32);
        arrive(to, object, arrivals, to.target(at, at.operand(0), Type.B64), drops, completes);
    }

    private static void arrive(
            FunctionBuilder to,
            AddressLowering.Address object,
            Value arrivals,
            Value.Register state,
            boolean drops,
            boolean completes) {
        to.work(with(object.reads(), arrivals), List.of(state), code -> {
            object.translate(code, Long.BYTES);
            code.warp();
            code.mask();
            code.value(state);
            code.value(arrivals);
            code.push(drops ? 1 : 0);
            code.push(completes ? 1 : 0);
            code.invoke(
                    Mbarriers.class,
                    "arrive",
                    void.class,
                    Warp.class,
                    int.class,
                    long[].class,
                    int[].class,
                    boolean.class,
                    boolean.class);
        });
    }

    private static void test(Instruction at, FunctionBuilder to) throws PtxException {
        boolean parity = at.modifiers().take("parity");
        at.modifiers().take("acquire");
        at.modifiers().take("cta");
        AddressLowering.Address object = object(at, to, 3, 1);
        Value phase = to.value(at, at.operand(2), parity ? Type.U32 : Type.B64);
        Value.Register over = to.target(at, at.operand(0), Type.PRED);
        Class<?> array = parity ? int[].class : long[].class;
        to.work(with(object.reads(), phase), List.of(over), code -> {
            object.translate(code, Long.BYTES);
            code.warp();
            code.mask();
            code.value(phase);
            code.invoke(Mbarriers.class, "isOver", int.class, Warp.class, int.class, array);
            code.storePredicate(over);
        });
    }

    /** {@code cp.async.mbarrier.arrive}: the copies are done already. */
    static void arriveAfterCopies(Instruction at, FunctionBuilder to) throws PtxException {
        if (!at.modifiers().take("arrive")) {
            throw at.invalid("cp.async.mbarrier only arrives");
        }
        boolean counted = at.modifiers().take("noinc");
        AddressLowering.Address object = object(at, to, 1, 0);
        if (counted) {
            arrive(to, object, to.constant(Bank.WORD, 1), to.symbols().fresh(Type.B64), false, true);
            return;
        }
        to.work(object.reads(), List.of(), code -> {
            object.translate(code, Long.BYTES);
            code.warp();
            code.mask();
            code.invoke(Mbarriers.class, "copied", void.class, Warp.class, int.class);
        });
    }

    /** The operand that names the object; the instruction has so many operands. */
    private static AddressLowering.Address object(Instruction at, FunctionBuilder to, int operands, int index)
            throws PtxException {
        AddressLowering.Space space = AddressLowering.space(at);
        expectWord(at);
        at.expectOperands(operands);
        if (space != AddressLowering.Space.SHARED && space != AddressLowering.Space.GENERIC) {
            throw at.invalid("mbarrier objects are in shared memory");
        }
        return AddressLowering.resolve(at, to, at.operand(index), space);
    }

    private static void expectWord(Instruction at) throws PtxException {
        Type type = at.type();
        at.done();
        if (type != Type.B64) {
            throw at.invalid("an mbarrier object has type .b64");
        }
    }

    private static List<Value> with(List<Value> reads, Value another) {
        List<Value> all = new ArrayList<>(reads);
        all.add(another);
        return all;
    }
}
