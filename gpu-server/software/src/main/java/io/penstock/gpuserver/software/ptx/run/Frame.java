package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.check.SpecialRegister;
import io.penstock.gpuserver.software.ptx.check.Symbols;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One warp's activation of one function: registers, and which lanes are where.
 *
 * <p>Lanes that parted wait on a stack of entries (where to go on, which lanes, where that entry ends). The top entry is
 * in {@link #mask} and {@link #meeting}; it ends when control comes to its meeting point, and the entry below goes on.
 * Owned by the thread that runs the block.
 */
public final class Frame {
    /** Frames begin at multiples of this many bytes, enough for any vector. */
    private static final int STACK_ALIGNMENT = 16;

    private static final long[] NO_STACK = {};

    /** Words, then special registers, then word constants: each 32 lanes. */
    public final int[][] words;

    /** Longs, then long constants. */
    public final long[][] longs;

    /** One bit a lane; the last one is the carry flag. */
    public final int[] predicates;

    /** Lanes that execute now. */
    public int mask;

    /** The block at which the top entry ends, or -1 if only leaving ends it. */
    public int meeting;

    /** Where to go on after a pause. */
    public int resume;

    /** Where this frame's local variables start in every thread's local memory. */
    public long localBase;

    final ProgramFunction function;

    @Nullable
    Frame caller;

    @Nullable
    CallSite site;

    @Nullable
    Frame spare;

    /** Where each lane's stack ends, counted from its local memory's start; none until something is allocated on it. */
    private long[] stack = NO_STACK;

    private int gone;
    private int depth;
    private int[] savedBlocks = new int[8];
    private int[] savedMasks = new int[8];
    private int[] savedMeetings = new int[8];

    Frame(ProgramFunction function, int[][] specials) {
        this.function = function;
        FunctionShape shape = function.shape();
        List<SpecialRegister> used = shape.specials();
        words = new int[shape.words() + used.size() + shape.wordConstants()][];
        longs = new long[shape.longs() + shape.longConstants()][];
        predicates = new int[shape.predicates() + 1];
        for (int i = 0; i < shape.words(); i++) {
            words[i] = new int[Warp.LANES];
        }
        for (int i = 0; i < used.size(); i++) {
            words[shape.words() + i] = specials[used.get(i).row()];
        }
        System.arraycopy(
                function.wordConstants(), 0, words, shape.words() + used.size(), function.wordConstants().length);
        for (int i = 0; i < shape.longs(); i++) {
            longs[i] = new long[Warp.LANES];
        }
        System.arraycopy(function.longConstants(), 0, longs, shape.longs(), function.longConstants().length);
    }

    private Frame(Frame of, int lanes) {
        function = of.function;
        words = of.words;
        longs = of.longs;
        predicates = of.predicates;
        mask = of.mask & lanes;
        meeting = of.meeting;
        resume = of.resume;
        localBase = of.localBase;
        stack = of.stack;
        site = of.site;
        gone = of.gone | ~lanes;
        depth = of.depth;
        savedBlocks = of.savedBlocks.clone();
        savedMasks = of.savedMasks.clone();
        savedMeetings = of.savedMeetings.clone();
    }

    /** The same activation for some of its lanes alone: the registers are shared, the ways ahead are not. */
    Frame fork(int lanes) {
        return new Frame(this, lanes);
    }

    /** Whether both are one activation with the same way ahead; the lanes are those of each one's strand. */
    @SuppressWarnings("ReferenceEquality") // the tables are the activation: equal ones of another would not do
    boolean isAt(Frame other, int lanes, int otherLanes) {
        if (words != other.words
                || longs != other.longs
                || resume != other.resume
                || !Objects.equals(site, other.site)) {
            return false;
        }
        dropEmpty(lanes);
        other.dropEmpty(otherLanes);
        return meeting == other.meeting
                && depth == other.depth
                && Arrays.equals(savedBlocks, 0, depth, other.savedBlocks, 0, depth)
                && Arrays.equals(savedMeetings, 0, depth, other.savedMeetings, 0, depth);
    }

    /** Takes in the lanes of a frame that {@link #isAt} found in the same place. */
    void absorb(Frame other, int lanes, int otherLanes) {
        mask = (mask & lanes) | (other.mask & otherLanes);
        for (int i = 0; i < depth; i++) {
            savedMasks[i] = (savedMasks[i] & lanes & ~gone) | (other.savedMasks[i] & otherLanes & ~other.gone);
        }
        gone = (gone & lanes) | (other.gone & otherLanes) | ~(lanes | otherLanes);
        for (int left = other.stack.length == 0 ? 0 : otherLanes; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            stack()[lane] = other.stack[lane];
        }
    }

    private void dropEmpty(int lanes) {
        int kept = 0;
        for (int i = 0; i < depth; i++) {
            if ((savedMasks[i] & lanes & ~gone) != 0) {
                savedBlocks[kept] = savedBlocks[i];
                savedMasks[kept] = savedMasks[i];
                savedMeetings[kept++] = savedMeetings[i];
            }
        }
        depth = kept;
    }

    void start(int lanes, @Nullable Frame from, @Nullable CallSite callSite, long base) {
        mask = lanes;
        meeting = -1;
        resume = 0;
        gone = 0;
        depth = 0;
        caller = from;
        site = callSite;
        localBase = base;
        stack = NO_STACK;
    }

    /** Where a callee's frame may begin: behind what any of the lanes has on its stack. */
    long stackEnd(int lanes) {
        long end = localBase + function.shape().frameBytes();
        for (int left = stack.length == 0 ? 0 : lanes; left != 0; left &= left - 1) {
            end = Math.max(end, stack[Integer.numberOfTrailingZeros(left)]);
        }
        return Symbols.align(end, STACK_ALIGNMENT);
    }

    /** Every lane's end of the stack, for whoever moves it. */
    long[] stack() {
        if (stack.length == 0) {
            stack = new long[Warp.LANES];
            Arrays.fill(stack, localBase + function.shape().frameBytes());
        }
        return stack;
    }

    /**
     * Lanes part: some go to one block, the rest of the active ones to another, and they meet again at a third, or never
     * if that is negative. Both sets have lanes and the two blocks differ.
     *
     * @return the block to go on with, for the lanes now in {@link #mask}
     */
    public int part(int taken, int target, int other, int meet) {
        int rest = mask & ~taken;
        if (meet != meeting) {
            push(meet, mask, meeting);
        }
        meeting = meet;
        if (other == meet) {
            mask = taken;
            return target;
        }
        if (target == meet) {
            mask = rest;
            return other;
        }
        push(other, rest, meet);
        mask = taken;
        return target;
    }

    /** Each active lane goes where its index points; the indexes past the end stay with the last target, as undefined. */
    public int partIndexed(int[] index, int[] targets, int meet) {
        if (meet != meeting) {
            push(meet, mask, meeting);
        }
        meeting = meet;
        int left = mask;
        int first = -1;
        int firstMask = 0;
        while (left != 0) {
            int target = target(index, targets, Integer.numberOfTrailingZeros(left));
            int together = 0;
            for (int lanes = left; lanes != 0; lanes &= lanes - 1) {
                int lane = Integer.numberOfTrailingZeros(lanes);
                together |= target(index, targets, lane) == target ? 1 << lane : 0;
            }
            left &= ~together;
            if (target != meet && first >= 0) {
                push(target, together, meet);
            } else if (target != meet) {
                first = target;
                firstMask = together;
            }
        }
        mask = firstMask;
        return first >= 0 ? first : meet();
    }

    /** Some lanes call a function; the rest come back to the block, and all meet at the next one. */
    void partForCall(int calling, int block, int next) {
        int rest = mask & ~calling;
        if (next != meeting) {
            push(next, mask, meeting);
        }
        meeting = next;
        push(block, rest, next);
        mask = calling;
    }

    private static int target(int[] index, int[] targets, int lane) {
        return targets[Math.min(Math.max(index[lane], 0), targets.length - 1)];
    }

    /** Control has come to the meeting point: the entry below goes on at the block returned. */
    public int meet() {
        do {
            pop();
        } while (mask == 0 && depth > 0);
        return mask == 0 ? FunctionCode.RETURNED : resume;
    }

    /** Lanes leave the function for good; the block to go on with, or RETURNED when none is left. */
    public int leave(int lanes, int next) {
        gone |= lanes;
        mask &= ~lanes;
        if (mask != 0) {
            return next;
        }
        return depth > 0 ? meet() : FunctionCode.RETURNED;
    }

    /** Lanes have ended in a called function: they are gone from every entry. */
    int forget(int lanes) {
        return leave(lanes, resume);
    }

    private void pop() {
        depth--;
        resume = savedBlocks[depth];
        mask = savedMasks[depth] & ~gone;
        meeting = savedMeetings[depth];
    }

    private void push(int block, int lanes, int until) {
        if (depth == savedBlocks.length) {
            savedBlocks = Arrays.copyOf(savedBlocks, 2 * depth);
            savedMasks = Arrays.copyOf(savedMasks, 2 * depth);
            savedMeetings = Arrays.copyOf(savedMeetings, 2 * depth);
        }
        savedBlocks[depth] = block;
        savedMasks[depth] = lanes;
        savedMeetings[depth] = until;
        depth++;
    }
}
