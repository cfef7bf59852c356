package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.PtxException;
import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Type;
import io.penstock.gpuserver.software.ptx.math.LongMath;
import io.penstock.gpuserver.software.ptx.syntax.Operand;
import java.util.List;

/**
 * Instructions that ask for nothing that can be seen: caches are to fetch or to forget, profilers to count. Their addresses are
 * not touched, but what is written must be right.
 */
final class HintLowering {
    /** {@code applypriority} and {@code discard} are of so many bytes: PTX ISA. */
    private static final long LINE_BYTES = 128;

    private static final List<String> PRIMARY =
            List.of("L2::evict_last", "L2::evict_normal", "L2::evict_first", "L2::evict_unchanged");
    private static final String[] SECONDARY = {"L2::evict_first", "L2::evict_unchanged"};

    private HintLowering() {}

    /** {@code prefetch} and {@code prefetchu}. */
    static void prefetch(Instruction at, FunctionBuilder to) throws PtxException {
        AddressLowering.Space space = AddressLowering.space(at);
        boolean uniform = at.stem().equals("prefetchu");
        boolean global = space == AddressLowering.Space.GLOBAL;
        String level = uniform
                ? at.modifiers().takeAny("L1")
                : global
                        ? at.modifiers().takeAny("L1", "L2", "L2::evict_last", "L2::evict_normal")
                        : at.modifiers().takeAny("L1", "L2");
        at.done();
        at.expectOperands(1);
        boolean known = uniform
                ? space == AddressLowering.Space.GENERIC
                : global || space == AddressLowering.Space.LOCAL || space == AddressLowering.Space.GENERIC;
        if (level == null || !known) {
            throw at.invalid(at.stem() + " names a level of caches, and no space but global or local memory");
        }
        AddressLowering.resolve(at, to, at.operand(0), space);
    }

    /** {@code applypriority} and {@code discard}. */
    static void line(Instruction at, FunctionBuilder to) throws PtxException {
        AddressLowering.Space space = AddressLowering.space(at);
        String level = at.stem().equals("discard") ? "L2" : "L2::evict_normal";
        boolean levelled = at.modifiers().take(level);
        at.done();
        at.expectOperands(2);
        boolean device = space == AddressLowering.Space.GLOBAL || space == AddressLowering.Space.GENERIC;
        boolean sized = at.operand(1) instanceof Operand.Literal(long bits, Operand.Form form)
                && form == Operand.Form.INTEGER
                && bits == LINE_BYTES;
        if (!levelled || !device || !sized) {
            throw at.invalid(at.stem() + " is ." + level + ", of " + LINE_BYTES + " bytes of device memory");
        }
        AddressLowering.resolve(at, to, at.operand(0), space);
    }

    /** {@code pmevent}. */
    static void event(Instruction at, FunctionBuilder to) throws PtxException {
        boolean mask = at.modifiers().take("mask");
        at.done();
        at.expectOperands(1);
        long most = mask ? 0xffff : 15;
        boolean known = at.operand(0) instanceof Operand.Literal(long bits, Operand.Form form)
                && form == Operand.Form.INTEGER
                && bits >= 0
                && bits <= most;
        if (!known) {
            throw at.invalid("an event is a number from 0 to " + most);
        }
    }

    /** {@code createpolicy}: what is made says nothing, because it is good for nothing but to be named in hints. */
    static void policy(Instruction at, FunctionBuilder to) throws PtxException {
        if (at.modifiers().take("cvt")) {
            boolean second = at.modifiers().take("L2");
            Type type = at.type();
            at.done();
            at.expectOperands(2);
            Lane property = to.lane(at, at.operand(1), Type.B64);
            made(at, to, second && type == Type.B64, property);
            return;
        }
        boolean range = at.modifiers().take("range");
        boolean fraction = !range && at.modifiers().take("fractional");
        AddressLowering.Space space = range ? AddressLowering.space(at) : AddressLowering.Space.GLOBAL;
        List<String> words = at.modifiers().left();
        boolean primary = !words.isEmpty() && PRIMARY.contains(words.getFirst());
        if (primary) {
            at.modifiers().takeFirst();
        }
        at.modifiers().takeAny(SECONDARY);
        Type type = at.type();
        at.done();
        if (range) {
            at.expectOperands(4);
            AddressLowering.resolve(at, to, at.operand(1), space);
            to.value(at, at.operand(2), Type.U32);
            to.value(at, at.operand(3), Type.U32);
        } else if (at.operands().size() != 1) {
            at.expectOperands(2);
            to.value(at, at.operand(1), Type.F32);
        }
        boolean device = space == AddressLowering.Space.GLOBAL || space == AddressLowering.Space.GENERIC;
        Lane nothing = new Lane.Input(to.constant(Bank.LONG, 0));
        made(at, to, primary && device && (range || fraction) && type == Type.B64, nothing);
    }

    private static void made(Instruction at, FunctionBuilder to, boolean known, Lane policy) throws PtxException {
        if (!known) {
            throw at.invalid("a policy has type .b64 and is .range or .fractional with a priority, or .cvt.L2");
        }
        to.assign(at, at.operand(0), Type.B64, Lane.of(LongMath.class, "copy", "J", policy));
    }
}
