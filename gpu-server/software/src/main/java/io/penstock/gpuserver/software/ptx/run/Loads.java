package io.penstock.gpuserver.software.ptx.run;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/** Reads memory whose addresses {@link Addresses} has just put into the warp, each lane its own. */
public final class Loads {
    /** All of memory: every address comes from {@link Addresses}. */
    static final MemorySegment ALL = all();

    private Loads() {}

    @SuppressWarnings(
            "restricted") // device memory is native memory; the law of Addresses stands in for a segment's bounds
    private static MemorySegment all() {
        return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    }

    /** Bytes, zero-extended. */
    public static void unsigned8(Warp warp, int mask, int[] to, int displacement) {
        long[] raw = warp.raw;
        if (mask == -1) {
            for (int i = 0; i < Warp.LANES; i++) {
                to[i] = ALL.get(ValueLayout.JAVA_BYTE, raw[i] + displacement) & 0xff;
            }
            return;
        }
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            to[lane] = ALL.get(ValueLayout.JAVA_BYTE, raw[lane] + displacement) & 0xff;
        }
    }

    /** Bytes, sign-extended. */
    public static void signed8(Warp warp, int mask, int[] to, int displacement) {
        long[] raw = warp.raw;
        if (mask == -1) {
            for (int i = 0; i < Warp.LANES; i++) {
                to[i] = ALL.get(ValueLayout.JAVA_BYTE, raw[i] + displacement);
            }
            return;
        }
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            to[lane] = ALL.get(ValueLayout.JAVA_BYTE, raw[lane] + displacement);
        }
    }

    /** Halves, zero-extended. */
    public static void unsigned16(Warp warp, int mask, int[] to, int displacement) {
        long[] raw = warp.raw;
        if (mask == -1) {
            for (int i = 0; i < Warp.LANES; i++) {
                to[i] = ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, raw[i] + displacement) & 0xffff;
            }
            return;
        }
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            to[lane] = ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, raw[lane] + displacement) & 0xffff;
        }
    }

    /** Halves, sign-extended. */
    public static void signed16(Warp warp, int mask, int[] to, int displacement) {
        long[] raw = warp.raw;
        if (mask == -1) {
            for (int i = 0; i < Warp.LANES; i++) {
                to[i] = ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, raw[i] + displacement);
            }
            return;
        }
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            to[lane] = ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, raw[lane] + displacement);
        }
    }

    /** Words. */
    public static void bits32(Warp warp, int mask, int[] to, int displacement) {
        long[] raw = warp.raw;
        if (mask == -1) {
            for (int i = 0; i < Warp.LANES; i++) {
                to[i] = ALL.get(ValueLayout.JAVA_INT_UNALIGNED, raw[i] + displacement);
            }
            return;
        }
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            to[lane] = ALL.get(ValueLayout.JAVA_INT_UNALIGNED, raw[lane] + displacement);
        }
    }

    /** Doublewords. */
    public static void bits64(Warp warp, int mask, long[] to, int displacement) {
        long[] raw = warp.raw;
        if (mask == -1) {
            for (int i = 0; i < Warp.LANES; i++) {
                to[i] = ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, raw[i] + displacement);
            }
            return;
        }
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            to[lane] = ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, raw[lane] + displacement);
        }
    }

    /** What a read of these bytes must see of other threads' writes before it. */
    public static void acquire() {
        VarHandle.acquireFence();
    }
}
