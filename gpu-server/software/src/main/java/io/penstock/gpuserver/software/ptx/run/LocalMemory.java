package io.penstock.gpuserver.software.ptx.run;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** The local memory of a warp's threads, one stretch for each lane; grows as calls nest. */
final class LocalMemory {
    static final long BYTES_MAX = 512 << 10;

    private static final long STRIDE_MIN = 64;

    private final ThreadBlock block;
    private MemorySegment bytes = MemorySegment.NULL;
    private long stride;

    LocalMemory(ThreadBlock block) {
        this.block = block;
    }

    long address() {
        return bytes.address();
    }

    long stride() {
        return stride;
    }

    /** Makes room; at most {@link #BYTES_MAX}. */
    void reserve(long wanted) {
        if (wanted <= stride) {
            return;
        }
        long wider = Math.max(STRIDE_MIN, Long.highestOneBit(wanted - 1) << 1);
        MemorySegment larger = block.allocate(wider * Warp.LANES);
        for (int lane = 0; lane < Warp.LANES && stride > 0; lane++) {
            MemorySegment.copy(bytes, lane * stride, larger, lane * wider, stride);
        }
        bytes = larger;
        stride = wider;
    }

    /** Arguments to a callee's slots, or results back, in each of the lanes. */
    void copy(int lanes, long fromBase, List<CallSite.Slot> from, long toBase, List<CallSite.Slot> to) {
        int count = Math.min(from.size(), to.size());
        for (int i = 0; i < count; i++) {
            long size = Math.min(from.get(i).size(), to.get(i).size());
            for (int left = lanes; left != 0; left &= left - 1) {
                long start = Integer.numberOfTrailingZeros(left) * stride;
                MemorySegment.copy(
                        bytes,
                        start + fromBase + from.get(i).offset(),
                        bytes,
                        start + toBase + to.get(i).offset(),
                        size);
            }
        }
    }
}
