package io.penstock.gpuserver.device;

import io.penstock.gpuserver.driver.NvLink;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a lease's holder sees of its GPUs through NVML: text, one key a line (protocol.md section 4.1). Pure. */
public final class LeaseSnapshot {
    private LeaseSnapshot() {}

    /** A program that computes on a GPU of the lease: its process on the holder's machine, and the bytes it holds. */
    public record Program(long pid, long usedBytes) {}

    /**
     * One GPU of the lease.
     *
     * @param gpu which
     * @param facts what is known of it
     * @param limitBytes the lease's memory on it
     * @param usedBytes what the lease's sessions hold of that
     * @param programs of the lease, on this GPU
     */
    public record Leased(Gpu gpu, GpuFacts facts, long limitBytes, long usedBytes, List<Program> programs) {}

    /**
     * The text.
     *
     * @param system what is known of the driver
     * @param leased the GPUs, in the lease's order
     */
    public static String text(Map<String, String> system, List<Leased> leased) {
        StringBuilder text = new StringBuilder();
        new TreeMap<>(system).forEach((key, value) -> line(text, key, value));
        for (int index = 0; index < leased.size(); index++) {
            describe(text, index, leased);
        }
        return text.toString();
    }

    private static void describe(StringBuilder text, int index, List<Leased> all) {
        Leased one = all.get(index);
        Gpu gpu = one.gpu;
        long total = Math.min(one.limitBytes, gpu.report().memoryBytes());
        line(text, "device", index);
        line(text, "name", gpu.report().name());
        line(text, "uuid", gpu.report().uuid());
        line(text, "pci", gpu.pciBusId());
        line(text, "memory.total", total);
        line(text, "memory.used", one.usedBytes);
        line(text, "memory.free", Math.max(0, total - one.usedBytes));
        line(text, "capability", gpu.report().computeCapability());
        new TreeMap<>(one.facts.values()).forEach((key, value) -> line(text, key, value));
        for (int number = 0; number < one.programs.size(); number++) {
            Program program = one.programs.get(number);
            line(text, "process." + number, program.pid + " " + program.usedBytes);
        }
        describeTowards(text, one, all);
        describeLinks(text, one, all);
    }

    /** Between the GPUs of the lease; what other GPUs the server has is not the holder's to see. */
    private static void describeTowards(StringBuilder text, Leased one, List<Leased> all) {
        List<Map<String, String>> towards = one.facts.towards();
        for (int other = 0; other < all.size(); other++) {
            int atServer = all.get(other).gpu.report().index();
            String number = "." + other;
            if (atServer < towards.size()) {
                new TreeMap<>(towards.get(atServer)).forEach((key, value) -> line(text, key + number, value));
            }
        }
    }

    /** A link is the holder's if its other end is: a GPU of the lease, or a switch when there is a second GPU to reach. */
    private static void describeLinks(StringBuilder text, Leased one, List<Leased> all) {
        if (one.facts.linkCount() == 0) {
            return;
        }
        line(text, "nvlink.links", one.facts.linkCount());
        for (NvLink link : one.facts.links()) {
            boolean switched = link.remoteType() == NvLink.REMOTE_SWITCH && all.size() > 1;
            boolean direct = link.remoteType() == NvLink.REMOTE_GPU
                    && all.stream().anyMatch(other -> other.gpu.pciBusId().equalsIgnoreCase(link.remotePci()));
            if (switched || direct) {
                line(
                        text,
                        "nvlink." + link.number(),
                        link.version() + " " + link.capabilities() + " " + link.remoteType() + " "
                                + link.megabytesPerSecond() + " " + link.remotePci());
            }
        }
    }

    private static void line(StringBuilder text, String key, Object value) {
        text.append(key).append(' ').append(value).append('\n');
    }
}
