package io.penstock.gpuserver.driver;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * One GPU as NVML saw it at one moment. Bytes, degrees Celsius, milliwatts, per cent; what the device does not report is
 * empty.
 */
public record NvmlDevice(
        int index,
        String name,
        String uuid,
        String pciBusId,
        long totalBytes,
        long reservedBytes,
        long freeBytes,
        long usedBytes,
        OptionalInt gpuPercent,
        OptionalInt memoryPercent,
        OptionalInt celsius,
        OptionalInt milliwatts,
        List<ComputeProcess> processes) {

    /** Size of nvmlPciInfo_t. */
    public static final int PCI_INFO_BYTES = 68;

    private static final int PCI_BUS_ID_OFFSET = 36;
    private static final int MEMORY_BYTES = 40;
    private static final int MEMORY_VERSION_2 = 0x2000000 | MEMORY_BYTES;
    private static final int NAME_BYTES = 96;
    private static final int PROCESS_BYTES = 24;
    private static final int PROCESSES_MAX = 256;

    /** A process that computes on the GPU, and the device memory that it holds, its context's overhead included. */
    public record ComputeProcess(int pid, long usedBytes) {}

    /** Every GPU of {@code nvml}, which must be initialised; empty when there is none or the library is absent. */
    public static List<NvmlDevice> readAll(NvmlLibrary nvml) {
        try (Scratch scratch = new Scratch()) {
            long out = scratch.room(Long.BYTES);
            List<NvmlDevice> devices = new ArrayList<>();
            if (nvml.nvmlDeviceGetCount_v2(out) != NvmlLibrary.SUCCESS) {
                return devices;
            }
            int count = NativeMemory.getInt(out);
            for (int index = 0; index < count; index++) {
                if (nvml.nvmlDeviceGetHandleByIndex_v2(index, out) == NvmlLibrary.SUCCESS) {
                    devices.add(read(nvml, index, NativeMemory.getLong(out)));
                }
            }
            return devices;
        }
    }

    private static NvmlDevice read(NvmlLibrary nvml, int index, long device) {
        try (Scratch scratch = new Scratch()) {
            long memory = scratch.room(MEMORY_BYTES);
            NativeMemory.putInt(memory, MEMORY_VERSION_2);
            nvml.nvmlDeviceGetMemoryInfo_v2(device, memory);
            long pci = scratch.room(PCI_INFO_BYTES);
            nvml.nvmlDeviceGetPciInfo_v3(device, pci);
            long name = scratch.room(NAME_BYTES);
            nvml.nvmlDeviceGetName(device, name, NAME_BYTES);
            long uuid = scratch.room(NAME_BYTES);
            nvml.nvmlDeviceGetUUID(device, uuid, NAME_BYTES);
            long rates = scratch.room(Long.BYTES);
            boolean rated = nvml.nvmlDeviceGetUtilizationRates(device, rates) == NvmlLibrary.SUCCESS;
            long celsius = scratch.room(Long.BYTES);
            int heat = nvml.nvmlDeviceGetTemperature(device, NvmlLibrary.TEMPERATURE_GPU, celsius);
            long milliwatts = scratch.room(Long.BYTES);
            int power = nvml.nvmlDeviceGetPowerUsage(device, milliwatts);
            return new NvmlDevice(
                    index,
                    NativeMemory.getString(name),
                    NativeMemory.getString(uuid),
                    NativeMemory.getString(pci + PCI_BUS_ID_OFFSET),
                    NativeMemory.getLong(memory + 8),
                    NativeMemory.getLong(memory + 16),
                    NativeMemory.getLong(memory + 24),
                    NativeMemory.getLong(memory + 32),
                    rated ? OptionalInt.of(NativeMemory.getInt(rates)) : OptionalInt.empty(),
                    rated ? OptionalInt.of(NativeMemory.getInt(rates + 4)) : OptionalInt.empty(),
                    heat == NvmlLibrary.SUCCESS ? OptionalInt.of(NativeMemory.getInt(celsius)) : OptionalInt.empty(),
                    power == NvmlLibrary.SUCCESS
                            ? OptionalInt.of(NativeMemory.getInt(milliwatts))
                            : OptionalInt.empty(),
                    readProcesses(nvml, device, scratch));
        }
    }

    private static List<ComputeProcess> readProcesses(NvmlLibrary nvml, long device, Scratch scratch) {
        long count = scratch.room(Long.BYTES);
        NativeMemory.putInt(count, PROCESSES_MAX);
        long infos = scratch.room(PROCESSES_MAX * PROCESS_BYTES);
        List<ComputeProcess> processes = new ArrayList<>();
        if (nvml.nvmlDeviceGetComputeRunningProcesses_v3(device, count, infos) != NvmlLibrary.SUCCESS) {
            return processes;
        }
        for (int i = 0; i < Math.min(NativeMemory.getInt(count), PROCESSES_MAX); i++) {
            long info = infos + (long) i * PROCESS_BYTES;
            processes.add(new ComputeProcess(NativeMemory.getInt(info), NativeMemory.getLong(info + 8)));
        }
        return processes;
    }
}
