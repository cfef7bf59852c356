package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.flow.Step;
import io.penstock.gpuserver.software.ptx.run.Frame;
import io.penstock.gpuserver.software.ptx.run.Warp;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes the bytecode of steps into one method; knows where that method keeps warp, frame, tables and masks. */
final class CodeWriter {
    static final ClassDesc WARP = desc(Warp.class);
    static final ClassDesc FRAME = desc(Frame.class);
    static final int WARP_LOCAL = 0;
    static final int FRAME_LOCAL = 1;
    static final int BLOCK_LOCAL = 2;
    private static final int WORDS_LOCAL = 3;
    private static final int LONGS_LOCAL = 4;
    private static final int PREDICATES_LOCAL = 5;
    private static final int MASK_LOCAL = 6;
    private static final int GUARDED_LOCAL = 7;
    static final int SCRATCH_LOCAL = 8;
    private static final ClassDesc INTS = ConstantDescs.CD_int.arrayType();
    private static final ClassDesc LONGS = ConstantDescs.CD_long.arrayType();

    private final CodeBuilder code;
    private final Layout layout;
    private boolean guarded;
    private int block;

    CodeWriter(CodeBuilder code, Layout layout) {
        this.code = code;
        this.layout = layout;
    }

    static ClassDesc desc(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }

    CodeBuilder code() {
        return code;
    }

    /** Fetches the frame's tables and the active mask into locals. */
    void prologue() {
        code.aload(FRAME_LOCAL).getfield(FRAME, "words", INTS.arrayType()).astore(WORDS_LOCAL);
        code.aload(FRAME_LOCAL).getfield(FRAME, "longs", LONGS.arrayType()).astore(LONGS_LOCAL);
        code.aload(FRAME_LOCAL).getfield(FRAME, "predicates", INTS).astore(PREDICATES_LOCAL);
        code.iconst_0().istore(GUARDED_LOCAL);
        code.iconst_0().istore(SCRATCH_LOCAL);
        reloadMask();
    }

    /** Says which block the code written from now on belongs to. */
    void atBlock(int number) {
        block = number;
    }

    /** The block being written. */
    int block() {
        return block;
    }

    /** The frame's mask may have changed. */
    void reloadMask() {
        code.aload(FRAME_LOCAL).getfield(FRAME, "mask", ConstantDescs.CD_int).istore(MASK_LOCAL);
    }

    /** From here on {@link #mask} is the guard's part of the active lanes. */
    void enter(Step.@Nullable Guard guard) {
        guarded = guard != null;
        if (guard != null) {
            guardMask(guard);
            code.istore(GUARDED_LOCAL);
        }
    }

    /** Pushes the active lanes for which the guard holds. */
    void guardMask(Step.Guard guard) {
        predicate(guard.predicate());
        if (guard.negated()) {
            code.iconst_m1().ixor();
        }
        code.iload(MASK_LOCAL).iand();
    }

    /** Pushes the lanes that take part. */
    void mask() {
        code.iload(guarded ? GUARDED_LOCAL : MASK_LOCAL);
    }

    /** Pushes all active lanes. */
    void activeMask() {
        code.iload(MASK_LOCAL);
    }

    void warp() {
        code.aload(WARP_LOCAL);
    }

    void frame() {
        code.aload(FRAME_LOCAL);
    }

    /** Pushes a value: its array, or a predicate's lanes. */
    void value(Value value) {
        switch (value.bank()) {
            case PREDICATE -> predicate(value);
            case WORD -> code.aload(WORDS_LOCAL).loadConstant(layout.row(value)).aaload();
            case LONG -> code.aload(LONGS_LOCAL).loadConstant(layout.row(value)).aaload();
        }
    }

    private void predicate(Value value) {
        if (value instanceof Value.Constant constant) {
            boolean set = constant.source() instanceof Value.Source.Bits bits && bits.bits() != 0;
            code.loadConstant(set ? -1 : 0);
        } else {
            predicateRow(layout.row(value));
        }
    }

