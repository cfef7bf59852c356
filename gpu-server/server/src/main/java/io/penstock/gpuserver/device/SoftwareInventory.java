package io.penstock.gpuserver.device;

import io.penstock.protocol.appliance.GpuReport;
import io.penstock.protocol.appliance.GpuUsage;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * The software GPUs of a server: known by configuration alone, so that the daemon needs no driver.
 *
 * @param devices how many
 * @param memoryBytes of each
 * @param server the server's name, from which the UUIDs are made as the driver makes them
 */
public record SoftwareInventory(int devices, long memoryBytes, String server) implements Inventory {
    /** What the software driver calls its devices. */
    public static final String NAME = "Penstock Software GPU";

    private static final int DRIVER_VERSION = 13000;

    /** The UUID of a device in NVML's form. */
    public static String uuid(String server, int ordinal) {
        byte[] name = ("penstock-software:" + server + ":" + ordinal).getBytes(StandardCharsets.UTF_8);
        return "GPU-" + UUID.nameUUIDFromBytes(name);
    }

    @Override
    public List<Gpu> look() {
        return IntStream.range(0, devices).mapToObj(this::one).toList();
    }

    private Gpu one(int ordinal) {
        String uuid = uuid(server, ordinal);
        return new Gpu(
                new GpuReport(uuid, ordinal, NAME, memoryBytes, "8.0", "software"),
                new GpuUsage(uuid, 0, 0, 0, 0, true),
                "00000000:" + String.format("%02X", ordinal + 1) + ":00.0");
    }

    @Override
    public int driverVersion() {
        return DRIVER_VERSION;
    }

    @Override
    public String driverText() {
        return "software";
    }
}
