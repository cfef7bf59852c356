package io.penstock.gpuserver.software.ptx.flow;

import io.penstock.gpuserver.software.ptx.check.Value;
import java.util.BitSet;
import java.util.List;

/**
 * For each register the stretch of the text in which its value may be needed.
 *
 * <p>Diverged lanes change nothing here: a lane follows one path through the graph, and writes touch active lanes only.
 */
final class Liveness {
    private final List<? extends BasicBlock<?>> blocks;
    private final BitSet[] uses;
    private final BitSet[] kills;
    private final BitSet[] liveIn;
    private final int[] first;
    private final int[] last;

    Liveness(List<? extends BasicBlock<?>> blocks, int registers) {
        this.blocks = blocks;
        uses = sets(registers);
        kills = sets(registers);
        liveIn = sets(registers);
        first = new int[registers];
        last = new int[registers];
        java.util.Arrays.fill(first, Integer.MAX_VALUE);
        java.util.Arrays.fill(last, -1);
        for (BasicBlock<?> block : blocks) {
            summarise(block);
        }
        solve();
        stretch();
    }

    /** Position of the first step that needs the register kept; Integer.MAX_VALUE for one never used. */
    int first(int register) {
        return first[register];
    }

    /** Position of the last one. */
    int last(int register) {
        return last[register];
    }

    private BitSet[] sets(int registers) {
        BitSet[] sets = new BitSet[blocks.size()];
        for (int i = 0; i < sets.length; i++) {
            sets[i] = new BitSet(registers);
        }
        return sets;
    }

    private void summarise(BasicBlock<?> block) {
        BitSet used = uses[block.number()];
        BitSet killed = kills[block.number()];
        for (Step.Work<?> step : block.work()) {
            use(step, used, killed);
        }
        if (block.end() != null) {
            use(block.end(), used, killed);
        }
    }

    private static void use(Step<?> step, BitSet used, BitSet killed) {
        for (Value.Register register : step.reads()) {
            if (!killed.get(register.id())) {
                used.set(register.id());
            }
        }
        Step.Guard guard = step.guard();
        if (guard != null && !killed.get(guard.predicate().id())) {
            used.set(guard.predicate().id());
        }
        for (Value.Register register : step.writes()) {
            // Under a guard the old value survives in the other lanes.
            if (guard == null) {
                killed.set(register.id());
            } else if (!killed.get(register.id())) {
                used.set(register.id());
            }
        }
    }

    private void solve() {
        for (boolean changed = true; changed; ) {
            changed = false;
            for (int i = blocks.size() - 1; i >= 0; i--) {
                BitSet in = liveOut(blocks.get(i));
                in.andNot(kills[i]);
                in.or(uses[i]);
                if (!in.equals(liveIn[i])) {
                    liveIn[i] = in;
                    changed = true;
                }
            }
        }
    }

    private BitSet liveOut(BasicBlock<?> block) {
        BitSet out = new BitSet();
        for (int successor : block.successors()) {
            if (successor != ControlFlow.EXIT) {
                out.or(liveIn[successor]);
            }
        }
        return out;
    }

    private void stretch() {
        int position = 0;
        for (BasicBlock<?> block : blocks) {
            int start = position;
            for (Step.Work<?> step : block.work()) {
                touch(step, position++);
            }
            if (block.end() != null) {
                touch(block.end(), position);
            }
            position++;
            extend(liveIn[block.number()], start);
            extend(liveOut(block), position);
            position++;
        }
    }

    private void touch(Step<?> step, int position) {
        step.reads().forEach(register -> extend(register.id(), position));
        step.writes().forEach(register -> extend(register.id(), position));
        if (step.guard() != null) {
            extend(step.guard().predicate().id(), position);
        }
    }

    private void extend(BitSet registers, int position) {
        for (int i = registers.nextSetBit(0); i >= 0; i = registers.nextSetBit(i + 1)) {
            extend(i, position);
        }
    }

    private void extend(int register, int position) {
        first[register] = Math.min(first[register], position);
        last[register] = Math.max(last[register], position);
    }
}
