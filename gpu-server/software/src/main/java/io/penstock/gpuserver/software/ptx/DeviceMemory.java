package io.penstock.gpuserver.software.ptx;

import org.jspecify.annotations.Nullable;

/**
 * The device memory that kernels may touch: live allocations whose device addresses are native addresses of this process.
 *
 * <p>What {@link #rangeOf} has answered stays mapped and readable until the launch that asked has returned.
 * Any thread may ask at any time; the answer is cached by the asking warp, so it need not be fast.
 */
public interface DeviceMemory {
    /** The live allocation that holds the address, or null where there is none. */
    @Nullable
    Range rangeOf(long address);

    /** As {@link #rangeOf}, of what kernels may write; what they may only read (cuMemSetAccess) is none. */
    @Nullable
    default Range writableRangeOf(long address) {
        return rangeOf(address);
    }

    /** The constants of one module, among which the address is, or null where there are none. */
    @Nullable
    default Range constantRangeOf(long address) {
        return rangeOf(address);
    }

    /**
     * One live allocation, {@code start <= address < end}.
     *
     * @param start first byte's address
     * @param end address after the last byte
     */
    record Range(long start, long end) {}
}
