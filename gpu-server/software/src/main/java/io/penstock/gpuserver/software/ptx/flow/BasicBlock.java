package io.penstock.gpuserver.software.ptx.flow;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Steps without a way in except the first and a way out except the last.
 *
 * @param number its place in the function; the next block is where it falls through
 * @param work the steps before the last
 * @param end the last step if it is not plain work, else null: the block falls through
 * @param successors numbers of the blocks that may follow; {@link ControlFlow#EXIT} for leaving
 */
public record BasicBlock<C>(
        int number, List<Step.Work<C>> work, @Nullable Step<C> end, List<Integer> successors) {}
