package io.penstock.protocol.identity;

/**
 * One GPU of a lease.
 *
 * @param uuid the GPU's name, as NVML gives it ({@code GPU-…})
 * @param memoryBytes how much of its memory the holder may use, in bytes, all its processes together; above zero
 */
public record LeasedGpu(String uuid, long memoryBytes) {
    /** Checks that there is a limit. */
    public LeasedGpu {
        if (uuid.isBlank() || memoryBytes <= 0) {
            throw new IllegalArgumentException("a leased GPU needs a UUID and memory: '" + uuid + "', " + memoryBytes);
        }
    }
}
