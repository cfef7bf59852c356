package io.penstock.gpuserver.device;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.driver.NvmlDevice;
import io.penstock.gpuserver.driver.NvmlFacts;
import io.penstock.gpuserver.driver.NvmlLibrary;
import io.penstock.gpuserver.driver.Scratch;
import io.penstock.protocol.appliance.GpuReport;
import io.penstock.protocol.appliance.GpuUsage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** The GPUs that NVML reports; reading is NVML's affair, this only says what it means. */
public final class NvmlInventory implements Inventory {
    private static final int VERSION_BYTES = 80;
    private static final int BRANCH_BYTES = Integer.BYTES + VERSION_BYTES;

    private final NvmlLibrary nvml;
    private final LongSupplier nanoTime;
    private final Map<String, String> system;
    private final Map<String, NvmlFacts> devices = new ConcurrentHashMap<>();

    /** @param nvml initialised */
    public NvmlInventory(NvmlLibrary nvml) {
        this(nvml, System::nanoTime);
    }

    NvmlInventory(NvmlLibrary nvml, LongSupplier nanoTime) {
        this.nvml = nvml;
        this.nanoTime = nanoTime;
        this.system = readSystem();
    }

    @Override
    public GpuFacts facts(Gpu gpu) {
        int index = gpu.report().index();
        // indices move up when a device before them is lost
        NvmlFacts.Reading reading = devices.compute(
                        gpu.report().uuid(),
                        (uuid, known) ->
                                known != null && known.index() == index ? known : new NvmlFacts(nvml, index, nanoTime))
                .read();
        return new GpuFacts(
                reading.values(),
                reading.towards(),
                reading.links().count(),
                reading.links().active());
    }

    @Override
    public List<Gpu> look() {
        return NvmlDevice.readAll(nvml).stream().map(this::interpret).toList();
    }

    private Gpu interpret(NvmlDevice device) {
        GpuReport report = new GpuReport(
                device.uuid(),
                device.index(),
                device.name(),
                device.totalBytes() - device.reservedBytes(),
                capability(device.index()),
                "nvidia");
        GpuUsage usage = new GpuUsage(
                device.uuid(),
                device.usedBytes(),
                device.gpuPercent().orElse(0),
                device.celsius().orElse(0),
                device.milliwatts().orElse(0) / 1000,
                true);
        return new Gpu(report, usage, device.pciBusId());
    }

    private String capability(int index) {
        try (Scratch scratch = new Scratch()) {
            long handle = scratch.room(Long.BYTES);
            long major = scratch.room(Long.BYTES);
            long minor = scratch.room(Long.BYTES);
            nvml.nvmlDeviceGetHandleByIndex_v2(index, handle);
            int result = nvml.nvmlDeviceGetCudaComputeCapability(NativeMemory.getLong(handle), major, minor);
            return result == NvmlLibrary.SUCCESS
                    ? NativeMemory.getInt(major) + "." + NativeMemory.getInt(minor)
                    : "0.0";
        }
    }

    @Override
    public int driverVersion() {
        try (Scratch scratch = new Scratch()) {
            long version = scratch.room(Long.BYTES);
            nvml.nvmlSystemGetCudaDriverVersion_v2(version);
            return NativeMemory.getInt(version);
        }
    }

    @Override
    public Map<String, String> system() {
        return system;
    }

    private Map<String, String> readSystem() {
        Map<String, String> read = new HashMap<>();
        read.put("cuda", String.valueOf(driverVersion()));
        try (Scratch scratch = new Scratch()) {
            long text = scratch.room(VERSION_BYTES);
            if (nvml.nvmlSystemGetDriverVersion(text, VERSION_BYTES) == NvmlLibrary.SUCCESS) {
                read.put("driver", NativeMemory.getString(text));
            }
            if (nvml.nvmlSystemGetNVMLVersion(text, VERSION_BYTES) == NvmlLibrary.SUCCESS) {
                read.put("nvml", NativeMemory.getString(text));
            }
            long branch = scratch.room(BRANCH_BYTES);
            NativeMemory.putInt(branch, 1 << 24 | BRANCH_BYTES);
            if (nvml.call("nvmlSystemGetDriverBranch", branch, VERSION_BYTES) == NvmlLibrary.SUCCESS) {
                read.put("branch", NativeMemory.getString(branch + Integer.BYTES));
            }
        }
        return Map.copyOf(read);
    }
}
