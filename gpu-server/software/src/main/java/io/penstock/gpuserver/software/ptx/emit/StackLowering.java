package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.math.Convert;
import io.penstock.gpuserver.software.ptx.math.LongMath;
import io.penstock.gpuserver.software.ptx.run.Frame;
import io.penstock.gpuserver.software.ptx.run.StackMemory;
import io.penstock.gpuserver.software.ptx.run.Warp;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import java.util.List;

/** {@code alloca}, {@code stacksave}, {@code stackrestore}: of 32 or 64 bits, which say how wide an address in local memory is. */
final class StackLowering {
    /** What an allocation is aligned to unless it says more: PTX ISA, alloca. */
    private static final int ALIGNMENT = 8;

    private static final int ALIGNMENT_MAX = 1 << 23;

    private StackLowering() {}

    /** {@code alloca}. */
    static void allocate(Instruction at, FunctionBuilder to) throws PtxException {
        Type type = type(at);
        if (at.operands().size() != 3) {
            at.expectOperands(2);
        }
        int alignment = at.operands().size() == 3 ? alignment(at) : ALIGNMENT;
        Value.Register size = to.symbols().fresh(Type.B64);
        Value.Register made = to.symbols().fresh(Type.B64);
        to.assign(size, wide(to.value(at, at.operand(1), type)));
        to.work(List.of(size), List.of(made), code -> {
            code.warp();
            code.frame();
            code.mask();
            code.value(made);
            code.value(size);
            code.push(alignment);
            code.invoke(
                    StackMemory.class,
                    "allocate",
                    void.class,
                    Warp.class,
                    Frame.class,
                    int.class,
                    long[].class,
                    long[].class,
                    int.class);
        });
        give(at, to, type, made);
    }

    private static int alignment(Instruction at) throws PtxException {
        if (at.operand(2) instanceof Operand.Literal(long bits, Operand.Form form)
                && form == Operand.Form.INTEGER
                && bits > 0
                && bits <= ALIGNMENT_MAX
                && Long.bitCount(bits) == 1) {
            return Math.max(ALIGNMENT, (int) bits);
        }
        throw at.invalid("an alignment is a power of two of at most " + ALIGNMENT_MAX + " bytes");
    }

    /** {@code stacksave}. */
    static void save(Instruction at, FunctionBuilder to) throws PtxException {
        Type type = type(at);
        at.expectOperands(1);
        Value.Register made = to.symbols().fresh(Type.B64);
        to.work(List.of(), List.of(made), code -> {
            code.frame();
            code.mask();
            code.value(made);
            code.invoke(StackMemory.class, "save", void.class, Frame.class, int.class, long[].class);
        });
        give(at, to, type, made);
    }

    /** {@code stackrestore}. */
    static void restore(Instruction at, FunctionBuilder to) throws PtxException {
        Type type = type(at);
        at.expectOperands(1);
        Value.Register saved = to.symbols().fresh(Type.B64);
        to.assign(saved, wide(to.value(at, at.operand(0), type)));
        to.work(List.of(saved), List.of(), code -> {
            code.frame();
            code.mask();
            code.value(saved);
            code.invoke(StackMemory.class, "restore", void.class, Frame.class, int.class, long[].class);
        });
    }

    private static Type type(Instruction at) throws PtxException {
        Type type = at.type();
        at.done();
        if (type != Type.U32 && type != Type.U64) {
            throw at.invalid(at.stem() + " has no type ." + type.spelled());
        }
        return type;
    }

    private static Lane wide(Value value) {
        Lane input = new Lane.Input(value);
        return value.bank() == Bank.LONG
                ? Lane.of(LongMath.class, "copy", "J", input)
                : Lane.of(Convert.class, "widenUnsigned", "I", input);
    }

    private static void give(Instruction at, FunctionBuilder to, Type type, Value.Register made) throws PtxException {
        String name = type.bits() == 64 ? "copy" : "low";
        to.assign(at, at.operand(0), type, Lane.of(LongMath.class, name, "J", new Lane.Input(made)));
    }
}
