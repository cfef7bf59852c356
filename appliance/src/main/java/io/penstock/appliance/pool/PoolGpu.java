package io.penstock.appliance.pool;

/**
 * One GPU in a snapshot.
 *
 * @param uuid NVML's name for it
 * @param index its number on its server
 * @param totalBytes all its memory
 * @param leasedBytes memory promised to leases in force; at most all of it
 * @param healthy whether it may be leased
 */
public record PoolGpu(String uuid, int index, long totalBytes, long leasedBytes, boolean healthy) {
    /** Memory that a lease could still have. */
    public long freeBytes() {
        return totalBytes - leasedBytes;
    }

    /** Whether nobody has any part of it. */
    public boolean untouched() {
        return leasedBytes == 0;
    }
}
