package io.penstock.gpuserver.software.ptx.run;

import io.penstock.gpuserver.software.ptx.PtxFault;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@code cp.async}: done at once, which is one of the times at which it may be done. */
public final class AsyncCopies {
    private static final int[] NONE = {};

    private AsyncCopies() {}

    /**
     * Copies to the addresses in the warp.
     *
     * @param from addresses in device memory
     * @param wanted how many bytes each lane reads, the rest being zeros; none given for all
     */
    @SuppressWarnings("checkstyle:parameternumber") // generated code calls it: one argument for each operand
    public static void copy(Warp warp, int mask, long[] from, long offset, int[] wanted, int bytes, int site) {
        for (int left = mask; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            int size = wanted.length == 0 ? bytes : wanted[lane];
            if (size < 0 || size > bytes) {
                throw warp.fault(PtxFault.Kind.ILLEGAL_INSTRUCTION, lane, "cp.async of " + size + " bytes of " + bytes);
            }
            long to = warp.raw[lane];
            if (size > 0) {
                long source = Addresses.source(warp, lane, from[lane] + offset, size, bytes, site);
                MemorySegment.copy(Loads.ALL, source, Loads.ALL, to, size);
            }
            for (int i = size; i < bytes; i++) {
                Loads.ALL.set(ValueLayout.JAVA_BYTE, to + i, (byte) 0);
            }
        }
    }

    /** Sizes of zero where the predicate says that the source is ignored. */
    public static int[] unlessIgnored(int ignored, int bytes) {
        int[] wanted = new int[Warp.LANES];
        for (int lane = 0; lane < Warp.LANES; lane++) {
            wanted[lane] = (ignored >>> lane & 1) != 0 ? 0 : bytes;
        }
        return wanted;
    }

    /** All of it, in every lane. */
    public static int[] whole() {
        return NONE;
    }
}
