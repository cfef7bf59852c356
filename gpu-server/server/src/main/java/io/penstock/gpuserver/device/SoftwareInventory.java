package io.penstock.gpuserver.device;

import io.penstock.protocol.appliance.GpuReport;
import io.penstock.protocol.appliance.GpuUsage;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
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

    /** nvmlGpuP2PCapsIndex_t: reads, writes, NVLink, atomics, PCI; nvmlGpuP2PStatus_t: 0 yes, 5 no. */
    private static final Map<String, String> PEER =
            Map.of("p2p.0", "0", "p2p.1", "0", "p2p.2", "5", "p2p.3", "0", "p2p.4", "5");

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
    public Map<String, String> system() {
        return Map.of("driver", "software", "cuda", String.valueOf(DRIVER_VERSION));
    }

    /** It has no sensors, clocks, or buses; its compute mode is CUDA's default, and they all reach each other's memory. */
    @Override
    public GpuFacts facts(Gpu gpu) {
        List<Map<String, String>> towards =
                IntStream.range(0, devices).mapToObj(other -> PEER).toList();
        return new GpuFacts(Map.of("compute.mode", "0"), towards, 0, List.of());
    }
}
