package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.PtxFault;
import io.penstock.gpuserver.software.ptx.math.PhaseWord;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * {@code mbarrier} on objects whose addresses {@link Addresses} has just put into the warp; lower lanes first, each
 * indivisible towards every other thread. What the ISA leaves undefined, as arriving where nothing was initialised, faults.
 */
public final class Mbarriers {
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    private Mbarriers() {}

    /** {@code mbarrier.init}. */
    public static void initialise(Warp warp, int mask, int[] counts) {
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            int count = checked(warp, lane, counts[lane], PhaseWord.COUNT_MAX);
            LONG.setVolatile(Loads.ALL, warp.raw[lane], PhaseWord.first(count));
        }
    }

    /** {@code mbarrier.inval}. */
    public static void invalidate(Warp warp, int mask) {
        for (int left = mask; left != 0; left &= left - 1) {
            LONG.setVolatile(Loads.ALL, warp.raw[Integer.numberOfTrailingZeros(left)], 0L);
        }
    }

    /**
     * {@code mbarrier.arrive} and {@code arrive_drop}.
     *
     * @param to gets what the object held before
     * @param completes whether the phase may end by this
     */
    public static void arrive(Warp warp, int mask, long[] to, int[] counts, boolean drops, boolean completes) {
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            int count = counts[lane];
            long old;
            long next;
            do {
                old = initialised(warp, lane);
                checked(warp, lane, count, PhaseWord.pending(old) - (completes ? 0 : 1));
                next = PhaseWord.arrive(old, count, drops ? count : 0);
            } while (!LONG.compareAndSet(Loads.ALL, warp.raw[lane], old, next));
            to[lane] = old;
        }
    }

    /**
     * {@code cp.async.mbarrier.arrive} without {@code .noinc}: one arrival more is pending until the copies are done, which
     * they are.
     */
    public static void copied(Warp warp, int mask) {
        for (int left = mask; left != 0; left &= left - 1) {
            initialised(warp, Integer.numberOfTrailingZeros(left));
        }
    }

    /** {@code mbarrier.test_wait}: the lanes for which the phase of the state, or of the parity, is over. */
    public static int isOver(Warp warp, int mask, long[] states) {
        int over = 0;
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            over |= PhaseWord.parity(initialised(warp, lane)) != PhaseWord.parity(states[lane]) ? 1 << lane : 0;
        }
        warp.tried(over == mask);
        return over;
    }

    /** {@code mbarrier.test_wait.parity}. */
    public static int isOver(Warp warp, int mask, int[] parities) {
        int over = 0;
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            over |= PhaseWord.parity(initialised(warp, lane)) != (parities[lane] & 1) ? 1 << lane : 0;
        }
        warp.tried(over == mask);
        return over;
    }

    private static long initialised(Warp warp, int lane) {
        long word = (long) LONG.getVolatile(Loads.ALL, warp.raw[lane]);
        if (!PhaseWord.isObject(word)) {
            throw warp.fault(PtxFault.Kind.ILLEGAL_INSTRUCTION, lane, "there is no initialised mbarrier object");
        }
        return word;
    }

    private static int checked(Warp warp, int lane, int count, int most) {
        if (count < 1 || count > most) {
            throw warp.fault(
                    PtxFault.Kind.ILLEGAL_INSTRUCTION,
                    lane,
                    Integer.toUnsignedString(count) + " arrivals at an mbarrier object, from 1 to " + most + " can be");
        }
        return count;
    }
}
