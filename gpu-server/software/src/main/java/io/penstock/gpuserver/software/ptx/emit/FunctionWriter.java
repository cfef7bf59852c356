package io.penstock.gpuserver.software.ptx.emit;

import io.penstock.gpuserver.software.ptx.flow.BasicBlock;
import io.penstock.gpuserver.software.ptx.flow.ControlFlow;
import io.penstock.gpuserver.software.ptx.flow.Step;
import io.penstock.gpuserver.software.ptx.run.Frame;
import io.penstock.gpuserver.software.ptx.run.FunctionCode;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes one function's class. Blocks are gathered into methods small enough for HotSpot, which never compiles one over
 * 8,000 bytes; a method returns the number of a block that another one holds.
 */
final class FunctionWriter {
    /** Steps a block may have: more are cut, so that every block fits a method. */
    static final int STEPS_PER_BLOCK = 80;

    private static final int STEPS_PER_METHOD = 200;
    private static final ClassDesc SELF = ClassDesc.of(FunctionWriter.class.getPackageName(), "Function");
    private static final MethodTypeDesc RUN =
            MethodTypeDesc.of(ConstantDescs.CD_int, CodeWriter.WARP, CodeWriter.FRAME, ConstantDescs.CD_int);

    private final ControlFlow<CodeWriter> flow;
    private final Layout layout;
    private final boolean[] meetingPoints;
    private final int[] methodOf;
    private final List<List<BasicBlock<CodeWriter>>> methods = new ArrayList<>();

    private FunctionWriter(ControlFlow<CodeWriter> flow, Layout layout) {
        this.flow = flow;
        this.layout = layout;
        this.meetingPoints = new boolean[flow.blocks().size()];
        this.methodOf = new int[flow.blocks().size()];
        gather();
        markMeetingPoints();
    }

    /** The class file of a function. */
    static byte[] write(ControlFlow<CodeWriter> flow, Layout layout) {
        return new FunctionWriter(flow, layout).build();
    }

