package io.penstock.gpuserver.device;

import io.penstock.protocol.identity.Lease;
import io.penstock.protocol.identity.LeasedGpu;
import java.util.List;
import java.util.function.IntToLongFunction;

/** What a lease's holder sees of its GPUs through NVML: text, one key a line (protocol.md section 4.1). Pure. */
public final class LeaseSnapshot {
    private LeaseSnapshot() {}

    /**
     * The text.
     *
     * @param used bytes that the lease's sessions hold of its GPU N
     */
    public static String text(Inventory inventory, List<Gpu> gpus, Lease lease, IntToLongFunction used) {
        StringBuilder text = new StringBuilder();
        line(text, "driver", inventory.driverText());
        line(text, "cuda", inventory.driverVersion());
        for (int index = 0; index < lease.gpus().size(); index++) {
            LeasedGpu leased = lease.gpus().get(index);
            int number = index;
            gpus.stream()
                    .filter(gpu -> gpu.report().uuid().equals(leased.uuid()))
                    .findFirst()
                    .ifPresent(gpu -> describe(text, number, gpu, leased, used.applyAsLong(number)));
        }
        return text.toString();
    }

    private static void describe(StringBuilder text, int index, Gpu gpu, LeasedGpu leased, long used) {
        long total = Math.min(leased.memoryBytes(), gpu.report().memoryBytes());
        line(text, "device", index);
        line(text, "name", gpu.report().name());
        line(text, "uuid", gpu.report().uuid());
        line(text, "pci", gpu.pciBusId());
        line(text, "memory.total", total);
        line(text, "memory.used", used);
        line(text, "memory.free", Math.max(0, total - used));
        line(text, "capability", gpu.report().computeCapability());
        line(text, "utilisation.gpu", gpu.usage().utilizationPercent());
        if (gpu.report().kind().equals("nvidia")) {
            line(text, "temperature", gpu.usage().temperatureCelsius());
            line(text, "power", 1000L * gpu.usage().powerWatts());
        }
    }

    private static void line(StringBuilder text, String key, Object value) {
        text.append(key).append(' ').append(value).append('\n');
    }
}