    /** Pushes the carry flags of all lanes. */
    void carry() {
        predicateRow(layout.carryRow());
    }

    private void predicateRow(int row) {
        code.aload(PREDICATES_LOCAL).loadConstant(row).iaload();
    }

    /** Pops lanes and makes them the predicate's value where lanes take part. */
    void storePredicate(Value.Register register) {
        storeRow(layout.row(register));
    }

    void storeCarry() {
        storeRow(layout.carryRow());
    }

    private void storeRow(int row) {
        mask();
        code.iand().istore(SCRATCH_LOCAL);
        code.aload(PREDICATES_LOCAL).loadConstant(row);
        predicateRow(row);
        mask();
        code.iconst_m1().ixor().iand().iload(SCRATCH_LOCAL).ior().iastore();
    }

    /** Writes the loop that assigns an expression to a register. */
    void assign(Value.Register to, Lane expression) {
        LaneLoop loop = LaneLoop.of(expression, to.bank());
        mask();
        if (to.bank() != Bank.PREDICATE) {
            value(to);
        }
        LaneLoop.inputs(expression).forEach(this::value);
        code.invokestatic(loop.owner(), LaneLoop.NAME, loop.type());
        if (to.bank() == Bank.PREDICATE) {
            storePredicate(to);
        }
    }

    /** Pushes the lanes in which a boolean expression holds; {@code carry} stands for an input that is the carry flag. */
    void lanesWhere(Lane expression, @Nullable Value carry) {
        LaneLoop loop = LaneLoop.of(expression, Bank.PREDICATE);
        mask();
        inputs(LaneLoop.inputs(expression), carry);
        code.invokestatic(loop.owner(), LaneLoop.NAME, loop.type());
    }

    /** As {@link #assign}, with an input that is the carry flag. */
    void assign(Value.Register to, Lane expression, Value carry) {
        LaneLoop loop = LaneLoop.of(expression, to.bank());
        mask();
        value(to);
        inputs(LaneLoop.inputs(expression), carry);
        code.invokestatic(loop.owner(), LaneLoop.NAME, loop.type());
    }

    private void inputs(List<Value> values, @Nullable Value carry) {
        for (Value value : values) {
            if (value.equals(carry)) {
                carry();
            } else {
                value(value);
            }
        }
    }

    /** Pushes an array of the values' own arrays, all of them words. */
    void rows(List<? extends Value> values) {
        push(values.size());
        code.anewarray(INTS);
        for (int i = 0; i < values.size(); i++) {
            code.dup();
            push(i);
            value(values.get(i));
            code.aastore();
        }
    }

    void push(int value) {
        code.loadConstant(value);
    }

    void push(long value) {
        code.loadConstant(value);
    }

    /** Calls a public static method of the run room; the descriptor is looked up by name, which must be unique there. */
    void invoke(Class<?> owner, String name, Class<?> returned, Class<?>... params) {
        ClassDesc[] types = new ClassDesc[params.length];
        for (int i = 0; i < params.length; i++) {
            types[i] = desc(params[i]);
        }
        code.invokestatic(desc(owner), name, MethodTypeDesc.of(desc(returned), types));
    }

    /** Calls a method of the warp, which has been pushed before its arguments. */
    void invokeWarp(String name, Class<?> returned, Class<?>... params) {
        invokeVirtual(WARP, name, returned, params);
    }

    /** Calls a method of the frame. */
    void invokeFrame(String name, Class<?> returned, Class<?>... params) {
        invokeVirtual(FRAME, name, returned, params);
    }

    private void invokeVirtual(ClassDesc owner, String name, Class<?> returned, Class<?>... params) {
        ClassDesc[] types = new ClassDesc[params.length];
        for (int i = 0; i < params.length; i++) {
            types[i] = desc(params[i]);
        }
        code.invokevirtual(owner, name, MethodTypeDesc.of(desc(returned), types));
    }

    /** Pushes a constant of an enum. */
    void push(Enum<?> constant) {
        ClassDesc type = desc(constant.getDeclaringClass());
        code.getstatic(type, constant.name(), type);
    }
}
