package io.penstock.gpuserver.software.ptx.run;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * Read-modify-write of memory whose addresses {@link Addresses} has just put into the warp; lower lanes first, each
 * indivisible towards every other thread of the grid and towards the host. Swaps and sums that change nothing in any
 * lane count as failures to take a lock. A sum of singles flushes subnormal numbers unless it is in shared memory (PTX ISA,
 * atom).
 */
public final class Atomics {
    private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    private Atomics() {}

    /** Words; {@code to} gets what was there before. */
    public static void update(Warp warp, int mask, int[] to, int[] operand, AtomicOperation operation) {
        boolean changed = false;
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            long address = warp.raw[lane];
            int with = operand[lane];
            if (operation == AtomicOperation.ADD) {
                to[lane] = (int) WORD.getAndAdd(Loads.ALL, address, with);
                changed |= with != 0;
                continue;
            }
            boolean flushes =
                    operation == AtomicOperation.ADD_FLOAT && !warp.block().isShared(address);
            AtomicOperation meant = flushes ? AtomicOperation.ADD_FLUSHED : operation;
            int old;
            do {
                old = (int) WORD.getVolatile(Loads.ALL, address);
            } while (!WORD.compareAndSet(Loads.ALL, address, old, meant.apply(old, with)));
            to[lane] = old;
            changed |= old != with;
        }
        if (operation == AtomicOperation.EXCH || operation == AtomicOperation.ADD) {
            warp.tried(changed);
        }
    }

    /** Doublewords. */
    public static void update(Warp warp, int mask, long[] to, long[] operand, AtomicOperation operation) {
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            long address = warp.raw[lane];
            long with = operand[lane];
            long old;
            do {
                old = (long) LONG.getVolatile(Loads.ALL, address);
            } while (!LONG.compareAndSet(Loads.ALL, address, old, operation.apply(old, with)));
            to[lane] = old;
        }
    }

    /** Halves, by way of the word around each. */
    public static void update16(Warp warp, int mask, int[] to, int[] operand, AtomicOperation operation) {
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            long address = warp.raw[lane] & -4;
            int shift = (int) (warp.raw[lane] & 2) * 8;
            int old;
            int next;
            do {
                old = (int) WORD.getVolatile(Loads.ALL, address);
                int half = operation.apply(old >>> shift & 0xffff, operand[lane]) & 0xffff;
                next = (old & ~(0xffff << shift)) | half << shift;
            } while (!WORD.compareAndSet(Loads.ALL, address, old, next));
            to[lane] = old >>> shift & 0xffff;
        }
    }

    /** {@code atom.cas} of words. */
    public static void compareAndSwap(Warp warp, int mask, int[] to, int[] expected, int[] next) {
        boolean done = false;
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            int wanted = expected[lane];
            to[lane] = (int) WORD.compareAndExchange(Loads.ALL, warp.raw[lane], wanted, next[lane]);
            done |= to[lane] == wanted;
        }
        warp.tried(done);
    }

    /** {@code atom.cas} of doublewords. */
    public static void compareAndSwap(Warp warp, int mask, long[] to, long[] expected, long[] next) {
        boolean done = false;
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            long wanted = expected[lane];
            to[lane] = (long) LONG.compareAndExchange(Loads.ALL, warp.raw[lane], wanted, next[lane]);
            done |= to[lane] == wanted;
        }
        warp.tried(done);
    }

    /** {@code atom.cas} of halves. */
    public static void compareAndSwap16(Warp warp, int mask, int[] to, int[] expected, int[] next) {
        boolean done = false;
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            long address = warp.raw[lane] & -4;
            int shift = (int) (warp.raw[lane] & 2) * 8;
            int wanted = expected[lane] & 0xffff;
            int word;
            int half;
            do {
                word = (int) WORD.getVolatile(Loads.ALL, address);
                half = word >>> shift & 0xffff;
            } while (half == wanted
                    && !WORD.compareAndSet(
                            Loads.ALL, address, word, (word & ~(0xffff << shift)) | (next[lane] & 0xffff) << shift));
            to[lane] = half;
            done |= half == wanted;
        }
        warp.tried(done);
    }
}
