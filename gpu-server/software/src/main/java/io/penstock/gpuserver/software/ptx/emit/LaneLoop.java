package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.check.Bank;
import io.penstock.gpuserver.software.ptx.check.Value;
import io.penstock.gpuserver.software.ptx.run.Warp;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A static method that applies one lane expression to all lanes of a mask.
 *
 * <p>Loops are shared by every kernel of the process: HotSpot compiles the few hundred forms that programs use once, and a
 * kernel seen for the first time already runs at speed although its own bytecode is still interpreted. A full mask has a
 * loop of its own, which HotSpot vectorises.
 *
 * @param owner the class that holds it
 * @param type mask first, then the destination's array unless the result is a mask of lanes, then the inputs
 */
record LaneLoop(ClassDesc owner, MethodTypeDesc type) {
    /** The method's name. */
    static final String NAME = "run";

    private static final Map<String, LaneLoop> LOOPS = new ConcurrentHashMap<>();
    private static final AtomicInteger COUNTER = new AtomicInteger();
    private static final ClassDesc INTS = ConstantDescs.CD_int.arrayType();
    private static final ClassDesc LONGS = ConstantDescs.CD_long.arrayType();

    /** The loop for an expression and the bank its result goes to, made on first use. */
    static LaneLoop of(Lane expression, Bank result) {
        List<Value> inputs = inputs(expression);
        StringBuilder key = new StringBuilder().append(result).append('=');
        describe(expression, inputs, key);
        return LOOPS.computeIfAbsent(key.toString(), _ -> define(expression, inputs, result));
    }

    /** The distinct values of an expression in the order of the loop's parameters. */
    static List<Value> inputs(Lane expression) {
        List<Value> found = new ArrayList<>();
        collect(expression, found);
        return found;
    }

    private static void collect(Lane lane, List<Value> found) {
        switch (lane) {
            case Lane.Input input -> {
                if (!found.contains(input.value())) {
                    found.add(input.value());
                }
            }
            case Lane.Apply apply -> apply.arguments().forEach(argument -> collect(argument, found));
        }
    }

    private static void describe(Lane lane, List<Value> inputs, StringBuilder key) {
        switch (lane) {
            case Lane.Input input -> key.append(input.type()).append(inputs.indexOf(input.value()));
            case Lane.Apply apply -> {
                key.append(apply.scalar().owner().getSimpleName())
                        .append('.')
                        .append(apply.scalar().name())
                        .append(apply.scalar().params())
                        .append('(');
                for (Lane argument : apply.arguments()) {
                    describe(argument, inputs, key);
                    key.append(',');
                }
                key.append(')');
            }
        }
    }

