package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.check.Symbols;

/**
 * {@code alloca} and its kin: bytes of local memory behind the running function's frame, each lane's own, gone when the function
 * returns. Here a stack grows upwards; PTX ISA says downwards, but gives a program no means to tell.
 */
public final class StackMemory {
    private StackMemory() {}

    /** {@code alloca}: where the bytes begin, in local memory. */
    public static void allocate(Warp warp, Frame frame, int mask, long[] to, long[] sizes, int alignment) {
        long[] stack = frame.stack();
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            long start = Symbols.align(stack[lane], alignment);
            long end = start + Math.clamp(sizes[lane], 0, LocalMemory.BYTES_MAX + 1);
            warp.reserveLocal(sizes[lane] < 0 ? Long.MAX_VALUE : end);
            stack[lane] = end;
            to[lane] = start;
        }
    }

    /** {@code stacksave}. */
    public static void save(Frame frame, int mask, long[] to) {
        long[] stack = frame.stack();
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            to[lane] = stack[lane];
        }
    }

    /** {@code stackrestore}; what is no place of this function's stack is taken for the nearest. */
    public static void restore(Frame frame, int mask, long[] from) {
        long[] stack = frame.stack();
        long least = frame.localBase + frame.function.shape().frameBytes();
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            stack[lane] = Math.clamp(from[lane], least, Math.max(least, stack[lane]));
        }
    }
}
