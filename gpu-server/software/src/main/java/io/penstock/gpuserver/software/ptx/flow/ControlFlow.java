package io.penstock.gpuserver.software.ptx.flow;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A function's blocks and, for each, where lanes that part at its end are all together again.
 *
 * @param <C> what bytecode is written to
 */
public final class ControlFlow<C> {
    /** The number that stands for having left the function. */
    public static final int EXIT = -1;

    private final List<BasicBlock<C>> blocks;
    private final Map<String, Integer> labels;
    private final int[] meeting;

    private ControlFlow(List<BasicBlock<C>> blocks, Map<String, Integer> labels) {
        this.blocks = blocks;
        this.labels = labels;
        this.meeting = PostDominators.of(blocks);
    }

    /** Cuts the steps into blocks of at most the given number of steps. */
    public static <C> ControlFlow<C> of(List<Step<C>> steps, int stepsPerBlock) throws UnknownLabel {
        Cutter<C> cutter = new Cutter<>(steps, stepsPerBlock);
        return new ControlFlow<>(cutter.blocks(), cutter.labels);
    }

    /** The blocks by number, in the order of the text. */
    public List<BasicBlock<C>> blocks() {
        return blocks;
    }

    /** The number of the block that begins at the label. */
    public int blockOf(String label) {
        return labels.getOrDefault(label, EXIT);
    }

    /** The immediate post-dominator of a block, or {@link #EXIT}. */
    public int meetingPointOf(int block) {
        return meeting[block];
    }

    /** A branch to a label that the function does not have. */
    public static final class UnknownLabel extends Exception {
        private static final long serialVersionUID = 1L;
        private final int line;
        private final String reason;

        UnknownLabel(int line, String label) {
            super("no label " + label + " in this function");
            this.line = line;
            this.reason = "no label " + label + " in this function";
        }

        /** What is wrong. */
        public String reason() {
            return reason;
        }

        /** The branch's line. */
        public int line() {
            return line;
        }
    }

    private static final class Cutter<C> {
        private final List<Step<C>> steps;
        private final int limit;
        private final Map<String, Integer> labels = new HashMap<>();
        private final List<List<Step<C>>> cut = new ArrayList<>();

        Cutter(List<Step<C>> steps, int limit) {
            this.steps = steps;
            this.limit = limit;
        }

        List<BasicBlock<C>> blocks() throws UnknownLabel {
            List<Step<C>> current = new ArrayList<>();
            for (Step<C> step : steps) {
                if (step instanceof Step.Label<C> label) {
                    current = flush(current);
                    labels.put(label.name(), cut.size());
                    continue;
                }
                boolean alone = step instanceof Step.Pause<C>;
                if (alone) {
                    current = flush(current);
                }
                current.add(step);
                if (!(step instanceof Step.Work<C>) || current.size() >= limit) {
                    current = flush(current);
                }
            }
            flush(current);
            return link();
        }

        private List<Step<C>> flush(List<Step<C>> current) {
            if (current.isEmpty()) {
                return current;
            }
            cut.add(current);
            return new ArrayList<>();
        }

        private List<BasicBlock<C>> link() throws UnknownLabel {
            List<BasicBlock<C>> blocks = new ArrayList<>();
            for (int number = 0; number < cut.size(); number++) {
                List<Step<C>> all = cut.get(number);
                @Nullable Step<C> last = all.isEmpty() ? null : all.get(all.size() - 1);
                @Nullable Step<C> end = last instanceof Step.Work<C> ? null : last;
                List<Step.Work<C>> work = new ArrayList<>();
                for (Step<C> step : all) {
                    if (step instanceof Step.Work<C> plain) {
                        work.add(plain);
                    }
                }
                blocks.add(new BasicBlock<>(number, work, end, successors(number, end)));
            }
            return blocks;
        }

        private List<Integer> successors(int number, @Nullable Step<C> end) throws UnknownLabel {
            int next = number + 1 < cut.size() ? number + 1 : EXIT;
            if (end instanceof Step.Branch<C> branch) {
                int target = resolve(branch.line(), branch.target());
                return branch.guard() == null ? List.of(target) : List.of(target, next);
            }
            if (end instanceof Step.IndexedBranch<C> branch) {
                List<Integer> all = new ArrayList<>();
                for (String target : branch.targets()) {
                    all.add(resolve(branch.line(), target));
                }
                return all;
            }
            if (end instanceof Step.Leave<C> leave) {
                return leave.guard() == null ? List.of(EXIT) : List.of(EXIT, next);
            }
            return List.of(next);
        }

        private int resolve(int line, String label) throws UnknownLabel {
            @Nullable Integer block = labels.get(label);
            if (block == null) {
                throw new UnknownLabel(line, label);
            }
            return block;
        }
    }
}