    private static LaneLoop define(Lane expression, List<Value> inputs, Bank result) {
        List<ClassDesc> params = new ArrayList<>(List.of(ConstantDescs.CD_int));
        if (result != Bank.PREDICATE) {
            params.add(arrayOf(result));
        }
        inputs.forEach(value -> params.add(arrayOf(value.bank())));
        ClassDesc returned = result == Bank.PREDICATE ? ConstantDescs.CD_int : ConstantDescs.CD_void;
        MethodTypeDesc type = MethodTypeDesc.of(returned, params);
        ClassDesc owner = ClassDesc.of(LaneLoop.class.getPackageName(), "Loop" + COUNTER.incrementAndGet());
        byte[] bytes = ClassFile.of()
                .build(
                        owner,
                        made -> made.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL | ClassFile.ACC_SYNTHETIC)
                                .withMethodBody(
                                        NAME,
                                        type,
                                        ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
                                        code -> new Body(code, expression, inputs, result).write()));
        try {
            MethodHandles.lookup().defineClass(bytes);
        } catch (IllegalAccessException impossible) {
            throw new IllegalStateException(impossible);
        }
        return new LaneLoop(owner, type);
    }

    private static ClassDesc arrayOf(Bank bank) {
        return switch (bank) {
            case PREDICATE -> ConstantDescs.CD_int;
            case WORD -> INTS;
            case LONG -> LONGS;
        };
    }

    /** The loop's code. Parameters are one slot each, as arrays and ints are. */
    private static final class Body {
        private static final int MASK = 0;

        private final CodeBuilder code;
        private final Lane expression;
        private final List<Value> inputs;
        private final Bank result;
        private final int firstInput;
        private final int lane;
        private final int left;
        private final int found;

        Body(CodeBuilder code, Lane expression, List<Value> inputs, Bank result) {
            this.code = code;
            this.expression = expression;
            this.inputs = inputs;
            this.result = result;
            firstInput = result == Bank.PREDICATE ? 1 : 2;
            lane = firstInput + inputs.size();
            left = lane + 1;
            found = left + 1;
        }

        void write() {
            if (result == Bank.PREDICATE) {
                code.iconst_0().istore(found);
            }
            code.iload(MASK).iconst_m1();
            code.ifThenElse(
                    java.lang.classfile.Opcode.IF_ICMPEQ,
                    full -> new Body(full, expression, inputs, result).writeFull(),
                    some -> new Body(some, expression, inputs, result).writeSome());
            if (result == Bank.PREDICATE) {
                code.iload(found).ireturn();
            } else {
                code.return_();
            }
        }

        private void writeFull() {
            code.iconst_0().istore(lane);
            var top = code.newBoundLabel();
            var end = code.newLabel();
            code.iload(lane).bipush(Warp.LANES).if_icmpge(end);
            writeLane();
            code.iinc(lane, 1).goto_(top).labelBinding(end);
        }

        private void writeSome() {
            code.iload(MASK).istore(left);
            var top = code.newBoundLabel();
            var end = code.newLabel();
            code.iload(left).ifeq(end);
            code.iload(left)
                    .invokestatic(
                            ConstantDescs.CD_Integer,
                            "numberOfTrailingZeros",
                            MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_int))
                    .istore(lane);
            writeLane();
            code.iload(left).iload(left).iconst_1().isub().iand().istore(left);
            code.goto_(top).labelBinding(end);
        }

        private void writeLane() {
            switch (result) {
                case PREDICATE -> {
                    write(expression, 'Z');
                    code.iload(lane).ishl().iload(found).ior().istore(found);
                }
                case WORD -> {
                    code.aload(1).iload(lane);
                    write(expression, 'I');
                    code.iastore();
                }
                case LONG -> {
                    code.aload(1).iload(lane);
                    write(expression, 'J');
                    code.lastore();
                }
            }
        }

        private void write(Lane part, char wanted) {
            switch (part) {
                case Lane.Input input -> load(input.value());
                case Lane.Apply apply -> {
                    for (int i = 0; i < apply.arguments().size(); i++) {
                        write(apply.arguments().get(i), apply.scalar().params().charAt(i));
                    }
                    code.invokestatic(
                            apply.scalar().ownerDesc(),
                            apply.scalar().name(),
                            apply.scalar().type());
                }
            }
            convert(part.type(), wanted);
        }

        private void load(Value value) {
            int slot = firstInput + inputs.indexOf(value);
            switch (value.bank()) {
                case PREDICATE ->
                    code.iload(slot).iload(lane).iushr().iconst_1().iand();
                case WORD -> code.aload(slot).iload(lane).iaload();
                case LONG -> code.aload(slot).iload(lane).laload();
            }
        }

        private void convert(char from, char to) {
            if (from == to) {
                return;
            }
            String pair = "" + from + to;
            switch (pair) {
                case "IF" -> bits(ConstantDescs.CD_Float, "intBitsToFloat", "(I)F");
                case "FI" -> bits(ConstantDescs.CD_Float, "floatToRawIntBits", "(F)I");
                case "JD" -> bits(ConstantDescs.CD_Double, "longBitsToDouble", "(J)D");
                case "DJ" -> bits(ConstantDescs.CD_Double, "doubleToRawLongBits", "(D)J");
                case "JI" -> code.l2i();
                case "JF" -> {
                    code.l2i();
                    bits(ConstantDescs.CD_Float, "intBitsToFloat", "(I)F");
                }
                default -> throw new IllegalStateException("a lane of type " + from + " where " + to + " is wanted");
            }
        }

        private void bits(ClassDesc owner, String name, String type) {
            code.invokestatic(owner, name, MethodTypeDesc.ofDescriptor(type));
        }
    }
}
