package io.penstock.gpuserver.software;

import java.io.OutputStream;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a software GPU driver offers.
 *
 * @param slots the server's devices that this driver shows, in this order, as CUDA_VISIBLE_DEVICES would name them; 1 to
 *     {@link #DEVICES_MAX} of them, each below that number and no two alike
 * @param memoryBytes memory of each device, at least {@link #MEMORY_BYTES_MIN}; rounded down to 2 MiB
 * @param server the server's name; with the slot it decides a device's UUID
 * @param output where text that kernels print goes
 * @param errors where failed assertions are told, and why an image was refused
 */
public record SoftwareConfig(
        List<Integer> slots, long memoryBytes, String server, OutputStream output, OutputStream errors) {
    public static final int DEVICES_MAX = 16;
    public static final long MEMORY_BYTES_MIN = 32L << 20;

    public SoftwareConfig {
        slots = List.copyOf(slots);
        if (slots.isEmpty() || slots.size() > DEVICES_MAX) {
            throw new IllegalArgumentException("software GPUs: " + slots.size() + " is not 1 to " + DEVICES_MAX);
        }
        for (int slot : slots) {
            if (slot < 0 || slot >= DEVICES_MAX) {
                throw new IllegalArgumentException("software GPU " + slot + " is not 0 to " + (DEVICES_MAX - 1));
            }
        }
        if (slots.stream().distinct().count() != slots.size()) {
            throw new IllegalArgumentException("software GPUs " + slots + ": one is named twice");
        }
        if (memoryBytes < MEMORY_BYTES_MIN) {
            throw new IllegalArgumentException(
                    "software GPU memory: " + memoryBytes + " bytes is less than " + MEMORY_BYTES_MIN);
        }
        memoryBytes -= memoryBytes % AddressSpace.CHUNK_BYTES;
    }

    /** All of a server's devices, the first one first, and one place for all text. */
    public static SoftwareConfig of(int devices, long memoryBytes, String server, OutputStream output) {
        return of(devices, memoryBytes, server, output, output);
    }

    /** All of a server's devices, the first one first. */
    public static SoftwareConfig of(
            int devices, long memoryBytes, String server, OutputStream output, OutputStream errors) {
        return new SoftwareConfig(IntStream.range(0, devices).boxed().toList(), memoryBytes, server, output, errors);
    }
}