    /** Loads a class file of {@link #write} so that it can be collected with its module. */
    static FunctionCode load(byte[] classFile) {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup().defineHiddenClass(classFile, true);
            return (FunctionCode) lookup.lookupClass().getConstructor().newInstance();
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private void gather() {
        int steps = STEPS_PER_METHOD;
        for (BasicBlock<CodeWriter> block : flow.blocks()) {
            int own = block.work().size() + 1;
            if (steps + own > STEPS_PER_METHOD) {
                methods.add(new ArrayList<>());
                steps = 0;
            }
            steps += own;
            methods.getLast().add(block);
            methodOf[block.number()] = methods.size() - 1;
        }
    }

    private void markMeetingPoints() {
        for (BasicBlock<CodeWriter> block : flow.blocks()) {
            int meeting = flow.meetingPointOf(block.number());
            if (block.successors().size() > 1 && meeting != ControlFlow.EXIT) {
                meetingPoints[meeting] = true;
            }
            if (block.end() instanceof Step.Pause<CodeWriter> && block.number() + 1 < meetingPoints.length) {
                meetingPoints[block.number() + 1] = true;
            }
        }
    }

    private byte[] build() {
        return ClassFile.of().build(SELF, made -> {
            made.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL | ClassFile.ACC_SYNTHETIC);
            made.withInterfaceSymbols(CodeWriter.desc(FunctionCode.class));
            made.withMethodBody(
                    ConstantDescs.INIT_NAME,
                    ConstantDescs.MTD_void,
                    ClassFile.ACC_PUBLIC,
                    code -> code.aload(0)
                            .invokespecial(ConstantDescs.CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                            .return_());
            made.withMethodBody("run", RUN, ClassFile.ACC_PUBLIC, this::writeRun);
            for (int i = 0; i < methods.size(); i++) {
                List<BasicBlock<CodeWriter>> blocks = methods.get(i);
                made.withMethodBody(
                        "blocks" + i,
                        RUN,
                        ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC,
                        code -> new Part(code, blocks).write());
            }
        });
    }

    private void writeRun(CodeBuilder code) {
        List<SwitchCase> cases = new ArrayList<>();
        Label[] starts = new Label[methods.size()];
        for (int i = 0; i < starts.length; i++) {
            starts[i] = code.newLabel();
        }
        for (int block = 0; block < methodOf.length; block++) {
            cases.add(SwitchCase.of(block, starts[methodOf[block]]));
        }
        code.iload(3).tableswitch(starts[0], cases);
        for (int i = 0; i < starts.length; i++) {
            code.labelBinding(starts[i]);
            code.aload(1)
                    .aload(2)
                    .iload(3)
                    .invokestatic(SELF, "blocks" + i, RUN)
                    .ireturn();
        }
    }

    /** One method's blocks. */
    private final class Part {
        private final CodeBuilder code;
        private final CodeWriter writer;
        private final List<BasicBlock<CodeWriter>> blocks;
        private final Label[] labels;
        private final Label dispatch;

        Part(CodeBuilder code, List<BasicBlock<CodeWriter>> blocks) {
            this.code = code;
            this.blocks = blocks;
            this.writer = new CodeWriter(code, layout);
            this.dispatch = code.newLabel();
            this.labels = new Label[flow.blocks().size()];
            for (BasicBlock<CodeWriter> block : blocks) {
                labels[block.number()] = code.newLabel();
            }
        }

        void write() {
            writer.prologue();
            Label elsewhere = code.newLabel();
            List<SwitchCase> cases = new ArrayList<>();
            for (BasicBlock<CodeWriter> block : blocks) {
                cases.add(SwitchCase.of(block.number(), labels[block.number()]));
            }
            code.labelBinding(dispatch);
            writer.reloadMask();
            code.iload(CodeWriter.BLOCK_LOCAL).tableswitch(elsewhere, cases);
            code.labelBinding(elsewhere).iload(CodeWriter.BLOCK_LOCAL).ireturn();
            for (BasicBlock<CodeWriter> block : blocks) {
                write(block);
            }
        }

        private void write(BasicBlock<CodeWriter> block) {
            code.labelBinding(labels[block.number()]);
            writer.atBlock(block.number());
            if (meetingPoints[block.number()]) {
                Label notYet = code.newLabel();
                writer.frame();
                code.getfield(CodeWriter.FRAME, "meeting", ConstantDescs.CD_int);
                code.loadConstant(block.number()).if_icmpne(notYet);
                writer.frame();
                writer.invokeFrame("meet", int.class);
                dispatchTo();
                code.labelBinding(notYet);
            }
            for (Step.Work<CodeWriter> work : block.work()) {
                writer.enter(work.guard());
                work.body().write(writer);
            }
            writer.enter(null);
            end(block);
        }

        private void end(BasicBlock<CodeWriter> block) {
            int next = block.number() + 1;
            switch (block.end()) {
                case null -> jump(block.number(), next);
                case Step.Branch<CodeWriter> branch -> branch(block, branch, next);
                case Step.IndexedBranch<CodeWriter> branch -> branch(block, branch);
                case Step.Leave<CodeWriter> leave -> leave(block, leave, next);
                case Step.Pause<CodeWriter> pause -> pause(block, pause, next);
                case Step.Work<CodeWriter> work -> throw new IllegalStateException("work ends a block: " + work);
                case Step.Label<CodeWriter> label -> throw new IllegalStateException("a label ends a block: " + label);
            }
        }

        private void branch(BasicBlock<CodeWriter> block, Step.Branch<CodeWriter> branch, int next) {
            int target = block.successors().get(0);
            Step.Guard guard = branch.guard();
            if (guard == null || target == next) {
                jump(block.number(), target);
                return;
            }
            Label notAll = code.newLabel();
            Label parting = code.newLabel();
            writer.guardMask(guard);
            code.dup().istore(CodeWriter.SCRATCH_LOCAL);
            writer.activeMask();
            code.if_icmpne(notAll);
            jump(block.number(), target);
            code.labelBinding(notAll).iload(CodeWriter.SCRATCH_LOCAL).ifne(parting);
            jump(block.number(), next);
            code.labelBinding(parting);
            writer.frame();
            code.iload(CodeWriter.SCRATCH_LOCAL);
            writer.push(target);
            writer.push(next);
            writer.push(flow.meetingPointOf(block.number()));
            writer.invokeFrame("part", int.class, int.class, int.class, int.class, int.class);
            dispatchTo();
        }

        private void branch(BasicBlock<CodeWriter> block, Step.IndexedBranch<CodeWriter> branch) {
            writer.frame();
            writer.value(branch.index());
            List<Integer> targets = block.successors();
            writer.push(targets.size());
            code.newarray(TypeKind.INT);
            for (int i = 0; i < targets.size(); i++) {
                code.dup();
                writer.push(i);
                writer.push(targets.get(i));
                code.iastore();
            }
            writer.push(flow.meetingPointOf(block.number()));
            writer.invokeFrame("partIndexed", int.class, int[].class, int[].class, int.class);
            dispatchTo();
        }

        private void leave(BasicBlock<CodeWriter> block, Step.Leave<CodeWriter> leave, int next) {
            Step.Guard guard = leave.guard();
            if (guard == null) {
                writer.activeMask();
            } else {
                writer.guardMask(guard);
            }
            code.istore(CodeWriter.SCRATCH_LOCAL);
            if (guard != null) {
                Label some = code.newLabel();
                code.iload(CodeWriter.SCRATCH_LOCAL).ifne(some);
                jump(block.number(), next);
                code.labelBinding(some);
            }
            if (leave.kernel()) {
                writer.warp();
            }
            writer.frame();
            code.iload(CodeWriter.SCRATCH_LOCAL);
            writer.push(next);
            if (leave.kernel()) {
                writer.invokeWarp("exit", int.class, Frame.class, int.class, int.class);
            } else {
                writer.invokeFrame("leave", int.class, int.class, int.class);
            }
            dispatchTo();
        }

        private void pause(BasicBlock<CodeWriter> block, Step.Pause<CodeWriter> pause, int next) {
            Step.Guard guard = pause.guard();
            if (guard != null) {
                Label some = code.newLabel();
                writer.guardMask(guard);
                code.ifne(some);
                jump(block.number(), next);
                code.labelBinding(some);
            }
            resumeAt(next);
            pause.body().write(writer);
            Label stop = code.newLabel();
            code.dup().istore(CodeWriter.BLOCK_LOCAL).ifne(stop);
            jump(block.number(), next);
            code.labelBinding(stop).iload(CodeWriter.BLOCK_LOCAL).ireturn();
        }

        private void resumeAt(int block) {
            writer.frame();
            writer.push(block);
            code.putfield(CodeWriter.FRAME, "resume", ConstantDescs.CD_int);
        }

        /** Goes on at the block whose number is on the stack; the mask may have changed. */
        private void dispatchTo() {
            code.istore(CodeWriter.BLOCK_LOCAL).goto_(dispatch);
        }

        /** Goes on at a block with the same lanes; backwards only as long as the warp has its turn. */
        private void jump(int from, int to) {
            if (to <= from) {
                Label goOn = code.newLabel();
                writer.warp();
                writer.invokeWarp("spent", boolean.class);
                code.ifeq(goOn);
                resumeAt(to);
                writer.push(FunctionCode.YIELDED);
                code.ireturn().labelBinding(goOn);
            }
            if (labels[to] != null) {
                code.goto_(labels[to]);
            } else {
                writer.push(to);
                code.ireturn();
            }
        }
    }
}
