package io.penstock.gpuserver.software;

import java.io.OutputStream;

/**
 * What a software GPU driver offers.
 *
 * @param devices number of devices, 1 to {@link #DEVICES_MAX}
 * @param memoryBytes memory of each device, at least {@link #MEMORY_BYTES_MIN}; rounded down to 2 MiB
 * @param server the server's name; with the ordinal it decides a device's UUID
 * @param output where device printf and assert text goes
 */
public record SoftwareConfig(int devices, long memoryBytes, String server, OutputStream output) {
    public static final int DEVICES_MAX = 16;
    public static final long MEMORY_BYTES_MIN = 32L << 20;

    public SoftwareConfig {
        if (devices < 1 || devices > DEVICES_MAX) {
            throw new IllegalArgumentException("software GPUs: " + devices + " is not 1 to " + DEVICES_MAX);
        }
        if (memoryBytes < MEMORY_BYTES_MIN) {
            throw new IllegalArgumentException(
                    "software GPU memory: " + memoryBytes + " bytes is less than " + MEMORY_BYTES_MIN);
        }
        memoryBytes -= memoryBytes % AddressSpace.CHUNK_BYTES;
    }
}
