package io.penstock.gpuserver.device;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.gpuserver.driver.NvmlDevice;
import io.penstock.gpuserver.driver.NvmlLibrary;
import io.penstock.gpuserver.driver.Scratch;
import io.penstock.protocol.appliance.GpuReport;
import io.penstock.protocol.appliance.GpuUsage;
import java.util.List;

/** The GPUs that NVML reports; reading is NVML's affair, this only says what it means. */
public final class NvmlInventory implements Inventory {
    private static final int VERSION_BYTES = 80;

    private final NvmlLibrary nvml;

    /** @param nvml initialised */
    public NvmlInventory(NvmlLibrary nvml) {
        this.nvml = nvml;
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
    public String driverText() {
        try (Scratch scratch = new Scratch()) {
            long text = scratch.room(VERSION_BYTES);
            nvml.nvmlSystemGetDriverVersion(text, VERSION_BYTES);
            return NativeMemory.getString(text);
        }
    }
}
