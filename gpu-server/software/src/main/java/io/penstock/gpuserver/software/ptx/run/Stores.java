package io.penstock.gpuserver.software.ptx.run;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/** Writes memory whose addresses {@link Addresses} has just put into the warp, lower lanes first. */
public final class Stores {
    private static final MemorySegment ALL = Loads.ALL;

    private Stores() {}

    /** The low bytes. */
    public static void bits8(Warp warp, int mask, int[] from, int displacement) {
        long[] raw = warp.raw;
        if (mask == -1) {
            for (int i = 0; i < Warp.LANES; i++) {
                ALL.set(ValueLayout.JAVA_BYTE, raw[i] + displacement, (byte) from[i]);
            }
            return;
        }
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            ALL.set(ValueLayout.JAVA_BYTE, raw[lane] + displacement, (byte) from[lane]);
        }
    }

    /** The low halves. */
    public static void bits16(Warp warp, int mask, int[] from, int displacement) {
        long[] raw = warp.raw;
        if (mask == -1) {
            for (int i = 0; i < Warp.LANES; i++) {
                ALL.set(ValueLayout.JAVA_SHORT_UNALIGNED, raw[i] + displacement, (short) from[i]);
            }
            return;
        }
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            ALL.set(ValueLayout.JAVA_SHORT_UNALIGNED, raw[lane] + displacement, (short) from[lane]);
        }
    }

    /** Words. */
    public static void bits32(Warp warp, int mask, int[] from, int displacement) {
        long[] raw = warp.raw;
        if (mask == -1) {
            for (int i = 0; i < Warp.LANES; i++) {
                ALL.set(ValueLayout.JAVA_INT_UNALIGNED, raw[i] + displacement, from[i]);
            }
            return;
        }
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            ALL.set(ValueLayout.JAVA_INT_UNALIGNED, raw[lane] + displacement, from[lane]);
        }
    }

    /** Doublewords. */
    public static void bits64(Warp warp, int mask, long[] from, int displacement) {
        long[] raw = warp.raw;
        if (mask == -1) {
            for (int i = 0; i < Warp.LANES; i++) {
                ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, raw[i] + displacement, from[i]);
            }
            return;
        }
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, raw[lane] + displacement, from[lane]);
        }
    }

    /** What other threads must see of earlier writes before the next one. */
    public static void release() {
        VarHandle.releaseFence();
    }

    /** A fence of any scope. */
    public static void fence() {
        VarHandle.fullFence();
    }
}
