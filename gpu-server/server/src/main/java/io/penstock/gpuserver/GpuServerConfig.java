package io.penstock.gpuserver;

import io.penstock.protocol.config.ByteSize;
import io.penstock.protocol.config.Durations;
import io.penstock.protocol.config.GpuKind;
import io.penstock.protocol.config.Ports;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A server's settings; the keys of {@code gpu-server.yaml} are these names in kebab case.
 *
 * @param address to listen on, daemon and workers alike
 * @param port of the daemon; 0 = any free one
 * @param advertise the name or address that clients are told; empty = {@code address}, or where that is every address of this
 *     machine, the one by which it reaches the appliance
 * @param workerPortMin lowest port of a worker; 0 = any free one
 * @param workerPortMax highest port of a worker
 * @param gpus {@code nvidia}, or {@code software:N}
 * @param softwareMemory memory of each software GPU
 * @param driverLibrary the driver that workers load for {@code nvidia}
 * @param spareWorkers worker processes kept warm
 * @param heartbeat how often the appliance hears from this server
 * @param programPatience how long a worker that was asked for waits for its program
 * @param imageCache what is kept of module images
 */
public record GpuServerConfig(
        String address,
        int port,
        String advertise,
        int workerPortMin,
        int workerPortMax,
        String gpus,
        ByteSize softwareMemory,
        String driverLibrary,
        int spareWorkers,
        Duration heartbeat,
        Duration programPatience,
        ImageCacheConfig imageCache) {
    /** Where nothing else is said. */
    public static final GpuServerConfig DEFAULT = new GpuServerConfig(
            "0.0.0.0",
            7441,
            "",
            0,
            0,
            "nvidia",
            ByteSize.parse("4 GiB"),
            "libcuda.so.1",
            1,
            Duration.ofSeconds(2),
            Duration.ofMinutes(10),
            ImageCacheConfig.DEFAULT);

    private static final Set<String> ANY = Set.of("0.0.0.0", "::");

    /** Checks ranges and the kind of GPUs. */
    public GpuServerConfig {
        Ports.require("port", port);
        Ports.require("worker-port-min", workerPortMin);
        Ports.require("worker-port-max", workerPortMax);
        if (workerPortMin > workerPortMax) {
            throw new IllegalArgumentException("worker-port-min is " + workerPortMin + " and worker-port-max "
                    + workerPortMax + "; the first is at most the second");
        }
        if (softwareMemory.bytes() == 0) {
            throw new IllegalArgumentException("software-memory is " + softwareMemory + "; above 0");
        }
        if (spareWorkers < 0 || spareWorkers > 64) {
            throw new IllegalArgumentException("spare-workers is " + spareWorkers + "; 0 to 64");
        }
        if (!heartbeat.isPositive()) {
            throw new IllegalArgumentException("heartbeat is " + Durations.text(heartbeat) + "; above 0");
        }
        if (!programPatience.isPositive()) {
            throw new IllegalArgumentException("program-patience is " + Durations.text(programPatience) + "; above 0");
        }
        try {
            gpus = GpuKind.parse(gpus).toString();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("gpus " + e.getMessage(), e);
        }
    }

    /** Number of software GPUs; 0 where the GPUs are real. */
    public int softwareGpus() {
        return GpuKind.parse(gpus).software();
    }

    /** The same with an address that clients can use, where only "all of them" was said. */
    GpuServerConfig advertisedTo(List<URI> appliances) {
        if (!advertise.isEmpty() || !ANY.contains(address)) {
            return this;
        }
        for (URI appliance : appliances) {
            Optional<String> own = OwnAddress.towards(appliance);
            if (own.isPresent()) {
                return with(address, port, own.get(), gpus, softwareMemory);
            }
        }
        throw new IllegalArgumentException("no way leads to the appliance at " + appliances
                + ", so the address that clients are to use is unknown; name it in advertise");
    }

    /** The same with what a command line or this machine's routes may say better than a file. */
    GpuServerConfig with(String newAddress, int newPort, String newAdvertise, String newGpus, ByteSize newMemory) {
        return new GpuServerConfig(
                newAddress,
                newPort,
                newAdvertise,
                workerPortMin,
                workerPortMax,
                newGpus,
                newMemory,
                driverLibrary,
                spareWorkers,
                heartbeat,
                programPatience,
                imageCache);
    }

    /** What clients are told. */
    public String advertised() {
        return advertise.isEmpty() ? address : advertise;
    }
}
