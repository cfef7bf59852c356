package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.run.Collective;
import io.penstock.gpuserver.software.ptx.run.CollectiveSite;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An instruction that lanes execute together, with its operands as values.
 *
 * @param key the lanes that each lane names, or the number of the block's barrier
 * @param to the register of the result
 * @param toPredicate the predicate of the result
 * @param said the predicate that is voted with
 * @param inputs at most three
 */
record Meeting(
        Collective kind,
        Value key,
        Value.@Nullable Register to,
        Value.@Nullable Register toPredicate,
        Value.@Nullable Register said,
        List<Value> inputs) {
    private static final int WHOLE_WARP = -1;

    /** Without inputs or results. */
    static Meeting of(Collective kind, Value key) {
        return new Meeting(kind, key, null, null, null, List.of());
    }

    /** The whole warp comes together, as far as its lanes have not ended. */
    static Meeting ofWarp(FunctionBuilder to) {
        return of(Collective.MEET, to.constant(Bank.WORD, WHOLE_WARP));
    }

    /** The lanes named by the operand, or those active where the instruction is of the kind that names none. */
    static Value members(Instruction at, FunctionBuilder to, int operand, boolean sync) throws PtxException {
        return sync ? to.value(at, at.operand(operand), Type.B32) : DynamicSpecials.activeMask(to);
    }

    Meeting giving(Value.@Nullable Register result, Value.@Nullable Register predicate) {
        return new Meeting(kind, key, result, predicate, said, inputs);
    }

    Meeting taking(Value... values) {
        return new Meeting(kind, key, to, toPredicate, said, List.of(values));
    }

    /** With a vote; a constant one becomes a register. */
    Meeting saying(FunctionBuilder builder, Value vote) {
        Value.Register register;
        if (vote instanceof Value.Register given) {
            register = given;
        } else {
            register = builder.symbols().fresh(Type.PRED);
            builder.work(List.of(), List.of(register), code -> {
                code.value(vote);
                code.storePredicate(register);
            });
        }
        return new Meeting(kind, key, to, toPredicate, register, inputs);
    }

    List<Value> reads() {
        List<Value> all = new ArrayList<>(inputs);
        all.add(key);
        if (said != null) {
            all.add(said);
        }
        return all;
    }

    List<Value.Register> writes() {
        List<Value.Register> all = new ArrayList<>();
        if (to != null) {
            all.add(to);
        }
        if (toPredicate != null) {
            all.add(toPredicate);
        }
        return all;
    }

    CollectiveSite site(Layout layout) {
        return new CollectiveSite(
                kind,
                layout.row(key),
                key instanceof Value.Constant,
                to == null ? -1 : layout.row(to),
                toPredicate == null ? -1 : layout.row(toPredicate),
                said == null ? -1 : layout.row(said),
                input(layout, 0),
                input(layout, 1),
                input(layout, 2));
    }

    private int input(Layout layout, int index) {
        return index < inputs.size() ? layout.row(inputs.get(index)) : -1;
    }
}
